package dataset_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

func TestReject_Regression(t *testing.T) {
	nan := math.NaN()
	build := func(inputs, targets []float64, d int) error {
		_, err := dataset.NewRegression(inputs, targets, d)
		return err
	}
	_, negativeFloor := dataset.NewRegressionWithFloor([]float64{1, 2}, []float64{1, 1}, 1, -1)
	_, nanFloor := dataset.NewRegressionWithFloor([]float64{1, 2}, []float64{1, 1}, 1, nan)
	_, population := dataset.NewPopulation(0, nan)
	_, underflow := dataset.NewPopulation(1, 1e-200)
	_, gaussian := dataset.Gaussian(1, 0, -1, 0)
	_, small := dataset.Gaussian(1, 2, 3, 1)
	// Targets of an exactly linear law with irrational weights: the residual is rounding.
	linear, exact := []float64{}, []float64{}
	for i := range 20 {
		x := math.Sin(float64(i))
		linear = append(linear, x, x*x)
		exact = append(exact, math.Sqrt2*x-math.Pi*x*x)
	}
	// 30 numbers of the given size, no two neighbours of them alike.
	spread := func(size float64) []float64 {
		out := make([]float64, 30)
		for i := range out {
			out[i] = size * float64(1+i*i%7)
		}
		return out
	}
	// Data that are fitted without error.
	floored := func(floor float64) error {
		_, err := dataset.NewRegressionWithFloor([]float64{1, 2, 3, .1, 7}, []float64{.3, .6, .9, .03, 2.1}, 1, floor)
		return err
	}
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"nothing", build(nil, nil, 0), []string{"dimension d is 0", "data-set size N is 0"}},
		{"lengths", build([]float64{1, 2, 3}, []float64{1, 2}, 2), []string{"number of inputs is 3, want N d = 2 x 2"}},
		{"N < d", build([]float64{1, 2, 3}, []float64{1}, 3), []string{"data-set size N is 1, want at least d = 3"}},
		{"input NaN", build([]float64{1, 2, 3, nan}, []float64{1, 2}, 2), []string{"input x[1][1] is NaN"}},
		{"input infinite", build([]float64{math.Inf(-1), 2}, []float64{1, 2}, 1), []string{"input x[0] is -Inf"}},
		{"target NaN", build([]float64{1, 2}, []float64{1, nan}, 1), []string{"target y[1] is NaN"}},
		{"both NaN", build([]float64{1, nan}, []float64{nan, 1}, 1), []string{"input x[1] is NaN", "target y[0] is NaN"}},
		{"zero column", build([]float64{1, 0, 2, 0, 3, 0}, []float64{1, 0, 1}, 2), []string{"input column 2 is 0 in every sample"}},
		{"dependent columns", build([]float64{1, 3, 2, 6, 5, 15}, []float64{1, 0, 1}, 2), []string{"condition number of the inputs X"}},
		{"interpolating", build([]float64{1, 2, 3}, []float64{2, 4, 6}, 1), []string{"minimum loss L*", "state a floor"}},
		{"interpolating to rounding", build(linear, exact, 2), []string{"minimum loss L*", "state a floor"}},
		{"N = d", build([]float64{1, 2, 3, 5}, []float64{1, 2}, 2), []string{"minimum loss L*"}},
		{"targets zero", build([]float64{1, 2}, []float64{0, 0}, 1), []string{"minimum loss L*"}},
		{"overflow", build([]float64{1, 2}, []float64{1e200, 1e200}, 1), []string{"mean square of the targets y is +Inf"}},
		{"large targets", build(spread(1), spread(1e153), 1), []string{"mean square of the targets y is +Inf", "rescale the targets"}},
		{"small targets", build(spread(1), spread(1e-161), 1), []string{"mean square of the targets y is", "rescale the targets"}},
		{"vanishing targets", build(spread(1), spread(1e-165), 1), []string{"mean square of the targets y is 0", "rescale the targets"}},
		{"small inputs", build(spread(1e-160), spread(1), 1), []string{"mean square of input column 1 is", "rescale the column"}},
		{"floor below rounding", floored(1e-300), []string{"floor is 1e-300", "at least"}},
		{"floor among rounding", floored(1e-30), []string{"floor is 1e-30", "at least"}},
		{"floor negative", negativeFloor, []string{"floor is -1"}},
		{"floor NaN", nanFloor, []string{"floor is NaN"}},
		{"population", population, []string{"dimension d is 0", "noise standard deviation s is NaN"}},
		{"population underflow", underflow, []string{"minimum loss L* = s²/2 is 0"}},
		{"Gaussian", gaussian, []string{"dimension d is -1", "data-set size N is 0", "noise standard deviation s is 0"}},
		{"Gaussian, N < d", small, []string{"data-set size N is 2"}},
	} {
		if !errors.Is(row.err, model.ErrDomain) {
			t.Errorf("%s: %v does not wrap ErrDomain", row.name, row.err)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(row.err.Error(), want) {
				t.Errorf("%s: %q does not say %q", row.name, row.err, want)
			}
		}
	}
}

func TestFloor(t *testing.T) {
	data, err := dataset.NewRegressionWithFloor([]float64{1, 2, 3}, []float64{2, 4, 6}, 1, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	// (theta - 2)² mean(x²)/2 + floor, mean(x²) = 14/3
	got := []float64{data.Minimum()[0], data.MinimumLoss(), data.Floor(), data.Loss([]float64{3}), data.SampleLoss([]float64{3}, 1)}
	want := []float64{2, 0.25, 0.25, 7.0/3 + 0.25, 2.25}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-14 {
			t.Errorf("%v, want %v", got, want)
			break
		}
	}
}

func TestArgumentsAreCopied(t *testing.T) {
	inputs, targets := []float64{1, 2, 3}, []float64{1, 0, 1}
	data, err := dataset.NewRegression(inputs, targets, 1)
	if err != nil {
		t.Fatal(err)
	}
	inputs[0], targets[0] = 9, 9
	data.Minimum()[0] = 9
	if data.Input(0)[0] != 1 || data.Target(0) != 1 || data.Minimum()[0] == 9 {
		t.Error("the data changed with the arguments")
	}
	if diff := cmp.Diff([]float64{1, 2, 3}, data.Inputs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWrongLengthPanics(t *testing.T) {
	data, err := dataset.Gaussian(1, 10, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if message, _ := recover().(string); !strings.HasPrefix(message, "dataset: ") {
			t.Errorf("panic %q does not name the package", message)
		}
	}()
	data.Loss([]float64{1})
}
