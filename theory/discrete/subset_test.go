package discrete

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// oneByOne returns E exp(i omega S) of the sum of b of the values, drawn without
// replacement. Source: among the first j values, f_k is the mean over subsets of
// size k; the last value is in a part k/j of them, so that f_k becomes
// (1 - k/j) f_k + (k/j) exp(i omega x_j) f_{k-1}, which no rounding disturbs.
func oneByOne(omega float64, values []float64, b int) complex128 {
	f := make([]complex128, b+1)
	f[0] = 1
	for i, x := range values {
		turn := cmplx.Rect(1, omega*x)
		for k := min(b, i+1); k > 0; k-- {
			part := complex(float64(k)/float64(i+1), 0)
			f[k] = (1-part)*f[k] + part*turn*f[k-1]
		}
	}
	return f[b]
}

// valuesOf returns n values about their mean, of several kinds.
func valuesOf(kind string, n int) []float64 {
	rng := rand.New(rand.NewPCG(11, uint64(n)))
	x := make([]float64, n)
	for j := range x {
		switch kind {
		case "normal":
			x[j] = rng.NormFloat64()
		case "lattice":
			x[j] = float64(rng.IntN(3))
		case "heavy tail":
			x[j] = 1 / rng.Float64()
		case "outlier":
			x[j] = 0.01 * rng.NormFloat64()
			if j == n/3 {
				x[j] = 1
			}
		}
	}
	floats.AddConst(-stat.Mean(x, nil), x)
	return x
}

var kinds = []string{"normal", "lattice", "heavy tail", "outlier"}

// missed returns the largest error of the characteristic function between 0 and 10
// standard deviations of the sum over its reciprocal.
func (s *subset) missed(values []float64, b int) (worst float64) {
	n := float64(len(values))
	sd := math.Sqrt(float64(b) * (n - float64(b)) / (n - 1) * stat.PopVariance(values, nil))
	for _, u := range []float64{0, 0.1, 0.5, 1, 2, 3, 5, 7, 10} {
		got := s.characteristic(func(k int) (mean complex128) {
			for _, x := range values {
				mean += cmplx.Rect(1, float64(k)*u/sd*x)
			}
			return mean / complex(n, 0)
		}, func() (each []complex128) {
			for _, x := range values {
				each = append(each, cmplx.Rect(1, u/sd*x))
			}
			return each
		})
		worst = math.Max(worst, cmplx.Abs(got-oneByOne(u/sd, values, b)))
	}
	return worst
}

// subsetRounding is what rounding may do to a characteristic function: the
// exponents are up to n, and the peak is e² higher than the integral.
func subsetRounding(n int) float64 { return 1e-14 * (10 + float64(n)) }

func TestSubset_OneByOne(t *testing.T) {
	for _, n := range []int{2, 3, 20, 21, 60, 400, 2000} {
		for _, b := range []int{1, 2, 5, 30, n / 3, n / 2, n/2 + 1, n - 7, n - 1} {
			if b < 1 || b >= n {
				continue
			}
			for _, kind := range kinds {
				if d := newSubset(n, b).missed(valuesOf(kind, n), b); !(d <= subsetRounding(n)) {
					t.Errorf("n = %d, b = %d, %s: off by %.2g", n, b, kind, d)
				}
			}
		}
	}
}

// TestReject_Subset: a sample more, a sample more to draw from, and the complement
// forgotten.
func TestReject_Subset(t *testing.T) {
	x := valuesOf("heavy tail", 60)
	whole := newSubset(60, 50)
	whole.complement = false
	for name, d := range map[string]float64{
		"one more drawn": newSubset(60, 11).missed(x, 10),
		"one more there": newSubset(61, 10).missed(x, 10),
		"no complement":  whole.missed(x, 50),
	} {
		if d <= subsetRounding(60) {
			t.Errorf("%s: off by %.2g only", name, d)
		}
	}
}

// sums is a chain at whose state 0 the sum of b values, over b, is drawn.
func sums(values []float64, b int) mixtureChain {
	c := mixtureChain{eta: 1, edge: 1e-3, b: b, shrink: 1}
	for _, x := range values {
		c.one = append(c.one, moment{0, -x, 1 / float64(len(values))})
	}
	return c.withoutReplacement()
}

