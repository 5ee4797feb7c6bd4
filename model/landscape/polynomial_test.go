package landscape_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// integrate returns the polynomial whose derivative has the given simple roots,
// shifted upwards until its lowest critical value is 1.
func integrate(roots []float64) []float64 {
	slope := []float64{1}
	for _, r := range roots {
		next := make([]float64, len(slope)+1)
		for k, c := range slope {
			next[k+1] += c
			next[k] -= r * c
		}
		slope = next
	}
	c := make([]float64, len(slope)+1)
	for k := range slope {
		c[k+1] = slope[k] / float64(k+1)
	}
	low := math.Inf(1)
	for _, r := range roots {
		value := 0.0
		for k := len(c) - 1; k >= 0; k-- {
			value = value*r + c[k]
		}
		low = math.Min(low, value)
	}
	c[0] = 1 - low
	return c
}

// TestProp_PolynomialCriticalPoints builds polynomials from their critical
// points and finds these again.
func TestProp_PolynomialCriticalPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wells := rapid.IntRange(1, 4).Draw(t, "wells")
		roots := make([]float64, 2*wells-1)
		x := rapid.Float64Range(-2, 0).Draw(t, "first")
		for i := range roots {
			roots[i] = x
			x += rapid.Float64Range(0.3, 1).Draw(t, "gap")
		}
		p, err := landscape.NewPolynomial(integrate(roots))
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Concat(p.Minima(), p.Maxima())
		slices.Sort(got)
		if !floats.EqualApprox(got, roots, 1e-7) { // conditioning of degree 8 with gaps of 0.3
			t.Fatalf("critical points %v, want %v", got, roots)
		}
		if low := p.Loss(p.Minimum()); math.Abs(low-1) > 1e-9 {
			t.Fatalf("L* = %v, want 1", low)
		}
	})
}

func TestPolynomialDoubleWell(t *testing.T) {
	// L = 1 + 2 (1 - x²)² = 3 - 4 x² + 2 x⁴, the double well in closed form
	p, err := landscape.NewPolynomial([]float64{3, 0, -4, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	well, err := landscape.NewDoubleWell(1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for x := -2.0; x <= 2; x += 0.125 {
		got, want := make([]float64, 1), make([]float64, 1)
		p.Grad(got, []float64{x})
		well.Grad(want, []float64{x})
		if math.Abs(p.Loss([]float64{x})-well.Loss([]float64{x})) > 1e-13 || math.Abs(got[0]-want[0]) > 1e-13 {
			t.Errorf("x = %v: loss %v, slope %v", x, p.Loss([]float64{x}), got[0])
		}
	}
	for _, right := range []bool{true, false} {
		i, sign := 0, 1.0
		if !right {
			i, sign = 1, -1
		}
		passage, err := p.Over(i, right)
		if err != nil {
			t.Fatal(err)
		}
		got := []float64{passage.Minimum()[0], passage.Saddle()[0], passage.Beyond()[0]}
		if !floats.EqualApprox(got, []float64{-sign, 0, sign}, 1e-15) {
			t.Errorf("right = %v: passage %v", right, got)
		}
	}
	if c := p.Coefficients(); len(c) != 5 || c[2] != -4 {
		t.Errorf("coefficients %v", c)
	}
}

// TestPolynomial_Magnitudes: coefficients so far apart that Cauchy's bound of the
// critical points overflows, and units of the loss at both ends of the numbers.
func TestPolynomial_Magnitudes(t *testing.T) {
	for _, c := range [][]float64{
		{1, 0, 1e10, 0, 1e-300}, {1, 0, 1e-10, 0, 1e-320}, {1, 0, 1e100, 0, 1e-209}, {1, 0, 1, 0, 1e-309},
	} {
		p, err := landscape.NewPolynomial(c)
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if m := p.Minima(); len(m) != 1 || m[0] != 0 {
			t.Errorf("%v: minima %v, want 0", c, m)
		}
	}
	unit := must(landscape.NewPolynomial([]float64{1, .1, -.7, .05, .3}))
	for _, a := range []float64{1e-300, 1e-200, 1e200, 1e300} {
		p, err := landscape.NewPolynomial([]float64{1 * a, .1 * a, -.7 * a, .05 * a, .3 * a})
		if err != nil {
			t.Errorf("loss in units of %v: %v", a, err)
			continue
		}
		for i, x := range p.Minima() {
			if want := unit.Minima()[i]; !(math.Abs(x-want) < 1e-14) {
				t.Errorf("loss in units of %v: minimum at %v, want %v", a, x, want)
			}
		}
	}
	if _, err := landscape.NewPolynomial([]float64{1, 0, -1e300, 0, 1e-300}); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("a double well whose loss overflows: %v", err)
	}
}

func TestReject_Polynomial(t *testing.T) {
	for _, row := range []struct {
		name, want   string
		coefficients []float64
	}{
		{"none", "degree is -1", nil},
		{"constant", "degree is 0", []float64{1}},
		{"cubic", "degree is 3", []float64{1, 0, 0, 1}},
		{"downwards", "leading coefficient is -1", []float64{1, 0, -1}},
		{"padded", "leading coefficient is 0", []float64{1, 0, 1, 0, 0}},
		{"NaN", "coefficient c_1 is NaN", []float64{1, math.NaN(), 1}},
		{"negative", "loss L* at the minimum is -1", []float64{-1, 0, 1}},
		{"flat quartic minimum", "slope at the inflection point", []float64{1, 0, 0, 0, 1}},
		// L' = x² (x - 1): an inflection point with zero slope at 0
		{"degenerate inflection", "slope at the inflection point", []float64{1, 0, 0, -1.0 / 3, 1.0 / 4}},
	} {
		if _, err := landscape.NewPolynomial(row.coefficients); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want an error that says %q", row.name, err, row.want)
		}
	}
	p, err := landscape.NewPolynomial([]float64{3, 0, -4, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		i     int
		right bool
		want  string
	}{
		{-1, true, "minimum i is -1"}, {2, false, "minimum i is 2"}, {0, false, "minimum beyond is -1"}, {1, true, "minimum beyond is 2"},
	} {
		if _, err := p.Over(row.i, row.right); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("Over(%d, %v): %v, want an error that says %q", row.i, row.right, err, row.want)
		}
	}
}
