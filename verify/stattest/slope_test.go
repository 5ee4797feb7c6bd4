package stattest

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

// TestFitLine on the data of Pearson with the weights of York (D. York, Can. J.
// Phys. 44, 1079, 1966), errors in y alone: the weighted regression is
// Slope = -0.61081, Intercept = 6.1001.
func TestFitLine(t *testing.T) {
	x := []float64{0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4}
	y := []float64{5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5}
	w := []float64{1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500}
	sigma := make([]float64, len(w))
	for i := range w {
		sigma[i] = 1 / math.Sqrt(w[i])
	}
	l, err := FitLine(x, y, sigma)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tol.CloseAbs(l.Slope, -0.61081, 1e-5), tol.CloseAbs(l.Intercept, 6.1001, 1e-4)); err != nil {
		t.Error(err)
	}
}

func TestFitLineSmall(t *testing.T) {
	// y = 1, 2, 4 at x = 0, 1, 2 with errors 1: slope 3/2, residuals 1/6, -1/3, 1/6
	x, y := []float64{0, 1, 2}, []float64{1, 2, 4}
	known, err := FitLine(x, y, []float64{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	want := Line{Slope: 1.5, Intercept: 5. / 6, SlopeError: math.Sqrt(0.5), ChiSquare: 1. / 6, DegreesOfFreedom: 1}
	if d := cmp.Diff(want, known, cmpopts.IgnoreUnexported(Line{}), near); d != "" {
		t.Errorf("known errors (-want +got):\n%s", d)
	}
	// P(chi2_1 > 1/6) = erfc(sqrt(1/12))
	if err := tol.Close(known.PValue(), math.Erfc(math.Sqrt(1./12)), 1e-12); err != nil {
		t.Error(err)
	}
	unknown, err := FitLine(x, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	want.SlopeError, want.ChiSquare = math.Sqrt(0.5/6), 1
	if d := cmp.Diff(want, unknown, cmpopts.IgnoreUnexported(Line{}), near); d != "" {
		t.Errorf("unknown errors (-want +got):\n%s", d)
	}
	if unknown.PValue() != 1 {
		t.Errorf("unknown errors test the fit: %v", unknown.PValue())
	}
	two, err := FitLine(x[:2], y[:2], []float64{1, 1})
	if err != nil || two.PValue() != 1 {
		t.Errorf("two points: %v, %v", two.PValue(), err)
	}
}

// TestReject_BentLine: points on a parabola do not pass as a line.
func TestReject_BentLine(t *testing.T) {
	x, y, sigma := make([]float64, 10), make([]float64, 10), make([]float64, 10)
	for i := range x {
		x[i] = float64(i)
		y[i], sigma[i] = x[i]*x[i], 0.5
	}
	l, err := FitLine(x, y, sigma)
	if err != nil || !(l.PValue() < 1e-6) {
		t.Errorf("p-value %v, %v", l.PValue(), err)
	}
}

func TestFitLineDomain(t *testing.T) {
	one := []float64{1, 1, 1}
	for name, err := range map[string]error{
		"one x":               second(FitLine(one, one, one)),
		"two, unknown errors": second(FitLine(one[:2], one[:2], nil)),
		"one, known errors":   second(FitLine(one[:1], one[:1], one[:1])),
		"no error":            second(FitLine([]float64{1, 2, 3}, one, []float64{1, 0, 1})),
		"NaN":                 second(FitLine([]float64{1, 2, math.NaN()}, one, one)),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestFitLineEqualX: a line through points above one another has no slope,
// although the rounded mean of three times 0.1 is not 0.1.
func TestFitLineEqualX(t *testing.T) {
	for _, sigma := range [][]float64{nil, {1, 2, 3}} {
		if l, err := FitLine([]float64{0.1, 0.1, 0.1}, []float64{1, 2, 4}, sigma); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "x of every point is 0.1, want distinct x") {
			t.Errorf("sigma %v: %+v, %v", sigma, l, err)
		}
	}
}
