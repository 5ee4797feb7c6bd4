package verify

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/theory/rate"
	"sgdescape/theory/rival"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

// wellOf is the double well in which escapes are simulated: T = eta h*/B =
// 0.32, L_s/L* = 3. Its floor is not 1, so that a forgotten factor L* shows.
var wellOf = problem.DoubleWellParameters{LearningRate: 0.05, BatchSize: 1, Floor: 0.4, Height: 0.8, Width: 1}

// wellDt is the step of its simulation in units of the relaxation time.
const wellDt = 0.02

// escapeClaims judge the rate over a saddle in one dimension.
func escapeClaims() []Claim {
	return []Claim{
		{
			ID: "eq16-order", Equation: "Eq. 16",
			Statement: "The relative gap between Eq. 16 and the exact rate of Eq. 13 vanishes linearly in T = eta h*/B.",
			Left:      "exact quadrature", Right: "Eq. 16",
			Band: Band{0.95, 1.05}, Reason: "order 1 of the gap, measured between T = 1/128 and 1/256.", Expected: Agrees,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureGap(ctx, env, gapOrder) },
		},
		{
			ID: "eq16-limit", Equation: "Eq. 16",
			Statement: "As T -> 0 the exact rate of Eq. 13 over Eq. 16 tends to 1.",
			Left:      "exact quadrature", Right: "Eq. 16",
			Band: Within(1e-3), Reason: "limit by extrapolation in T; the next order is 1e-4.", Expected: Agrees,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureGap(ctx, env, gapLimit) },
		},
		{
			ID: "eq16-coefficient", Equation: "Eq. 16",
			Statement: "The exact rate of Eq. 13 is Eq. 16 times 1 + c_1 T + O(T²), with the c_1 of first-order perturbation theory.",
			Left:      "exact quadrature, (exact/Eq. 16 - 1)/T as T -> 0", Right: "c_1 in closed form",
			Band: Within(1e-3), Reason: "the limit extrapolated from T = 1/64, 1/128 and 1/256; the next order is 1e-4.", Expected: Agrees,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureGap(ctx, env, gapCoefficient) },
		},
		wellClaim("t1-well", "Eq. 13", "Simulated escapes of Eq. 13 from a double well take as long as the exact quadrature says.",
			"simulation of Eq. 13", "exact quadrature", 0.05, problem.SDE, logExactTime),
		wellClaim("eq15-well", "Eq. 15", "Simulated in the internal clock, Eq. 15 escapes in the time t that the exact quadrature of Eq. 13 says.",
			"simulation of Eq. 15", "exact quadrature of Eq. 13", 0.05, problem.SDELog, logExactTime),
		wellClaim("eq16-well", "Eq. 16", "Eq. 16 predicts the simulated rate of Eq. 13 at T = 0.32 and L_s/L* = 3.",
			"simulation of Eq. 13", "Eq. 16", 0.05, problem.SDE,
			func(_ context.Context, env *Env, p *problem.DoubleWell) (float64, error) {
				return -env.Parts.LogOneOutlier(p.PowerLaw()), nil
			}),
		wellClaim("eq23-clock", "Eqs. 22, 23", "The Eyring-Kramers rate on log L in tau, times L*, is the simulated rate in t.",
			"simulation of Eq. 13", "L* kappa_tau", 0.05, problem.SDE,
			func(_ context.Context, env *Env, p *problem.DoubleWell) (float64, error) {
				return -env.Parts.InTime(rate.OnLogLoss(p.Outliers(), p.Floor), p.Floor), nil
			}),
	}
}

