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
		bell := newNormalRule(n, normalReach).bell
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
