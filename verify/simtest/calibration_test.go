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
	const suiteAlpha = 0.05
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
		ledger.Assert(t, "false alarms/"+c.name, func(seed uint64, alpha float64) (stattest.Finding, error) {
			alarms := 0
			for i := range c.runs {
				results, err := c.run(simtest.Options{Seed: stattest.DeriveSeed(seed, i), Alpha: suiteAlpha, Effort: c.effort})
				if err != nil {
					return stattest.Finding{}, err
				}
				if red := simtest.Rejected(results); len(red) > 0 {
					alarms++
				}
			}
			return stattest.ProportionAtMostTest{Limit: suiteAlpha, Alpha: alpha}.Assert(alarms, int(c.runs)), nil
		})
	}
}
