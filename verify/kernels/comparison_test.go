package kernels

import (
	"context"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/stat"

	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/verify/stattest"
)

// A comparison is that of a simulated mean with one known otherwise.
type comparison struct {
	name     string
	kernel   string // type of the loop that the simulator must choose
	ensemble escape.Ensemble
	watch    lane.Watch // the exit of the ensemble, as a kernel gets it
	value    func(r *escape.Result, i int) float64
	answer   func() answer
}

// comparisons returns the whole table, with the noise of the diffusions and the
// learning rate of SGD multiplied by a factor that is 1 but in negative controls.
func comparisons(factor float64) []comparison {
	return append(diffusions(factor), regressions(factor)...)
}

func steps(r *escape.Result, i int) float64 { return float64(r.Outcomes[i].Steps) }
func times(r *escape.Result, i int) float64 { return float64(r.Outcomes[i].Time) }

// An exit is one rule in the words of the ensemble and of the kernels.
type exit struct {
	rule  escape.Rule
	watch lane.Watch
}

func above(level float64) exit {
	return exit{escape.LossAbove(level), lane.Watch{Monitor: lane.Loss, Level: level}}
}

func beyond(normal []float64, level float64) exit {
	return exit{escape.BeyondPlane(normal, level), lane.Watch{Monitor: lane.Plane, Normal: normal, Level: level}}
}

func outside(left func(theta []float64) bool) exit {
	return exit{escape.Outside(left), lane.Watch{Monitor: lane.Region, Outside: left}}
}

// shift is -zeta(1/2)/sqrt(2 pi), by which a corrected boundary is moved.
const shift = 0.5825971579390107

// left is the function that tells whether a point counts as outside, with the
// loss, its gradient and the covariance of a step there.
func (e exit) left(theta []float64, loss float64, grad []float64, covariance func(i, k int) float64) bool {
	spread := func(direction []float64) float64 {
		if !e.watch.Corrected {
			return 0
		}
		sum := 0.0
		for i, a := range direction {
			for k, b := range direction {
				sum += a * covariance(i, k) * b
			}
		}
		return shift * math.Sqrt(sum)
	}
	switch e.watch.Monitor {
	case lane.Loss:
		return loss+spread(grad) > e.watch.Level
	case lane.Plane:
		x := spread(e.watch.Normal)
		for i, c := range e.watch.Normal {
			x += c * theta[i]
		}
		return x > e.watch.Level
	}
	return e.watch.Outside(theta)
}

// answers are those found so far: a negative control has the answer of the
// comparison it breaks.
var answers sync.Map

func (c comparison) want() answer {
	solve, _ := answers.LoadOrStore(c.name, sync.OnceValue(c.answer))
	return solve.(func() answer)()
}

// simulate returns the values of so many runs.
func (c comparison) simulate(seed uint64, runs int) ([]float64, error) {
	e := c.ensemble
	e.Seed, e.Replicas = seed, runs
	r, err := e.Run(context.Background())
	if err != nil {
		return nil, err
	}
	if r.Diverged > 0 {
		return nil, fmt.Errorf("%d runs diverged", r.Diverged)
	}
	xs := make([]float64, len(r.Outcomes))
	for i := range xs {
		xs[i] = c.value(r, i)
	}
	return xs, nil
}

// assertion compares the mean of so many runs.
func (c comparison) assertion(runs int) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		xs, err := c.simulate(seed, runs)
		if err != nil {
			return stattest.Finding{}, err
		}
		want := c.want()
		if want.sampled {
			return stattest.TwoMeansTest{Alpha: alpha}.Assert(stattest.NewSampledMean(xs), stattest.SampledMean{Mean: want.mean, Error: want.error}), nil
		}
		return stattest.MeanTest{Want: want.mean, Margin: want.error, Alpha: alpha}.Assert(xs), nil
	}
}

// deviation returns by how many of its errors the mean of the values misses the
// answer, or the range of the answer.
func (c comparison) deviation(xs []float64) float64 {
	want := c.want()
	mean, sd := stat.MeanStdDev(xs, nil)
	gap, unit := math.Abs(mean-want.mean), sd/math.Sqrt(float64(len(xs)))
	if want.sampled {
		return gap / math.Hypot(unit, want.error)
	}
	return math.Max(0, gap-want.error) / unit
}
