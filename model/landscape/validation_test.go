package landscape_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

func TestReject_Parameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := mat.NewSymDense(1, []float64{1})
	channel := func(change func(*landscape.ChannelParameters)) error {
		p := landscape.ChannelParameters{Dim: 2, Floor: 1, Height: 1, Width: 1, KMin: 1, KSaddle: 1}
		change(&p)
		_, err := landscape.NewChannel(p)
		return err
	}
	well := func(floor, height, width float64) error {
		_, err := landscape.NewDoubleWell(floor, height, width)
		return err
	}
	isotropic := func(n int, h, floor float64) error {
		_, err := landscape.NewIsotropicValley(n, h, floor)
		return err
	}
	quadratic := func(h mat.Symmetric, minimum []float64, floor float64) error {
		_, err := landscape.NewQuadraticValley(h, minimum, floor)
		return err
	}
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"double well floor", well(0, 1, 1), []string{"floor L0 is 0"}},
		{"double well all", well(nan, -1, inf), []string{"floor L0 is NaN", "height dL is -1", "width w is +Inf"}},
		{"isotropic all", isotropic(0, nan, -1), []string{"dimension n is 0", "curvature h is NaN", "floor L* is -1"}},
		{"channel dimension", channel(func(p *landscape.ChannelParameters) { p.Dim = 0 }), []string{"dimension n is 0"}},
		{"channel all", channel(func(p *landscape.ChannelParameters) { *p = landscape.ChannelParameters{Width: nan} }),
			[]string{"dimension n is 0", "floor L0 is 0", "height dL is 0", "width w is NaN", "curvature km is 0", "curvature ks is 0"}},
		{"quadratic, no Hessian", quadratic(nil, nil, 1), []string{"Hessian H is empty"}},
		{"quadratic, empty Hessian", quadratic(new(mat.SymDense), nil, 1), []string{"Hessian H is empty"}},
		{"quadratic, indefinite", quadratic(mat.NewSymDense(2, []float64{1, 2, 2, 1}), nil, 1), []string{"Hessian H is not positive definite"}},
		{"quadratic, NaN", quadratic(mat.NewSymDense(1, []float64{nan}), nil, 0), []string{"Hessian H is not finite", "floor L* is 0"}},
		{"quadratic, lengths", quadratic(one, []float64{1, 2}, 1), []string{"length of the minimum theta* is 2"}},
		{"quadratic, minimum", quadratic(one, []float64{inf}, 1), []string{"minimum theta*[0] is +Inf"}},
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

func TestParametersAreReadBack(t *testing.T) {
	p := landscape.ChannelParameters{Dim: 2, Floor: 1, Height: 2, Width: 3, KMin: 4, KSaddle: 5}
	channel, err1 := landscape.NewChannel(p)
	well, err2 := landscape.NewDoubleWell(1, 2, 3)
	isotropic, err3 := landscape.NewIsotropicValley(2, 3, 4)
	h := mat.NewSymDense(2, []float64{2, 1, 1, 2})
	minimum := []float64{1, -1}
	quadratic, err4 := landscape.NewQuadraticValley(h, minimum, 5)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	minimum[0], quadratic.Minimum()[1] = 9, 9 // arguments and results are copies
	h.SetSym(0, 0, 9)
	got := mat.NewSymDense(2, nil)
	quadratic.Hessian(got, []float64{0, 0})
	type parameters struct {
		Channel          landscape.ChannelParameters
		Saddle, Far      float64 // transverse curvatures
		Well, Isotropic  []float64
		Floor            float64
		Minimum, Hessian []float64
	}
	want := parameters{p, 5, 4, []float64{1, 2, 3}, []float64{3, 4}, 5, []float64{1, -1}, []float64{2, 1, 2}}
	if diff := cmp.Diff(want, parameters{
		channel.Parameters(), channel.TransverseCurvature(0), channel.TransverseCurvature(60),
		[]float64{well.Floor(), well.Height(), well.Width()},
		[]float64{isotropic.Curvature(), isotropic.Floor()},
		quadratic.Floor(), quadratic.Minimum(), []float64{got.At(0, 0), got.At(0, 1), got.At(1, 1)},
	}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWrongLengthPanics(t *testing.T) {
	well, err := landscape.NewDoubleWell(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if message, _ := recover().(string); !strings.HasPrefix(message, "landscape: ") {
			t.Errorf("panic %q does not name the package", message)
		}
	}()
	well.Loss([]float64{1, 2})
}