// rivalClaims let the same simulated escapes judge laws with another barrier.
func rivalClaims() []Claim {
	frozen := func(p *problem.DoubleWell) float64 { // eta Sigma/2 of Eq. 6 at the minimum
		return p.PowerLaw().Temperature * p.Floor
	}
	eyring := wellClaim("rival-eyring-kramers", "Eq. 5", "Eyring-Kramers on L itself, with the noise of SGD frozen at the minimum, predicts the simulated rate of Eq. 13.",
		"simulation of Eq. 13", "linear barrier, constant noise", 0.05, problem.SDE,
		func(_ context.Context, _ *Env, p *problem.DoubleWell) (float64, error) {
			l := p.Outliers()
			law := rival.EyringKramers{EscapeCurvature: l.EscapeCurvature, LogDetMinimum: l.LogDetMinimum, LogDetSaddle: l.LogDetSaddle,
				LossBarrier: p.Height, DiffusionConstant: frozen(p)}
			return -law.LogEscapeRate(), law.Validate()
		})
	xie := wellClaim("rival-xie2021", "Xie2021", "Constant noise along the Hessian, with the strength of SGD's at the minimum, predicts the simulated rate of Eq. 13.",
		"simulation of Eq. 13", "Xie2021, s = 1", 0.05, problem.SDE,
		func(_ context.Context, _ *Env, p *problem.DoubleWell) (float64, error) {
			law := rival.HessianNoise{LearningRate: p.LearningRate, BatchSize: p.BatchSize, LossBarrier: p.Height,
				MinimumCurvature: p.OutlierCurvature(), EscapeCurvature: p.OutlierCurvature() / 2, Share: 1, NoiseLoss: p.Floor}
			return -law.LogEscapeRate(), law.Validate()
		})
	eyring.Expected, eyring.Pinned = Disagrees, Band{-0.92, -0.87}
	xie.Expected, xie.Pinned = Disagrees, Band{-0.95, -0.90}
	return []Claim{eyring, xie}
}

func logExactTime(ctx context.Context, env *Env, p *problem.DoubleWell) (float64, error) {
	levels, _, err := env.Parts.Levels(ctx, p)
	if err != nil {
		return 0, err
	}
	return math.Log(*levels["T1"].MFPT), nil
}

// wellClaim compares the simulated mean escape time from wellOf with a
// prediction of its logarithm.
func wellClaim(id, equation, statement, left, right string, delta float64, process problem.Process,
	predict func(context.Context, *Env, *problem.DoubleWell) (float64, error)) Claim {
	return Claim{
		ID: id, Equation: equation, Statement: statement, Left: left, Right: right,
		Band: Within(delta), Reason: "one part in twenty; the step and the order-T gap cost about one in a hundred.", Expected: Agrees, Share: 1,
		Measure: func(ctx context.Context, env *Env) (Measurement, error) {
			p, err := problem.NewDoubleWell(wellOf)
			if err != nil {
				return Measurement{}, err
			}
			logTime, err := predict(ctx, env, p)
			if err != nil {
				return Measurement{}, err
			}
			r, err := wellRuns(ctx, env, p, process)
			if err != nil {
				return Measurement{}, err
			}
			exits := env.Parts.Exits(r)
			e := relative("simulated / predicted mean escape time - 1", exits.MeanTimeInterval(env.Alpha), math.Exp(logTime), exits.Events).of("exits")
			figure, err := wellFigure(ctx, env, left, exits)
			if err != nil {
				return Measurement{}, err
			}
			return Measurement{Effect: e, Figure: figure, Notes: []string{
				fmt.Sprintf("%d exits, %d runs censored at the horizon; predicted %.5g, simulated %.5g.", r.Exits, r.Censored, math.Exp(logTime), exits.MeanTime())}}, nil
		},
	}
}

// wellFigure draws the simulated mean escape time into the exact and the
// power-law answers over a range of T.
func wellFigure(ctx context.Context, env *Env, left string, exits stattest.Exits) (*Figure, error) {
	quadrature := Series{Name: "exact quadrature of Eq. 13", Mark: Exact}
	law := Series{Name: "Eq. 16", Mark: Curve}
	simulated := Series{Name: left, Mark: Points}
	for _, hotter := range []float64{0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.7, 2} {
		parameters := wellOf
		parameters.LearningRate *= hotter
		p, err := problem.NewDoubleWell(parameters)
		if err != nil {
			return nil, err
		}
		logTime, err := logExactTime(ctx, env, p)
		if err != nil {
			return nil, err
		}
		temperature := p.PowerLaw().Temperature
		quadrature.Add(temperature, math.Exp(logTime))
		law.Add(temperature, math.Exp(-env.Parts.LogOneOutlier(p.PowerLaw())))
		if hotter == 1 {
			mean := exits.MeanTimeInterval(env.Alpha)
			simulated.AddBar(temperature, mean.Estimate, mean.Low, mean.High)
		}
	}
	return &Figure{Title: "Escape from a double well, L_s/L* = 3", XLabel: "T = eta h*/B", YLabel: "mean escape time, in t", XLog: true, YLog: true,
		Series: []Series{simulated, quadrature, law}}, nil
}

