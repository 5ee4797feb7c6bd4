package generator

import (
	"errors"
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

func regressionTime(t *testing.T, data *dataset.Regression, sgd model.SGD) float64 {
	t.Helper()
	p, err := RegressionExit(data, sgd, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	e := exit(t, p, PlanarOptions{Tolerance: 1e-4})
	if r := e.MeanTime.RelativeError(); !(r < 1e-4) {
		t.Errorf("relative error %.2g", r)
	}
	return e.MeanTime.Value
}

// A large data set is close to the population; a small one has its own time. And
// sampling without replacement is sampling with it at eta (N-B)/(N-1).
func TestRegressionExit(t *testing.T) {
	large, err := dataset.Gaussian(1, 40000, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	sgd := model.SGD{LearningRate: 0.2, BatchSize: 2, DatasetSize: 40000}
	population := exit(t, regression(identity(), 0.2, 2, 1.5, false), PlanarOptions{}).MeanTime.Value
	// log T goes like 1/eta times quantities with a sampling error of sqrt(c/N): at
	// 1/eta = 5, 4 standard errors are about 5 * 4 * sqrt(4/40000) = 0.2.
	if got := relative(regressionTime(t, large, sgd), population); !(got < 0.2) {
		t.Errorf("N = 40000 differs from the population by %.2g", got)
	}
	small, err := dataset.Gaussian(1, 40, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	without := model.SGD{LearningRate: 0.2, BatchSize: 8, DatasetSize: 40, Sampling: model.WithoutReplacement}
	with := model.SGD{LearningRate: 0.2 * 32 / 39, BatchSize: 8, DatasetSize: 40}
	a, b := regressionTime(t, small, without), regressionTime(t, small, with)
	if got := relative(a, b); !(got < 1e-6) {
		t.Errorf("times %v without and %v with replacement at the reduced rate", a, b)
	}
	with.LearningRate = 0.2
	if got := relative(a, regressionTime(t, small, with)); !(got > 0.1) {
		t.Errorf("the factor (N-B)/(N-1) changes the time by %.2g only", got)
	}
}

func TestRegressionExit_Refuses(t *testing.T) {
	line, err := dataset.Gaussian(1, 40, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	plane, err := dataset.Gaussian(1, 40, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	good := model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 40}
	bad := good
	bad.DatasetSize = 41
	for name, err := range map[string]error{
		"nil":       planarError(RegressionExit(nil, good, 2)),
		"dimension": planarError(RegressionExit(line, good, 2)),
		"size":      planarError(RegressionExit(plane, bad, 2)),
		"ratio":     planarError(RegressionExit(plane, good, 1)),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}

func planarError(_ Planar, err error) error { return err }
