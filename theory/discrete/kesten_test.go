package discrete

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
)

func TestGolden_TailExponent(t *testing.T) {
	for _, row := range table(t, "kesten_alpha.csv", 4) {
		alpha, err := TailExponent(row[0], int(row[1]), int(row[2]))
		if err != nil {
			t.Fatal(err)
		}
		rtol := 1e-8
		if row[2] > 1 {
			rtol = 1e-7
		}
		within(t, "alpha", alpha, row[3], rtol)
	}
}

// With alpha = 2 the moment is a polynomial: E[1 - 2es + e²s(s+v)] = 1 means
// 2 = e (B + 1 + d), because E[s²] = B(B+2) and E[s v] = B(d-1). Source: closed form.
func TestTailExponent_SecondMoment(t *testing.T) {
	for _, tc := range []struct {
		b, d int
		rtol float64
	}{{1, 1, 1e-8}, {4, 1, 1e-8}, {1, 2, 1e-8}, {3, 7, 1e-8}, {50, 1, 1e-8}, {1e6, 1, 1e-8}, {1e6, 3, 1e-8}, {1e9, 1, 1e-5}, {1e9, 3, 1e-5}} {
		eta := 2 * float64(tc.b) / float64(tc.b+1+tc.d)
		alpha, err := TailExponent(eta, tc.b, tc.d)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "alpha", alpha, 2, tc.rtol)
	}
}