// wellRuns simulates escapes from wellOf. The horizon is four mean escape
// times: one or two runs in a hundred are censored, enough that dropping them
// would show, and few enough that the transient of about one relaxation time,
// in which no run can leave, does not.
func wellRuns(ctx context.Context, env *Env, p *problem.DoubleWell, process problem.Process) (*escape.Result, error) {
	name := "well-" + string(process)
	return Shared(ctx, env, name, func(ctx context.Context, env *Env) (*escape.Result, error) {
		dt := wellDt / p.OutlierCurvature()
		if process == problem.SDELog {
			dt *= p.Floor
		}
		ensemble, err := p.Ensemble(problem.Simulation{Process: process, Replicas: env.Profile.Runs(70000), Horizon: 300, Dt: dt, Pieces: env.Parts.Pieces})
		if err != nil {
			return nil, err
		}
		return env.simulate(ctx, name, ensemble)
	})
}

// What measureGap returns of the exact rate over Eq. 16 - 1.
const (
	gapOrder       = iota // its order in T
	gapLimit              // its limit T -> 0
	gapCoefficient        // the limit of gap/T, less c_1
)

// measureGap follows the exact rate over Eq. 16 towards T = 0.
func measureGap(ctx context.Context, env *Env, what int) (Measurement, error) {
	table := Table{Title: "Exact rate over Eq. 16", Columns: []string{"T", "log rate, exact", "log rate, Eq. 16", "ratio - 1"}}
	points := Series{Name: "gap of Eq. 16", Mark: Points}
	var temperatures, gaps []float64
	for k := 2; k <= 8; k++ {
		temperature := math.Ldexp(1, -k)
		parameters := wellOf
		parameters.LearningRate = temperature * parameters.Width * parameters.Width / (8 * parameters.Height)
		p, err := problem.NewDoubleWell(parameters)
		if err != nil {
			return Measurement{}, err
		}
		levels, _, err := env.Parts.Levels(ctx, p)
		if err != nil {
			return Measurement{}, err
		}
		exactLog, law := *levels["T1"].LogRate, env.Parts.LogOneOutlier(p.PowerLaw())
		gap := math.Expm1(exactLog - law)
		temperatures, gaps = append(temperatures, temperature), append(gaps, gap)
		table.AddRow(temperature, exactLog, law, gap)
		points.Add(temperature, math.Abs(gap))
	}
	n := len(gaps)
	m := Measurement{
		Tables: []Table{table},
		Figure: &Figure{Title: "Eq. 16 against the exact rate", XLabel: "T = eta h*/B", YLabel: "|exact/Eq. 16 - 1|", XLog: true, YLog: true,
			Series: []Series{points, linear(temperatures, math.Abs(gaps[n-1])/temperatures[n-1])}},
	}
	switch what {
	case gapOrder:
		slope := localSlopes(temperatures[n-2:], []float64{math.Abs(gaps[n-2]), math.Abs(gaps[n-1])})[0]
		m.Effect = exact("order of the gap in T", slope, 1e-3, n).of("temperatures")
	case gapLimit:
		m.Effect = exact("limit of exact/Eq. 16 - 1", 2*gaps[n-1]-gaps[n-2], 1e-6, n).of("temperatures")
	case gapCoefficient:
		p, err := problem.NewDoubleWell(wellOf)
		if err != nil {
			return Measurement{}, err
		}
		c1, err := env.Parts.FirstOrder(p.Landscape())
		if err != nil {
			return Measurement{}, err
		}
		a, b, c := gaps[n-3]/temperatures[n-3], gaps[n-2]/temperatures[n-2], gaps[n-1]/temperatures[n-1]
		m.Effect = exact("limit of (exact/Eq. 16 - 1)/T, less c_1", (8*c-6*b+a)/3-c1, 1e-5, n).of("temperatures")
		m.Notes = []string{fmt.Sprintf("c_1 = %.6g.", c1)}
	}
	return m, nil
}

// linear is the line y = a x over the given range.
func linear(x []float64, a float64) Series {
	s := Series{Name: "linear in T", Mark: Curve}
	for _, v := range x {
		s.Add(v, a*v)
	}
	return s
}

// A barrier is one landscape of the discrimination of log against linear
// barrier. All have the curvature h* = 8.
type barrier struct {
	name string
	problem.DoubleWellParameters
}

const (
	barrierEta = 0.05 // T = 0.4 for SGD
	barrierD   = 0.4  // temperature of GLD
)

var barriers = []barrier{
	{"reference: L_s/L* = 2, dL = 1", problem.DoubleWellParameters{LearningRate: barrierEta, BatchSize: 1, Floor: 1, Height: 1, Width: 1}},
	{"equal dL: L_s/L* = 3, dL = 1", problem.DoubleWellParameters{LearningRate: barrierEta, BatchSize: 1, Floor: 0.5, Height: 1, Width: 1}},
	{"equal ratio: L_s/L* = 2, dL = 2", problem.DoubleWellParameters{LearningRate: barrierEta, BatchSize: 1, Floor: 2, Height: 2, Width: math.Sqrt2}},
}

