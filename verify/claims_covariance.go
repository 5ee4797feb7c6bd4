package verify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// covarianceClaims judge the noise covariance itself: Eq. 8, which is exact,
// and Eq. 6, which is an approximation.
func covarianceClaims() []Claim {
	claims := []Claim{}
	for _, sampling := range []model.Sampling{model.WithReplacement, model.WithoutReplacement} {
		claims = append(claims, Claim{
			ID:       fmt.Sprintf("eq8-%s-replacement", sampling),
			Equation: "Eq. 8",
			Statement: fmt.Sprintf("The covariance of the minibatch gradient, enumerated over all minibatches drawn %s replacement, is Eq. 8.",
				sampling),
			Left: "enumeration", Right: "Eq. 8",
			Band: Band{0, 1e-11}, Reason: "rounding: both sides are sums of at most 10^3 products.",
			Expected: Agrees,
			Measure:  func(_ context.Context, env *Env) (Measurement, error) { return measureEnumeration(env, sampling) },
		})
	}
	return append(claims,
		Claim{
			ID: "eq6-digits", Equation: "Eq. 6",
			Statement: "On the parity of handwritten digits regressed on five principal components, (2L/B) H is the gradient covariance within 10 % inside the valley L <= 2 L*.",
			Left:      "(2L/B) H", Right: "Eq. 8 on the digits",
			Band: Band{0, 0.1}, Reason: "a tenth is what a reader would call a good approximation.",
			Expected: Disagrees, Pinned: Band{0.2, 0.6},
			Measure: measureDigits,
		},
		Claim{
			ID: "eq6-gaussian-minimum", Equation: "Eq. 6",
			Statement: "For Gaussian inputs (2L/B) H is exactly the covariance at the minimum.",
			Left:      "(2L/B) H", Right: "exact covariance, theta = theta*",
			Band: Band{0, 1e-12}, Reason: "rounding.", Expected: Agrees,
			Measure: func(context.Context, *Env) (Measurement, error) { return measureGaussianRatio(0, "at the minimum") },
		},
		Claim{
			ID: "eq6-gaussian-tail", Equation: "Eq. 6",
			Statement: "For Gaussian inputs (2L/B) H remains within 10 % of the radial variance far from the minimum.",
			Left:      "(2L/B) H", Right: "exact radial variance at |theta| = 1000 s",
			Band: Band{0, 0.1}, Reason: "a tenth is what a reader would call a good approximation.",
			Expected: Disagrees, Pinned: Band{0.99, 1.01},
			Measure: func(context.Context, *Env) (Measurement, error) {
				return measureGaussianRatio(1000, "at |theta| = 1000 s")
			},
		})
}

// measureEnumeration compares Eq. 8 with the covariance over all minibatches
// of a small data set, for several batch sizes and parameters.
func measureEnumeration(env *Env, sampling model.Sampling) (Measurement, error) {
	const nData, d = 6, 2
	data, err := dataset.Gaussian(env.Seed, nData, d, 1)
	if err != nil {
		return Measurement{}, err
	}
	rng := rand.New(rand.NewPCG(env.Seed, 8))
	table := Table{Title: "Largest relative difference by batch size", Columns: []string{"B", "minibatches", "difference"}}
	worst, count := 0.0, 0
	for batch := 1; batch <= 4; batch++ {
		exact, err := env.Parts.ExactCovariance(data, model.SGD{LearningRate: 1, BatchSize: batch, DatasetSize: nData, Sampling: sampling})
		if err != nil {
			return Measurement{}, err
		}
		minibatches := enumerate(nData, batch, sampling)
		count += len(minibatches)
		difference := 0.0
		for range 5 {
			theta := []float64{3 * rng.NormFloat64(), 3 * rng.NormFloat64()}
			sigma := mat.NewSymDense(d, nil)
			exact.Covariance(sigma, theta)
			difference = math.Max(difference, relativeDistance(sigma, enumeratedCovariance(data, theta, minibatches)))
		}
		table.AddRow(batch, len(minibatches), difference)
		worst = math.Max(worst, difference)
	}
	return Measurement{
		Effect: Effect{Name: "largest relative difference", Value: worst, Low: worst, High: worst, N: count, Unit: "minibatches"},
		Tables: []Table{table},
	}, nil
}

// enumerate lists every minibatch as a list of sample indices; each is equally
// likely.
func enumerate(nData, batch int, sampling model.Sampling) [][]int {
	var all [][]int
	var extend func(prefix []int)
	extend = func(prefix []int) {
		if len(prefix) == batch {
			all = append(all, append([]int(nil), prefix...))
			return
		}
		first := 0
		if sampling == model.WithoutReplacement && len(prefix) > 0 {
			first = prefix[len(prefix)-1] + 1
		}
		for mu := first; mu < nData; mu++ {
			extend(append(prefix, mu))
		}
	}
	extend(nil)
	return all
}

