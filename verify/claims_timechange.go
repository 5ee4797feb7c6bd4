package verify

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
)

// timeChangeClaims judge Eqs. 14 and 15 path by path. Their agreement in law is
// judged by the escapes of the double well.
func timeChangeClaims() []Claim {
	return []Claim{
		{
			ID: "eq15-pathwise", Equation: "Eqs. 14, 15",
			Statement: "Driven by one Brownian path, Eq. 13 in t and Eq. 15 in tau visit the same points: their distance vanishes in proportion to the step.",
			Left:      "path of Eq. 13", Right: "path of Eq. 15",
			Band: Band{0.85, 1.15}, Reason: "Euler's scheme has strong order 1 with the additive noise of Eq. 15.",
			Expected: Agrees, Share: 1,
			Measure: measurePathwise,
		},
	}
}

// The experiment of eq15-pathwise: a fine grid in t carries the path of Eq. 13;
// its Brownian increments, summed in the internal clock, drive Eq. 15 on coarse
// grids in tau.
const (
	pathwiseFine   = 1.0 / (1 << 16) // step of Eq. 13 in t
	pathwiseEnd    = 0.5             // length of a path in tau
	pathwiseLevels = 4               // coarse steps 1/16, ..., 1/128 of the length
	pathwiseBatch  = 16              // paths in a batch, which gives one estimate of the order
)

func measurePathwise(ctx context.Context, env *Env) (Measurement, error) {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		return Measurement{}, err
	}
	sigma, err := env.Parts.LossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		return Measurement{}, err
	}
	config := sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.5, Dt: pathwiseFine}
	inTime, err := sde.New(config)
	if err != nil {
		return Measurement{}, err
	}
	config.Form = sde.LogTime
	inTau, err := sde.New(config)
	if err != nil {
		return Measurement{}, err
	}
	batches := env.Profile.Runs(100)
	orders := make([]float64, batches)
	total := make([]float64, pathwiseLevels)
	rng := rand.New(rand.NewPCG(env.SeedFor("eq15-pathwise"), 15))
	for i := range orders {
		if err := ctx.Err(); err != nil {
			return Measurement{}, err
		}
		square := make([]float64, pathwiseLevels)
		for range pathwiseBatch {
			for level, d := range pathDistances(inTime, inTau, valley, rng) {
				square[level] += d * d
			}
		}
		logStep, logError := make([]float64, pathwiseLevels), make([]float64, pathwiseLevels)
		for level := range square {
			total[level] += square[level]
			logStep[level], logError[level] = -float64(level)*math.Ln2, math.Log(square[level])/2
		}
		line, err := stattest.FitLine(logStep, logError, nil)
		if err != nil {
			return Measurement{}, err
		}
		orders[i] = line.Slope
		env.Progress(i+1, batches)
	}
	order := stattest.MeanTest{Alpha: env.Alpha}.Interval(orders)
	table := Table{Title: "Distance of the two paths at the end", Columns: []string{"step in tau", "root mean square distance"}}
	points := Series{Name: "distance", Mark: Points}
	slope := Series{Name: "order 1", Mark: Curve}
	for level, sum := range total {
		step := pathwiseEnd / float64(coarseSteps(level))
		rms := math.Sqrt(sum / float64(batches*pathwiseBatch))
		table.AddRow(step, rms)
		points.Add(step, rms)
		slope.Add(step, math.Sqrt(total[0]/float64(batches*pathwiseBatch))*step/(pathwiseEnd/float64(coarseSteps(0))))
	}
	return Measurement{
		Effect: Effect{Name: "order of convergence", Value: order.Estimate, Low: order.Low, High: order.High, N: batches * pathwiseBatch, Unit: "pairs of paths"},
		Tables: []Table{table},
		Figure: &Figure{Title: "One Brownian path, two clocks", XLabel: "step in tau", YLabel: "distance of the paths",
			XLog: true, YLog: true, Series: []Series{points, slope}},
		Notes: []string{"Eq. 13 runs on steps of t = 2^-16, and sums sqrt(L) dW into the increments of the internal clock."},
	}, nil
}

func coarseSteps(level int) int { return 16 << level }

// An increment is a stretch of the internal clock and the Brownian increment
// along it.
type increment struct{ tau, w float64 }

// pathDistances follows one Brownian path through Eq. 13, and through Eq. 15 on
// every coarse grid, and returns the distances of the end points. The edges of
// the coarse grids are the fine steps next to equal spacing, so that no step
// has to be split.
func pathDistances(inTime, inTau *sde.Process, l landscape.Landscape, rng *rand.Rand) []float64 {
	cells := make([]increment, coarseSteps(pathwiseLevels-1))
	theta, xi := []float64{1}, []float64{0}
	fine := inTime.Stepper()
	tau := 0.0
	for i := range cells {
		edge := pathwiseEnd * float64(i+1) / float64(len(cells))
		for tau < edge {
			xi[0] = rng.NormFloat64()
			loss := l.Loss(theta)
			fine.Step(theta, xi, pathwiseFine)
			dTau := loss * pathwiseFine                                     // Eq. 14
			cells[i].w += math.Sqrt(loss) * math.Sqrt(pathwiseFine) * xi[0] // dW_tau = sqrt(L) dW
			cells[i].tau += dTau
			tau += dTau
		}
	}
	end := theta[0]
	distances := make([]float64, pathwiseLevels)
	for level := range distances {
		merge := len(cells) / coarseSteps(level)
		theta[0] = 1
		coarse := inTau.Stepper()
		for i := 0; i < len(cells); i += merge {
			var sum increment
			for _, c := range cells[i : i+merge] {
				sum.tau += c.tau
				sum.w += c.w
			}
			xi[0] = sum.w / math.Sqrt(sum.tau)
			coarse.Step(theta, xi, sum.tau) // Eq. 15
		}
		distances[level] = math.Abs(theta[0] - end)
	}
	return distances
}