// barrierClaims let the data choose between the log barrier and the linear one.
func barrierClaims() []Claim {
	claim := func(id, statement string, gld bool, which int, expected Verdict, pinned Band) Claim {
		left := "simulated SGD noise"
		if gld {
			left = "simulated GLD"
		}
		return Claim{
			ID: id, Equation: "Eqs. 5, 16", Statement: statement, Left: left, Right: barriers[which].name,
			Band: Within(0.1), Reason: "the laws differ by more than 1 in the log rate.", Expected: expected, Pinned: pinned, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureBarrier(ctx, env, gld, which)
			},
		}
	}
	const equalRatio, equalHeight = 2, 1
	return []Claim{
		claim("barrier-sgd-ratio", "With SGD's noise, two wells of equal L_s/L* and different dL have the same rate.", false, equalRatio, Agrees, Band{}),
		claim("barrier-sgd-linear", "With SGD's noise, two wells of equal dL and different L_s/L* have the same rate (the linear-barrier law).", false, equalHeight, Disagrees, Band{-1.35, -1.05}),
		claim("barrier-gld-linear", "With constant noise, two wells of equal dL and different L_s/L* have the same rate.", true, equalHeight, Agrees, Band{}),
		claim("barrier-gld-ratio", "With constant noise, two wells of equal L_s/L* and different dL have the same rate (the log-barrier law).", true, equalRatio, Disagrees, Band{-2.6, -2.1}),
	}
}

// measureBarrier returns the logarithm of the rate relative to the reference.
func measureBarrier(ctx context.Context, env *Env, gld bool, which int) (Measurement, error) {
	kind := map[bool]string{false: "SGD noise", true: "GLD"}[gld]
	table := Table{Title: kind + ": rates of the three wells", Columns: []string{"well", "exits", "rate", "low", "high"}}
	series := Series{Name: kind, Mark: Points}
	exits := make([]stattest.Exits, len(barriers))
	for i := range barriers {
		r, err := barrierRuns(ctx, env, gld, i)
		if err != nil {
			return Measurement{}, err
		}
		exits[i] = env.Parts.Exits(r)
		rate := exits[i].RateInterval(env.Alpha)
		table.AddRow(barriers[i].name, exits[i].Events, rate.Estimate, rate.Low, rate.High)
		series.AddBar(float64(i), rate.Estimate, rate.Low, rate.High)
	}
	ratio := stattest.RateRatioTest{Alpha: env.Alpha}.Interval(exits[which], exits[0])
	return Measurement{
		Effect: Effect{Name: "log rate relative to the reference well", Value: math.Log(ratio.Estimate), Low: math.Log(ratio.Low), High: math.Log(ratio.High),
			N: exits[which].Events + exits[0].Events, Unit: "exits"},
		Tables: []Table{table},
		Figure: &Figure{Title: kind + ": which barrier decides?", XNames: barrierNames(), YLabel: "rate, per unit of t", YLog: true, Series: []Series{series}},
	}, nil
}

// barrierNames are the wells, with their numbers on a second line.
func barrierNames() []string {
	names := make([]string, len(barriers))
	for i, b := range barriers {
		names[i] = strings.Replace(b.name, ": ", "\n", 1)
	}
	return names
}

// barrierRuns simulates one well with SGD's noise (Eq. 13) or with GLD (Eq. 5).
func barrierRuns(ctx context.Context, env *Env, gld bool, i int) (*escape.Result, error) {
	name := fmt.Sprintf("barrier-%t-%d", gld, i)
	return Shared(ctx, env, name, func(ctx context.Context, env *Env) (*escape.Result, error) {
		p, err := problem.NewDoubleWell(barriers[i].DoubleWellParameters)
		if err != nil {
			return nil, err
		}
		pieces := env.Parts.Pieces
		if gld {
			pieces.LossProportional = func(l landscape.Landscape, _ mat.Symmetric, _ int) (noise.Model, error) {
				return noise.NewIsotropic(l.Dim(), barrierD, barrierEta)
			}
		}
		ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SDE, Replicas: env.Profile.Runs(12000),
			Horizon: 400, Dt: wellDt / p.OutlierCurvature(), Pieces: pieces})
		if err != nil {
			return nil, err
		}
		return env.simulate(ctx, name, ensemble)
	})
}