// enumeratedCovariance is the covariance of the minibatch gradient over equally
// likely minibatches, straight from its definition.
func enumeratedCovariance(samples noise.Samples, theta []float64, minibatches [][]int) *mat.SymDense {
	d := samples.Dim()
	gradients := make([]*mat.VecDense, len(minibatches))
	mean := mat.NewVecDense(d, nil)
	g := make([]float64, d)
	for i, batch := range minibatches {
		gradients[i] = mat.NewVecDense(d, nil)
		for _, mu := range batch {
			samples.SampleGrad(g, theta, mu)
			gradients[i].AddScaledVec(gradients[i], 1/float64(len(batch)), mat.NewVecDense(d, g))
		}
		mean.AddScaledVec(mean, 1/float64(len(minibatches)), gradients[i])
	}
	sigma := mat.NewSymDense(d, nil)
	for _, gradient := range gradients {
		gradient.SubVec(gradient, mean)
		sigma.SymRankOne(sigma, 1/float64(len(minibatches)), gradient)
	}
	return sigma
}

// relativeDistance is |a - b|/|b| in the Frobenius norm.
func relativeDistance(a, b mat.Symmetric) float64 {
	var difference mat.Dense
	difference.Sub(a, b)
	return mat.Norm(&difference, 2) / mat.Norm(b, 2)
}

// measureDigits averages the relative error of Eq. 6 over directions, on shells
// of equal loss around the minimum of the digits regression.
func measureDigits(_ context.Context, env *Env) (Measurement, error) {
	const components, directions = 5, 200
	data, err := dataset.DigitsParity(components)
	if err != nil {
		return Measurement{}, err
	}
	d := data.Dim()
	exact, err := env.Parts.ExactCovariance(data, model.SGD{LearningRate: 1, BatchSize: 1, DatasetSize: data.Len()})
	if err != nil {
		return Measurement{}, err
	}
	h := mat.NewSymDense(d, nil)
	data.Hessian(h, data.Minimum())
	approximate, err := env.Parts.LossProportional(data, h, 1)
	if err != nil {
		return Measurement{}, err
	}
	rng := rand.New(rand.NewPCG(env.Seed, 6))
	table := Table{Title: "Relative error of Eq. 6, averaged over directions", Columns: []string{"L/L*", "error", "least", "largest"}}
	series := Series{Name: "digits, five components", Mark: Points}
	worst := 0.0
	for _, ratio := range []float64{1, 1.1, 1.25, 1.5, 2, 3, 5, 10} {
		sum, least, most := 0.0, math.Inf(1), 0.0
		for range directions {
			theta := onShell(rng, data, h, ratio)
			a, b := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
			approximate.Covariance(a, theta)
			exact.Covariance(b, theta)
			e := relativeDistance(a, b)
			sum, least, most = sum+e, math.Min(least, e), math.Max(most, e)
		}
		mean := sum / directions
		table.AddRow(ratio, mean, least, most)
		series.AddBar(ratio, mean, least, most)
		if ratio <= 2 {
			worst = math.Max(worst, mean)
		}
	}
	return Measurement{
		Effect: Effect{Name: "relative error |(2L/B)H - Sigma|/|Sigma|, worst shell up to L = 2 L*", Value: worst, Low: worst, High: worst,
			N: data.Len(), Unit: "digits"},
		Tables: []Table{table},
		Figure: &Figure{Title: "How good is Eq. 6 on real data?", XLabel: "L/L*", YLabel: "relative error (bars: least and largest direction)",
			XLog: true, Series: []Series{series}},
		Notes: []string{fmt.Sprintf("N = %d digits, L* = %.4g.", data.Len(), data.MinimumLoss())},
	}, nil
}

// onShell returns a point with L = ratio L*, in a direction drawn uniformly in
// the metric of the Hessian.
func onShell(rng *rand.Rand, data *dataset.Regression, h mat.Symmetric, ratio float64) []float64 {
	theta := data.Minimum()
	d := len(theta)
	z := mat.NewVecDense(d, nil)
	for i := range d {
		z.SetVec(i, rng.NormFloat64())
	}
	var chol mat.Cholesky
	if !chol.Factorize(h) {
		panic("verify: the Hessian of a regression is not positive definite")
	}
	var u mat.TriDense
	chol.UTo(&u)
	direction := mat.NewVecDense(d, nil)
	if err := direction.SolveVec(&u, z); err != nil {
		panic(fmt.Sprintf("verify: %v", err))
	}
	size := math.Sqrt(2 * data.MinimumLoss() * (ratio - 1) / mat.Inner(direction, h, direction))
	for i := range theta {
		theta[i] += size * direction.AtVec(i)
	}
	return theta
}

// measureGaussianRatio returns how far (2L/B) H is from the exact radial
// variance for Gaussian inputs, at a distance from the minimum in units of s.
func measureGaussianRatio(distance float64, where string) (Measurement, error) {
	const d, s = 3, 0.7
	population, err := dataset.NewPopulation(d, s)
	if err != nil {
		return Measurement{}, err
	}
	exact, err := noise.NewGaussianInputs(population, 1)
	if err != nil {
		return Measurement{}, err
	}
	theta := []float64{distance * s, 0, 0}
	sigma := mat.NewSymDense(d, nil)
	exact.Covariance(sigma, theta)
	value := math.Abs(sigma.At(0, 0)/(2*population.Loss(theta)) - 1) // H = I, B = 1
	return Measurement{Effect: Effect{Name: "relative error of the radial variance " + where, Value: value, Low: value, High: value, N: 1}}, nil
}