// The law on the grid: mass, mean and variance are exact. A value with the
// remainder f, |f| <= 1/2, of the spacing h has weights whose third moment is off
// by (f - f³) h³, at most 0.385 h³, and whose characteristic function by
// (f - f³) (omega h)³/6, to leading order; the sum of b values by b times as much.
// Source: closed form (Eq. 8, and the third central moment of a sum without
// replacement).
func TestSubset_Grid(t *testing.T) {
	const h = 1. / 32 // of a standard deviation
	for _, n := range []int{21, 60, 400, 2000} {
		for _, b := range []int{2, 10, n / 5, n / 3, n / 2, n - 5} {
			for _, kind := range kinds {
				x := valuesOf(kind, n)
				c := sums(x, b)
				mean, sd := c.jump(0)
				law := c.convolved(0, mean, sd, 1/h)
				var mass, first, second, third float64
				for i, w := range law.weights {
					u := (law.first + law.spacing*float64(i)) / sd
					mass += w
					first += w * u
					second += w * u * u
					third += w * u * u * u
				}
				name := fmt.Sprintf("n = %d, b = %d, %s", n, b, kind)
				if !(math.Abs(mass-1) <= 1e-11 && math.Abs(first) <= 1e-9 && math.Abs(second-1) <= 1e-8) {
					t.Errorf("%s: mass off by %.2g, mean %.2g and variance %.2g of the unit", name, mass-1, first, second-1)
				}
				size, drawn := float64(n), float64(b)
				off := math.Min(drawn, size-drawn) * 0.385 * h * h * h
				factor := drawn * (size - drawn) * (size - 2*drawn) / ((size - 1) * (size - 2))
				want := factor * stat.MomentAbout(3, x, 0, nil) / math.Pow(drawn*sd, 3)
				if !(math.Abs(third-want) <= 1e-6+off) {
					t.Errorf("%s: skewness %.6f, want %.6f", name, third, want)
				}
				if c.drawn.series != nil {
					off *= 4 // a third derivative of log(1 + t): at most (1+r)/(1-r)³ of that of t
				}
				for _, u := range []float64{0.5, 1, 2, 4} {
					phi := complex(0, 0)
					for i, w := range law.weights {
						phi += cmplx.Rect(w, u*(law.first+law.spacing*float64(i))/sd)
					}
					if d := cmplx.Abs(phi - oneByOne(u/sd/drawn, x, b)); !(d <= 1e-8+off*u*u*u/6*(1+h*u)) {
						t.Errorf("%s: characteristic function at %v off by %.2g", name, u, d)
					}
				}
			}
		}
	}
}

// Up to mostOfSeries, the logarithm of a factor that is shared among three points
// of a grid, its phase wherever it is and the points however far apart, is at most
// that of 1 + r: no sum of them exceeds F(r, 0). Beyond, it is not.
func TestSubset_Bounded(t *testing.T) {
	excess := func(r float64) (worst float64) {
		log := func(phase float64) float64 { return math.Log(1+r*r+2*r*math.Cos(phase)) / 2 }
		worst = math.Inf(-1)
		for apart := 0.02; apart < math.Pi; apart += 0.04 {
			for phase := -math.Pi; phase < math.Pi; phase += 0.02 {
				for f := -0.5; f <= 0.5; f += 0.1 {
					shared := (f*f-f)/2*log(phase-apart) + (1-f*f)*log(phase) + (f*f+f)/2*log(phase+apart)
					worst = math.Max(worst, shared-math.Log1p(r))
				}
			}
		}
		return worst
	}
	for _, r := range []float64{1e-3, 0.01, 0.1, 0.2, mostOfSeries} {
		if d := excess(r); !(d <= 0) {
			t.Errorf("r = %v: exceeds by %.2g", r, d)
		}
	}
	if d := excess(mostOfSeries + 0.02); d <= 0 {
		t.Errorf("beyond, it is less by %.2g: the series could be used further", -d)
	}
}
