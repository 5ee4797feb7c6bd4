package stationary

import (
	"fmt"
	"math"
	"testing"
)

func TestQuadratic_Quantiles(t *testing.T) {
	// Source: bisection of the distribution function summed from its
	// hypergeometric series (DLMF 8.17.8) with 50 digits. The rounding of a
	// tail, four units in its last place, moves log v by 1e-15/(phi - n/2) and
	// less, here at most 1e-13.
	const rtol = 1e-12
	for _, tc := range []struct {
		n            int
		phi, q, want float64
	}{
		{1, 20001, 0.999999, 0.034594064556901219},
		{1, 20001, 1 - 1e-7, 0.037672070779922052},
		{1, 1e6, 1e-12, 1.2533146073085465e-15},
		{1, 1e6, 0.5, 0.00067449004148615747},
		{1, 1e6, 1 - 1e-8, 0.0057307545420542867},
		{1, 1e14, 0.01, 1.253346950806931e-9},
		{1, 1e14, 1 - 1e-6, 4.8916384756930964e-7},
		{10, 1e5, 0.01, 0.0050579692281981906},
		{2, 1.01, 0.01, 1.8611818967683001},
		{2, 1.01, 0.4, 174965522745.85085},
		{2, 1.01, 0.5, 1592262918131394.1},
		{2, 1.01, 0.50001, 1593855993385193.2},
		{2, 1.01, 0.999999, 1.4142135603388949e+300},
		{3, 1.6, 0.5, 60.474783118003727},
		{10, 5.05, 0.4, 651.42643993770313},
		{10, 5.05, 0.9, 39389712193.565381},
		{100, 50.5, 0.5, 20.890928184139456},
		{1000, 501, 0.01, 14.701999047958895},
		{1000, 501, 0.9, 97.417768482705849},
	} {
		p := Quadratic{Dim: tc.n, Curvature: 1, MinimumLoss: 1, Exponent: tc.phi}
		if got := p.RadiusQuantile(tc.q); misses(got, tc.want, rtol) {
			t.Errorf("n = %d, phi = %v: radius at %v is %v, want %v", tc.n, tc.phi, tc.q, got, tc.want)
		}
		if loss := 1 + tc.want*tc.want/2; !math.IsInf(loss, 1) && misses(p.LossQuantile(tc.q), loss, 2*rtol) {
			t.Errorf("n = %d, phi = %v: loss at %v is %v, want %v", tc.n, tc.phi, tc.q, p.LossQuantile(tc.q), loss)
		}
		// A relative change e of v moves the probability by e times the density
		// of log v, which is below max(1, sqrt(n)).
		if got := p.RadiusCDF(tc.want); math.Abs(got-tc.q) > 2*rtol*math.Sqrt(float64(tc.n)) {
			t.Errorf("n = %d, phi = %v: P(r <= %v) = %v, want %v", tc.n, tc.phi, tc.want, got, tc.q)
		}
	}
	if got := (Quadratic{1, 1, 1, 0.5001}).LossQuantile(0.9); !math.IsInf(got, 1) {
		t.Errorf("a quantile beyond all numbers is %v", got)
	}
}

func TestQuadratic_QuantileInvertsTails(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 100, 1000} {
		for _, c := range []float64{1e-3, 0.1, 0.5, 1, 2, 30, 1e3, 1e6, 1e9, 1e14} {
			d := newBetaPrime(float64(n)/2, c)
			// Rounding of log Beta, of the powers and of log v itself, on the
			// scale of the logarithm of a tail.
			for _, q := range []float64{1e-300, 1e-12, 0.01, 0.49, 0.5, 0.51, 0.99, 1 - 1e-12} {
				logV := d.logQuantile(q)
				lower, upper, _ := d.tails(math.Exp(logV), logV)
				got, want := lower, math.Log(q)
				if q > 0.5 {
					got, want = upper, math.Log(1-q)
				}
				gamma, _ := math.Lgamma(d.a)
				terms := math.Abs(d.logBeta) + math.Abs(gamma) + d.a*math.Abs(logV) + math.Abs(want) + 1
				if !(math.Abs(got-want) <= 1e-14*terms) {
					t.Errorf("n = %d, phi - n/2 = %v, q = %v: the logarithm of the tail is %v, want %v", n, c, q, got, want)
				}
			}
		}
	}
}

