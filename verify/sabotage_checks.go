package verify

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/verify/stattest"
)

// partsChecks judge what no claim of the ledger is sharp enough to see: a count
// that is off by one, an exit missed between two grid points, replicas that are
// not independent, an estimator that is two per cent off.
func partsChecks() []Claim {
	check := func(id, statement string, band Band, share float64, measure func(context.Context, *Env) (Effect, error)) Claim {
		return Claim{ID: id, Equation: "none", Statement: statement, Left: "parts", Right: "exact", Band: band,
			Reason: "see the statement.", Expected: Agrees, Share: share,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				e, err := measure(ctx, env)
				return Measurement{Effect: e}, err
			}}
	}
	none := Band{0, 1e-9}
	return []Claim{
		check("steps", "Where SGD leaves in one or two steps, it leaves after as many as the exact chain says.", Within(0.1), 0.01, measureSteps),
		check("crossing", "With a coarse step, too, the exit time of a diffusion is that of continuous watching.", Within(0.08), 0.01, measureCrossing),
		check("estimator", "Exits over exposure is the rate, censored runs included.", Within(1e-9), 0, measureEstimator),
		check("replicas", "No two replicas leave at the same time, of one seed or of two.", none, 0, measureReplicas),
		check("batches", "Batches with adjoining ranges of replicas give what one ensemble gives.", none, 0, measureBatches),
		check("spectrum", "The eigenvalues of mean(w grad f grad f^T), with gradients by differences, are those of the weighted Gram matrix.", Within(1e-6), 0, measureSpectrum),
		check("strength", "The noise strength of a network is the trace of the covariance of its samples' gradients, by differences.", Within(1e-6), 0, measureNoiseStrength),
		check("workers", "The number of workers does not change an outcome.", none, 0, measureWorkers),
	}
}

func measureSteps(ctx context.Context, env *Env) (Effect, error) {
	const eta, ratio = 0.5, 1.05
	population, err := dataset.NewPopulation(1, 1)
	if err != nil {
		return Effect{}, err
	}
	process, err := env.Parts.SGD(population, model.SGD{LearningRate: eta, BatchSize: 1})
	if err != nil {
		return Effect{}, err
	}
	passage, err := discrete.GaussianRegression{LearningRate: eta, BatchSize: 1, Dim: 1, LossRatio: ratio}.Solve(discrete.Settings{})
	if err != nil {
		return Effect{}, err
	}
	r, err := env.simulate(ctx, "steps", escape.Ensemble{Process: process, Start: population.Minimum(),
		Exit: escape.LossAbove(ratio * population.MinimumLoss()), Horizon: 1000, Replicas: 20000})
	if err != nil {
		return Effect{}, err
	}
	return effectOfExits(env.Parts.Exits(r), passage.MeanFirstPassageTime().Value, env.Alpha), nil
}

// checkValley is the ensemble of Eq. 13 or 15 that leaves a parabola at c = 2,
// T = 0.5, after some three relaxation times.
func checkValley(env *Env, form sde.Form, dt float64, replicas int) (escape.Ensemble, error) {
	const floor = 0.4
	valley, err := landscape.NewIsotropicValley(1, 1, floor)
	if err != nil {
		return escape.Ensemble{}, err
	}
	sigma, err := env.Parts.LossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		return escape.Ensemble{}, err
	}
	process, err := env.Parts.SDE(sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.5, Dt: dt, Form: form})
	return escape.Ensemble{Process: process, Start: valley.Minimum(), Exit: escape.LossAbove(2 * floor), Horizon: 1000, Replicas: replicas}, err
}

func measureCrossing(ctx context.Context, env *Env) (Effect, error) {
	ensemble, err := checkValley(env, sde.Time, 0.05, 20000)
	if err != nil {
		return Effect{}, err
	}
	r, err := env.simulate(ctx, "crossing", ensemble)
	if err != nil {
		return Effect{}, err
	}
	exact, err := firstpassage.Radial{Dim: 1, BatchOverEtaH: 2, Ratio: 2, Curvature: 1}.MeanTime()
	return effectOfExits(env.Parts.Exits(r), exact, env.Alpha), err
}

// measureEstimator hands the estimator runs whose rate is known: 300000 of
// length 0.1, of which every third was censored.
func measureEstimator(_ context.Context, env *Env) (Effect, error) {
	const n, length = 300000, 0.1
	r := &escape.Result{Outcomes: make([]escape.Outcome, n), Exits: n / 3 * 2, Censored: n / 3, Exposure: n * length}
	for i := range r.Outcomes {
		r.Outcomes[i] = escape.Outcome{Replica: uint64(i), Steps: 10, Time: length, Censored: i%3 == 2}
	}
	x := env.Parts.Exits(r)
	want := stattest.Exits{Events: n / 3 * 2, Exposure: n * length}
	return exact("relative error of the rate", math.Abs(x.Rate()/want.Rate()-1), 1e-12, n), nil
}

// measureReplicas counts exit times that occur twice. In Eq. 15 the time is
// added up along the path, so that only equal paths have equal times.
func measureReplicas(ctx context.Context, env *Env) (Effect, error) {
	ensemble, err := checkValley(env, sde.LogTime, 0.01, 1000)
	if err != nil {
		return Effect{}, err
	}
	ensemble.Workers = env.Workers
	seen := map[model.Time]bool{}
	repeated := 0
	for seed := uint64(1); seed <= 2; seed++ {
		ensemble.Seed = env.SeedFor("replicas") + seed
		r, err := env.Parts.Run(ctx, ensemble)
		if err != nil {
			return Effect{}, err
		}
		for _, o := range r.Outcomes {
			if seen[o.Time] {
				repeated++
			}
			seen[o.Time] = true
		}
	}
	return exact("share of exit times that are not the first of their value", float64(repeated)/2000, 0, 2000), nil
}

// differences is the share of outcomes in which two results differ.
func differences(a, b []escape.Outcome) float64 {
	if len(a) != len(b) {
		return 1
	}
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}

func measureBatches(ctx context.Context, env *Env) (Effect, error) {
	ensemble, err := checkValley(env, sde.Time, 0.02, 500)
	if err != nil {
		return Effect{}, err
	}
	ensemble.Seed, ensemble.Workers = env.SeedFor("batches"), env.Workers
	whole, err := env.Parts.Run(ctx, ensemble)
	if err != nil {
		return Effect{}, err
	}
	var parts []escape.Outcome
	for _, size := range []int{70, 1, 429} {
		ensemble.Replicas = size
		r, err := env.Parts.Run(ctx, ensemble)
		if err != nil {
			return Effect{}, err
		}
		parts = append(parts, r.Outcomes...)
		ensemble.FirstReplica += uint64(size)
	}
	return exact("share of outcomes that differ", differences(whole.Outcomes, parts), 0, 500), nil
}

func measureWorkers(ctx context.Context, env *Env) (Effect, error) {
	ensemble, err := checkValley(env, sde.Time, 0.02, 500)
	if err != nil {
		return Effect{}, err
	}
	ensemble.Seed = env.SeedFor("workers")
	var results []*escape.Result
	for _, workers := range []int{1, 3} {
		ensemble.Workers = workers
		r, err := env.Parts.Run(ctx, ensemble)
		if err != nil {
			return Effect{}, err
		}
		results = append(results, r)
	}
	return exact("share of outcomes that differ", differences(results[0].Outcomes, results[1].Outcomes), 0, 500), nil
}
