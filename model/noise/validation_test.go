package noise_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

type noSamples struct{}

func (noSamples) Len() int                         { return 0 }
func (noSamples) Dim() int                         { return 0 }
func (noSamples) SampleGrad(_, _ []float64, _ int) {}

func TestReject_Parameters(t *testing.T) {
	nan := math.NaN()
	well, err := landscape.NewDoubleWell(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	data, err := dataset.Gaussian(1, 10, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	one := mat.NewSymDense(1, []float64{1})
	proportional := func(l landscape.Landscape, h mat.Symmetric, b int) error {
		_, err := noise.NewLossProportional(l, h, b)
		return err
	}
	isotropic := func(n int, d, eta float64) error { _, err := noise.NewIsotropic(n, d, eta); return err }
	loss := func(l landscape.Landscape, temperature, eta float64) error {
		_, err := noise.NewLossIsotropic(l, temperature, eta)
		return err
	}
	aligned := func(h mat.Symmetric, a float64) error { _, err := noise.NewAligned(h, a); return err }
	exact := func(s noise.Samples, p model.SGD) error { _, err := noise.NewExact(s, p); return err }
	gaussian := func(p *dataset.Population, b int) error { _, err := noise.NewGaussianInputs(p, b); return err }
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"proportional, nothing", proportional(nil, nil, 0), []string{"landscape L is", "batch size B is 0", "Hessian H is nil"}},
		{"proportional, size", proportional(well, mat.NewSymDense(2, nil), 1), []string{"size of the Hessian H is 2, want n = 1"}},
		{"proportional, empty", proportional(well, new(mat.SymDense), 1), []string{"size of the Hessian H is 0, want n = 1"}},
		{"proportional, NaN", proportional(well, mat.NewSymDense(1, []float64{nan}), 1), []string{"Hessian H[0][0] is NaN"}},
		{"proportional, negative", proportional(well, mat.NewSymDense(1, []float64{-1}), 1), []string{"smallest eigenvalue of the Hessian H is -1"}},
		{"isotropic", isotropic(0, nan, -1), []string{"dimension n is 0", "diffusion constant D is NaN", "learning rate eta is -1"}},
		{"loss-isotropic", loss(nil, 0, nan), []string{"landscape L is", "temperature T is 0", "learning rate eta is NaN"}},
		{"aligned", aligned(nil, 0), []string{"scale a is 0", "Hessian H is nil"}},
		{"aligned, indefinite", aligned(mat.NewSymDense(2, []float64{1, 2, 2, 1}), 1), []string{"smallest eigenvalue of the Hessian H"}},
		{"aligned, empty", aligned(new(mat.SymDense), 1), []string{"size of the Hessian H is 0"}},
		{"aligned, infinite scale", aligned(one, math.Inf(1)), []string{"scale a is +Inf"}},
		{"exact, nothing", exact(nil, model.SGD{}), []string{"samples is", "learning rate eta is 0", "batch size B is 0"}},
		{"exact, N", exact(data, sgd(1, 11)), []string{"data-set size N is 11, want the number of samples, 10"}},
		{"exact, population", exact(data, sgd(1, 0)), []string{"data-set size N is 0, want the number of samples, 10"}},
		{"exact, B > N", exact(data, sgd(11, 10)), []string{"batch size B is 11"}},
		{"exact, no samples", exact(noSamples{}, sgd(1, 0)), []string{"number of samples is 0", "dimension n is 0"}},
		{"Gaussian inputs", gaussian(nil, 0), []string{"population is", "batch size B is 0"}},
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

// TestReject_OneComplaint: a landscape that is nil says nothing of the size that
// a sound Hessian should have.
func TestReject_OneComplaint(t *testing.T) {
	for _, n := range []int{1, 2} {
		h := mat.NewSymDense(n, nil)
		for i := range n {
			h.SetSym(i, i, 1)
		}
		_, err := noise.NewLossProportional(nil, h, 1)
		if want := "loss-proportional noise: landscape L is nil, want a landscape"; err == nil || err.Error() != want {
			t.Errorf("n = %d: %v, want %s", n, err, want)
		}
	}
}

// TestParametersAreReadBack: a simulator recognises a model by its type and reads
// its parameters.
func TestParametersAreReadBack(t *testing.T) {
	well, err0 := landscape.NewDoubleWell(1, 1, 1)
	population, err1 := dataset.NewPopulation(2, 3)
	data, err2 := dataset.Gaussian(1, 10, 2, 1)
	h := mat.NewSymDense(1, []float64{7})
	proportional, err3 := noise.NewLossProportional(well, h, 4)
	isotropic, err4 := noise.NewIsotropic(3, 0.5, 0.1)
	loss, err5 := noise.NewLossIsotropic(well, 0.25, 0.1)
	aligned, err6 := noise.NewAligned(h, 2)
	for _, err := range []error{err0, err1, err2, err3, err4, err5, err6} {
		if err != nil {
			t.Fatal(err)
		}
	}
	gaussian, err1 := noise.NewGaussianInputs(population, 5)
	exact, err2 := noise.NewExact(data, sgd(2, 10))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	h.SetSym(0, 0, 9) // arguments are copied
	for name, ok := range map[string]bool{
		"proportional": proportional.Landscape() == landscape.Landscape(well) && proportional.Hessian().At(0, 0) == 7 && proportional.BatchSize() == 4,
		"isotropic":    isotropic.D() == 0.5 && isotropic.LearningRate() == 0.1 && isotropic.Dim() == 3,
		"loss":         loss.Landscape() == landscape.Landscape(well) && loss.Temperature() == 0.25 && loss.LearningRate() == 0.1,
		"aligned":      aligned.Hessian().At(0, 0) == 7 && aligned.Scale() == 2,
		"gaussian":     gaussian.Population() == population && gaussian.BatchSize() == 5 && gaussian.Dim() == 2,
		"exact":        exact.Samples() == noise.Samples(data) && exact.SGD() == sgd(2, 10) && exact.Dim() == 2,
	} {
		if !ok {
			t.Errorf("%s: a parameter was not read back", name)
		}
	}
}

func TestWrongLengthPanics(t *testing.T) {
	isotropic, err := noise.NewIsotropic(2, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if message, _ := recover().(string); !strings.HasPrefix(message, "noise: ") {
			t.Errorf("panic %q does not name the package", message)
		}
	}()
	isotropic.Covariance(mat.NewSymDense(2, nil), []float64{1})
}
