package simtest_test

import (
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/verify/simtest"
	"sgdescape/verify/stattest"
)

// TestStat_FalseAlarms: at alpha = 0.05 a suite on a sound simulator has a red
// check in at most a twentieth of the runs.
func TestStat_FalseAlarms(t *testing.T) {
	const alpha, calibrationSeed = 0.05, 1
	sgdSuite := simtest.MinibatchFromProcess(func(data *dataset.Regression, p model.SGD) (lane.Process, error) { return sgd.New(data, p) })
	for _, c := range []struct {
		name   string
		run    func(simtest.Options) ([]simtest.Result, error)
		runs   uint64
		effort float64
	}{
		{"integrator", own(sde.EulerMaruyama, 1).Run, 80, 0.02},
		{"normals", simtest.Normals{New: ownNormals}.Run, 200, 0.01},
		{"minibatch", sgdSuite.Run, 100, 0.05},
	} {
		alarms := 0
		for i := range c.runs {
			results, err := c.run(simtest.Options{Seed: stattest.DeriveSeed(calibrationSeed, i), Alpha: alpha, Effort: c.effort})
			if err != nil {
				t.Fatal(err)
			}
			if red := simtest.Rejected(results); len(red) > 0 {
				t.Logf("%s, run %d: %v", c.name, i, red[0])
				alarms++
			}
		}
		f := stattest.ProportionAtMostTest{Limit: alpha, Alpha: 1e-9}.Assert(alarms, int(c.runs))
		t.Logf("%s: %d alarms in %d runs at alpha %g", c.name, alarms, c.runs, alpha)
		if f.Rejected {
			t.Errorf("%s: %v", c.name, f.Err())
		}
	}
}