func TestTails_BothFractions(t *testing.T) {
	// Either continued fraction gives the whole law: where they meet, the tails
	// they give must add up to 1.
	for _, a := range []float64{0.5, 1, 1.5, 10, 500} {
		for _, c := range []float64{0.1, 1, 7.3, 1e4, 1e8} {
			d := newBetaPrime(a, c)
			v := (a + 1) / (c + 1)
			lower, _, _ := d.tails(v*(1-1e-15), math.Log(v))
			_, upper, _ := d.tails(v*(1+1e-15), math.Log(v))
			// The logarithm of Gamma(a), of size a log a, is rounded.
			if sum := math.Exp(lower) + math.Exp(upper); math.Abs(sum-1) > 1e-14*(10+a) {
				t.Errorf("a = %v, c = %v: the tails add up to 1%+.3g", a, c, sum-1)
			}
		}
	}
}

func TestTails_Mathext(t *testing.T) {
	// Source: the incomplete beta function of package mathext, an independent
	// power series and continued fraction, where it is accurate.
	for _, n := range []int{1, 2, 3, 10, 100, 300} {
		for _, c := range []float64{1e-3, 0.1, 0.5, 1, 7.3, 19} {
			p := Quadratic{n, 2, 1, float64(n)/2 + c} // v = r²
			for _, v := range []float64{1e-9, 1e-3, 0.1, 0.7, 1.3, 5, 100, 1e6, 1e15} {
				logLower, _, _ := newBetaPrime(p.shape()).tails(v, math.Log(v))
				// Logarithms of the size of n log n are rounded on the way.
				if got, want := math.Exp(logLower), p.RadiusCDF(math.Sqrt(v)); math.Abs(got-want) > 1e-14*float64(10+n) {
					t.Errorf("n = %d, phi - n/2 = %v: P(V <= %v) = %v, mathext has %v", n, c, v, got, want)
				}
			}
		}
	}
}

func TestQuadratic_LogDensityFar(t *testing.T) {
	// Source: log Gamma with 50 digits.
	for _, tc := range []struct {
		n         int
		phi, want float64
	}{
		{1, 1e10, 10.5939869317280557},
		{1, 1e12, 12.8965720247592264},
		{1, 1e14, 15.1991571177536433},
		{100, 1e6, 598.880399556283389},
	} {
		t.Run(fmt.Sprintf("n=%d/phi=%v", tc.n, tc.phi), func(t *testing.T) {
			p := Quadratic{tc.n, 1, 1, tc.phi}
			if got := p.LogDensity(make([]float64, tc.n)); misses(got, tc.want, 1e-14) {
				t.Errorf("log P(0) = %v, want %v", got, tc.want)
			}
			// The density of the radius is the same number and the surface.
			r := 1 / math.Sqrt(tc.phi)
			at := make([]float64, tc.n)
			at[0] = r
			half := float64(tc.n) / 2
			gamma, _ := math.Lgamma(half)
			surface := math.Ln2 + half*math.Log(math.Pi) - gamma + float64(tc.n-1)*math.Log(r)
			if got, want := p.LogRadiusDensity(r), p.LogDensity(at)+surface; math.Abs(got-want) > 1e-14*(math.Abs(tc.want)+math.Abs(surface)+gamma) {
				t.Errorf("log density of the radius %v, want %v", got, want)
			}
		})
	}
	// The square of the radius overflows and underflows.
	p := Quadratic{1, 1, 1, 1}
	if got := p.LogDensity([]float64{1e160}); misses(got, -737.625386053664046, 1e-14) {
		t.Errorf("log P(1e160) = %v, want -737.6253860536640", got)
	}
	// Cauchy's law, P(r <= x) = (2/pi) arctan(x/sqrt 2), at its two ends.
	if got, want := p.RadiusCDF(1e-170), 1e-170*math.Sqrt2/math.Pi; misses(got, want, 1e-12) {
		t.Errorf("P(r <= 1e-170) = %v, want %v", got, want)
	}
	if got := p.RadiusCDF(1e170); got != 1 {
		t.Errorf("P(r <= 1e170) = %v, want 1", got)
	}
}
