package stattest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"pgregory.net/rapid"

	"sgdescape/verify/tol"
)

// TestIncompleteBeta: values by arbitrary-precision arithmetic.
func TestIncompleteBeta(t *testing.T) {
	for _, c := range []struct {
		source     string
		a, b, x    float64
		want, rtol float64
	}{
		{"symmetry", 1e6, 1e6, 0.5, 0.5, 1e-9},
		{"symmetry", 1e8, 1e8, 0.5, 0.5, 1e-9},
		{"1/2 + C(2n, n)/2^(2n+1)", 1e7, 1e7 + 1, 0.5, 0.5 + 0.0000892062046925609901, 1e-9},
		{"quadrature at 40 digits", 100000.0, 200000.0, 0.33, 5.2427818184781204e-5, 1e-8},
		{"quadrature at 40 digits", 1000000.0, 3000000.0, 0.2488, 1.4422737707923634e-8, 1e-8},
		{"quadrature at 40 digits", 10000000.0, 90000000.0, 0.09984, 4.7568581194227115e-8, 1e-8},
		{"quadrature at 40 digits", 20, 1000000.0, 2e-06, 6.4449564156628922e-14, 1e-8},
		{"quadrature at 40 digits", 200000.0, 15, 0.9998, 1.9685708673556189e-6, 1e-8},
	} {
		if err := tol.Close(incompleteBeta(c.a, c.b, c.x), c.want, c.rtol); err != nil {
			t.Errorf("I_%v(%v, %v), %s: %v", c.x, c.a, c.b, c.source, err)
		}
	}
}

// TestProp_IncompleteBeta: on the side where it converges the fraction agrees
// with the library, where that is good.
func TestProp_IncompleteBeta(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := math.Exp(rapid.Float64Range(math.Log(10), math.Log(4e3)).Draw(t, "log a"))
		b := math.Exp(rapid.Float64Range(math.Log(10), math.Log(4e3)).Draw(t, "log b"))
		mean := a / (a + b)
		x := mean - rapid.Float64Range(0, 6).Draw(t, "deviates")*math.Sqrt(mean*(1-mean)/(a+b+1))
		if !(x > 1e-9) {
			return
		}
		if err := tol.Close(betaFraction(a, b, x, 1-x), mathext.RegIncBeta(a, b, x), 1e-8); err != nil {
			t.Fatal(err)
		}
	})
}

// TestBetaQuantile: the inverse undoes the function where the series of the
// library does not converge, too.
func TestBetaQuantile(t *testing.T) {
	for _, c := range []struct{ a, b, p float64 }{
		{3, 4, 0.2}, {1e5, 1, 1e-9}, {1e5, 0.5, 1e-8}, {1e6, 3, 1e-9}, {200, 1e7, 5e-10}, {1e8, 1e8, 5e-10}, {3e7, 7e7, 0.3},
	} {
		if err := tol.Close(incompleteBeta(c.a, c.b, betaQuantile(c.a, c.b, c.p)), c.p, 1e-7); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
