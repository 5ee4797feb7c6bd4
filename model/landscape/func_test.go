package landscape_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// TestProp_Func holds the three ways to define a landscape against a catalogue
// type, at the accuracy that Definition states.
func TestProp_Func(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := scale(t, "w")
		channel, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: length, KMin: 2 / length, KSaddle: 3 / length})
		if err != nil {
			t.Fatal(err)
		}
		theta := rapid.SliceOfN(rapid.Float64Range(-length, length), 3, 3).Draw(t, "theta")
		for _, row := range []struct {
			name          string
			def           landscape.Definition
			grad, hessian float64 // tolerances
		}{
			{"loss", landscape.Definition{Loss: channel.Loss}, 1e-8, 1e-5},
			{"loss and gradient", landscape.Definition{Loss: channel.Loss, Grad: channel.Grad}, 0, 1e-8},
			{"everything", landscape.Definition{Loss: channel.Loss, Grad: channel.Grad, Hessian: channel.Hessian}, 0, 0},
		} {
			row.def.Dim, row.def.Length = 3, length
			f, err := landscape.NewFunc(row.def)
			if err != nil {
				t.Fatal(err)
			}
			if f.Loss(theta) != channel.Loss(theta) {
				t.Fatalf("%s: loss", row.name)
			}
			got, want := make([]float64, 3), make([]float64, 3)
			f.Grad(got, theta)
			channel.Grad(want, theta)
			for i := range want {
				if !(math.Abs(got[i]-want[i])*length <= row.grad*channel.Loss(theta)) {
					t.Fatalf("%s: gradient %v, want %v", row.name, got, want)
				}
			}
			gotH, wantH := mat.NewSymDense(3, nil), mat.NewSymDense(3, nil)
			f.Hessian(gotH, theta)
			channel.Hessian(wantH, theta)
			var diff mat.Dense
			diff.Sub(gotH, wantH)
			if !(mat.Norm(&diff, math.Inf(1)) <= row.hessian*mat.Norm(wantH, math.Inf(1))) {
				t.Fatalf("%s: Hessian\n%v\nwant\n%v", row.name, mat.Formatted(gotH), mat.Formatted(wantH))
			}
		}
	})
}

func TestFromProblem(t *testing.T) {
	beale := functions.Beale{} // minimum (3, 0.5), Beale 1958 through gonum's catalogue
	problem := optimize.Problem{Func: beale.Func, Grad: beale.Grad, Hess: func(h *mat.SymDense, x []float64) { beale.Hess(h, x) }}
	l, err := landscape.FromProblem(problem, 2)
	if err != nil {
		t.Fatal(err)
	}
	if worst := gradientError(l, []float64{1, 1}); !(worst < differenceTolerance) {
		t.Errorf("gradient is wrong by %g", worst)
	}
	if worst := hessianError(l, []float64{1, 1}); !(worst < differenceTolerance) {
		t.Errorf("Hessian is wrong by %g", worst)
	}
	if err := landscape.CheckMinimum(l, []float64{3, 0.5}); err != nil {
		t.Error(err)
	}
	if _, err := landscape.WithMinimum(l, []float64{3, 0.5}); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "loss L* at the minimum is 0") {
		t.Errorf("a loss of 0 at the minimum has no logarithm: %v", err)
	}
}

func TestReject_Definition(t *testing.T) {
	loss := func(theta []float64) float64 { return 1 + theta[0]*theta[0] }
	for _, row := range []struct {
		name, want string
		def        landscape.Definition
	}{
		{"no dimension", "dimension n is 0", landscape.Definition{Loss: loss}},
		{"no loss", "loss L is nil", landscape.Definition{Dim: 1}},
		{"length", "length is -1", landscape.Definition{Dim: 1, Loss: loss, Length: -1}},
		{"length NaN", "length is NaN", landscape.Definition{Dim: 1, Loss: loss, Length: math.NaN()}},
	} {
		if _, err := landscape.NewFunc(row.def); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want an error that says %q", row.name, err, row.want)
		}
	}
}

func TestWithPassage(t *testing.T) {
	well, err := landscape.NewDoubleWell(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := landscape.WithPassage(well, []float64{-1}, []float64{0}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	p.Minimum()[0], p.Saddle()[0], p.Beyond()[0] = 9, 9, 9 // the slices are copies
	if p.Minimum()[0] != -1 || p.Saddle()[0] != 0 || p.Beyond()[0] != 1 {
		t.Errorf("%v -> %v -> %v", p.Minimum(), p.Saddle(), p.Beyond())
	}
	v, err := landscape.WithMinimum(well, []float64{1})
	if err != nil || v.Minimum()[0] != 1 {
		t.Errorf("%v, %v", v, err)
	}

	below, err := landscape.NewFunc(landscape.Definition{Dim: 1, Loss: func(x []float64) float64 { return well.Loss(x) - 3 }})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name                    string
		l                       landscape.Landscape
		minimum, saddle, beyond []float64
		want                    string
	}{
		{"no saddle", well, []float64{-1}, []float64{1}, []float64{1}, "index of the saddle theta^s is 0"},
		{"all wrong", well, []float64{0}, []float64{1}, []float64{0.5}, "index of the minimum theta* is 1"},
		{"negative loss", below, []float64{-1}, []float64{0}, []float64{1}, "loss L* at the minimum is -2"},
		{"no landscape", nil, []float64{-1}, []float64{0}, []float64{1}, "landscape L is nil"},
	} {
		if _, err := landscape.WithPassage(row.l, row.minimum, row.saddle, row.beyond); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want an error that says %q", row.name, err, row.want)
		}
	}
	if _, err := landscape.WithMinimum(well, []float64{0}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a saddle was accepted as a minimum: %v", err)
	}
}

// A landscape of one's own needs a dimension and a loss. The saddle is checked:
// a point with two descending directions would be refused.
func ExampleNewFunc() {
	l, err := landscape.NewFunc(landscape.Definition{
		Dim: 2,
		Loss: func(theta []float64) float64 {
			x, y := theta[0], theta[1]
			return 1 + (1-x*x)*(1-x*x) + 2*y*y
		},
	})
	if err != nil {
		panic(err)
	}
	p, err := landscape.WithPassage(l, []float64{-1, 0}, []float64{0, 0}, []float64{1, 0})
	fmt.Println(err)
	fmt.Printf("%.3f\n", landscape.Spectrum(l, p.Saddle()))
	// Output:
	// <nil>
	// [-4.000 4.000]
}

// Problems of gonum's optimisation catalogue are landscapes. A loss of 0 at the
// minimum has no logarithm, so a floor is added.
func ExampleFromProblem() {
	beale := functions.Beale{}
	l, err := landscape.FromProblem(optimize.Problem{
		Func: func(x []float64) float64 { return 0.1 + beale.Func(x) },
		Grad: beale.Grad,
	}, 2)
	if err != nil {
		panic(err)
	}
	valley, err := landscape.WithMinimum(l, []float64{3, 0.5})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f\n", landscape.Spectrum(valley, valley.Minimum()))
	_, err = landscape.WithMinimum(l, []float64{0, 1})
	fmt.Println(err)
	// Output:
	// [0.3015 48.9798]
	// valley: index of the minimum theta* is 1, want 0 negative eigenvalues
}