// Near the critical learning rate alpha tends to 0 with E[log], whose singularity at
// eta u² = 1 has to be integrated to as many digits. Source: the equation itself by the
// tanh-sinh rule (Takahasi and Mori 1974), whose two halves end there.
func TestTailExponent_Critical(t *testing.T) {
	for _, eta := range []float64{1.5, 2, 2.3, 2.4, 2.42, 2.42124, 2.4212495} {
		alpha, err := TailExponent(eta, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, coarser := exponentByTanhSinh(eta, 1./32), exponentByTanhSinh(eta, 1./16)
		allowed := 1e-13 + math.Abs(want-coarser)
		if want >= 1e-5 {
			allowed = 1e-8*want + math.Abs(want-coarser)
		}
		if !(math.Abs(alpha-want) <= allowed) {
			t.Errorf("eta = %v: alpha = %.12g, want %.12g: off by %.2g, allowed %.2g", eta, alpha, want, alpha-want, allowed)
		}
		if !(math.Abs(want-coarser) <= 1e-13+1e-9*want) {
			t.Errorf("eta = %v: two steps of the rule give %.12g and %.12g", eta, want, coarser)
		}
	}
	if _, err := TailExponent(2.421249518, 1, 1); err != nil {
		t.Errorf("below the critical learning rate: %v", err)
	}
	if _, err := TailExponent(2.421249524, 1, 1); !errors.Is(err, model.ErrDomain) {
		t.Errorf("above the critical learning rate: error %v, want one that wraps ErrDomain", err)
	}
}

// exponentByTanhSinh returns the root alpha of E[|1 - eta u²|^alpha - 1] = 0, u normal.
func exponentByTanhSinh(eta, h float64) float64 {
	kink := 1 / math.Sqrt(eta)
	type node struct{ logFactor, weight float64 }
	var nodes []node
	const beyond = 12 // the density of the normal there is 1e-32
	for t := -4.0; t <= 4; t += h {
		near := 1 / (1 + math.Exp(math.Pi*math.Sinh(t))) // distance from the kink over the length
		rate := near * (1 / (1 + math.Exp(-math.Pi*math.Sinh(t)))) * math.Pi * math.Cosh(t) * h
		for _, length := range []float64{-kink, beyond - kink} {
			away := length * near
			u := kink + away
			nodes = append(nodes, node{math.Log(math.Abs(eta * away * (kink + u))),
				math.Abs(length) * rate * math.Sqrt(2/math.Pi) * math.Exp(-u*u/2)})
		}
	}
	excess := func(alpha float64) (sum float64) {
		for _, n := range nodes {
			sum += n.weight * math.Expm1(alpha*n.logFactor)
		}
		return sum
	}
	low, high := 0.0, 4.0
	for range 100 {
		if middle := (low + high) / 2; excess(middle) > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// The work is bounded for any batch size and dimension: nodes lie where the law
// does, not from zero on.
func TestTailExponent_BoundsTheWork(t *testing.T) {
	for _, b := range []int{1e9, 1e15, math.MaxInt} {
		for _, d := range []int{1, 2, 1e15} {
			if _, err := TailExponent(0.1, b, d); err == nil {
				t.Errorf("B = %d, d = %d: no error, want one: alpha is above the limit, or there is no stationary law", b, d)
			}
			if x, _, _ := logRule(newRule(16), max(b, d), 1e3, focus{0, 0.5}); len(x) > 1000 {
				t.Errorf("B = %d, d = %d: %d nodes, want at most 1000", b, d, len(x))
			}
		}
	}
}

// The exact chain's own T(c) must grow as c^(alpha/2); the correction to the
// slope is of relative order 1/c.
func TestTailExponent_SlopeOfTheChain(t *testing.T) {
	for _, p := range []GaussianRegression{
		{LearningRate: 0.5, BatchSize: 1, Dim: 1},
		{LearningRate: 1.2, BatchSize: 4, Dim: 1},
		{LearningRate: 0.8, BatchSize: 2, Dim: 2},
	} {
		at := func(c float64) float64 {
			p.LossRatio = c
			return math.Log(mustSolve(t, p, Settings{Order: 6, Nodes: 20}).MeanFirstPassageTime().Value)
		}
		const c = 2000.0
		slope := (at(2*c) - at(c)) / math.Ln2
		alpha, err := TailExponent(p.LearningRate, p.BatchSize, p.Dim)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "slope of log T", slope, alpha/2, 0.01)
	}
}

// TestReject_SlopeOfDiffusion: the slope B/(2 eta) + 1/2 of the diffusion with
// the exact covariance is not the slope of SGD.
func TestReject_SlopeOfDiffusion(t *testing.T) {
	alpha, err := TailExponent(0.5, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diffusion := 1/(2*0.5) + 0.5; math.Abs(alpha/2/diffusion-1) < 0.03 {
		t.Errorf("alpha/2 = %.6g equals the slope %.6g of the diffusion", alpha/2, diffusion)
	}
}

func TestProp_TailExponent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.IntRange(1, 20).Draw(t, "B")
		eta := rapid.Float64Range(0.05, 0.8).Draw(t, "eta")
		alpha, err := TailExponent(eta, b, 1)
		if err != nil {
			t.Fatal(err)
		}
		steeper, err := TailExponent(eta*0.9, b, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !(steeper > alpha) {
			t.Errorf("alpha(0.9 eta) = %v, not above alpha(eta) = %v", steeper, alpha)
		}
		k := stretch{eta / float64(b), b, 1}
		if m := k.nodes(alpha).logMoment(alpha); !(math.Abs(m) < 1e-8) {
			t.Errorf("log E[factor^(alpha/2)] = %v at alpha = %v, want 0", m, alpha)
		}
	})
}

func TestTailExponent_Domain(t *testing.T) {
	for _, tc := range []struct {
		name string
		eta  float64
		b, d int
	}{
		{"eta zero", 0, 1, 1},
		{"eta NaN", math.NaN(), 1, 1},
		{"no minibatch", 0.1, 0, 1},
		{"no dimension", 0.1, 1, 0},
		{"no stationary distribution", 3, 1, 1},
		{"no stationary distribution in many dimensions", 1, 1, 100},
	} {
		if alpha, err := TailExponent(tc.eta, tc.b, tc.d); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: alpha = %v, error %v, want one that wraps ErrDomain", tc.name, alpha, err)
		}
	}
	if _, err := TailExponent(1e-3, 10, 2); err == nil || errors.Is(err, model.ErrDomain) {
		t.Errorf("alpha far above the limit: error %v, want one about the limit", err)
	}
}

func BenchmarkTailExponent(b *testing.B) {
	for _, d := range []int{1, 2} {
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			want := map[int]float64{1: 17.284585734027118, 2: 16.83413776967689}[d]
			b.ReportAllocs()
			alpha := 0.0
			for b.Loop() {
				var err error
				if alpha, err = TailExponent(0.1, 1, d); err != nil {
					b.Fatal(err)
				}
			}
			if !(math.Abs(alpha/want-1) < 1e-8) {
				b.Errorf("alpha = %v, want %v", alpha, want)
			}
		})
	}
}
