package discrete

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
)

// missed returns the largest error of a rule in the integrals of the Legendre
// polynomials P_k over [-1, 1], k < 2n with n the number of its nodes: 2 for
// k = 0, and else 0. A Gauss rule makes none (DLMF, 3.5(v)).
func (r rule) missed() (worst float64) {
	before, now := make([]float64, len(r.x)), ones(len(r.x)) // P_{k-1} and P_k at the nodes
	for k := range 2 * len(r.x) {
		sum := 0.0
		for i, w := range r.w {
			sum += w * now[i]
			x, j := r.x[i], float64(k)
			before[i], now[i] = now[i], ((2*j+1)*x*now[i]-j*before[i])/(j+1)
		}
		if k == 0 {
			sum -= 2
		}
		worst = math.Max(worst, math.Abs(sum))
	}
	return worst
}

// gaussRounding bounds the rounding of a Gauss rule.
const gaussRounding = 1e-13

func TestRule_Exact(t *testing.T) {
	for n := 1; n <= 200; n++ {
		r := newRule(n)
		if len(r.x) < n || len(r.x) > n+1 {
			t.Errorf("n = %d: %d nodes", n, len(r.x))
		}
		if d := r.missed(); !(d <= gaussRounding) {
			t.Errorf("n = %d: integrals of polynomials are off by %.2g", n, d)
		}
	}
}

// TestReject_Rule: the rule that newRule avoids, and a rule with one weight off by
// a billionth.
func TestReject_Rule(t *testing.T) {
	avoided := rule{make([]float64, 26), make([]float64, 26)}
	quad.Legendre{}.FixedLocations(avoided.x, avoided.w, -1, 1)
	if d := avoided.missed(); d <= gaussRounding {
		t.Errorf("quad.Legendre with 26 nodes is off by %.2g only: newRule need not avoid it any more", d)
	}
	off := newRule(20)
	off.w[3] *= 1 + 1e-9
	if d := off.missed(); d <= gaussRounding {
		t.Errorf("a wrong weight is not seen: %.2g", d)
	}
}

// The bell of a normal rule is exact for polynomials: E[He_k(X)] = 0 for k from 1
// to twice the number of its nodes. He_k is taken over sqrt(k!).
func TestNormalRule_Bell(t *testing.T) {
	for n := 12; n <= 2*maxNodes; n++ {
		bell := newNormalRule(n, normalReach, focus{}).bell
		before, now := make([]float64, len(bell.x)), ones(len(bell.x))
		for k := range 2 * len(bell.x) {
			sum, size := 0.0, 0.0
			for i, w := range bell.w {
				sum += w * now[i]
				size += w * math.Abs(now[i])
				x, j := bell.x[i], float64(k)
				before[i], now[i] = now[i], (x*now[i]-math.Sqrt(j)*before[i])/math.Sqrt(j+1)
			}
			if k == 0 {
				sum--
			}
			if !(math.Abs(sum) <= 1e-12*(1+size)) {
				t.Errorf("n = %d, k = %d: off by %.2g", n, k, sum)
			}
		}
	}
}

// The mean of 1/(1 + X²) about a core much narrower than the law. Source: closed form,
// g = sqrt(pi/2)/sd exp(1/(2 sd²)) erfc(1/(sqrt(2) sd)) for a normal X, hence for
// sd chi_1, and (1 - g)/sd² for sd chi_3, by its density. Sixteen nodes a panel
// are exact to rounding; six leave rho^-12 = 1e-8 of the panel at the core, whose
// ellipse of analyticity has rho = 4.6, and the reach of chi as much.
func TestRule_Core(t *testing.T) {
	for _, sd := range []float64{1, 10, 1e3, 1e6} {
		want := math.Sqrt(math.Pi/2) / sd * math.Exp(1/(2*sd*sd)) * math.Erfc(1/(math.Sqrt2*sd))
		got := 0.0
		newNormalRule(40, normalReach, focus{0, 1}).each(-1e9, 1e9, 0, sd, func(x, w float64) { got += w / (1 + x*x) })
		within(t, "normal", got, want, 1e-12)
		for k, want := range map[int]float64{1: want, 3: (1 - want) / (sd * sd)} {
			got := 0.0
			newChiRule(k, 12).each(1e9, 1/sd, func(v, w float64) { got += w / (1 + sd*sd*v) })
			within(t, "chi", got, want, 1e-7)
		}
	}
}
