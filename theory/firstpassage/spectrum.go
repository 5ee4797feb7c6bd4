package firstpassage

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/theory/diffusion"
)

// Spectrum is what the killed generator of an [Exit] says beyond moments: the
// principal eigenvalue, the survival function and the quasi-stationary density.
//
// The Green function is self-adjoint for the speed measure. It is projected on
// the Krylov space of the constant function by Lanczos with full
// reorthogonalisation, which converges fast because its eigenvalues 1/lambda_j
// fall off as 1/j². The principal eigenvalue is accurate to 1e-11. The error of
// the survival function is estimated, and the function is NaN where that
// exceeds 1e-5: far above n = 100, modes of alternating sign and huge weight meet
// at the origin.
// Source: Karlin1981, section 15.13 (spectral representation).
type Spectrum struct {
	mesh        *diffusion.Mesh
	scale       float64   // log of the unit of the mean times below
	longest     float64   // 1/lambda_1 in units of exp(scale)
	times       []float64 // 1/lambda_j in units of exp(scale), descending
	share       []float64 // survival from the start is sum_j share_j exp(-lambda_j t)
	principal   []float64 // eigenfunction of lambda_1 at the nodes, positive
	logMass     float64   // log of the integral of m times the principal eigenfunction
	eigenErr    float64   // relative change of lambda_1 between the last two Krylov spaces
	survivalErr float64
	early       float64 // times before this one are not resolved, in units of exp(scale)
}

const (
	maxKrylov         = 80
	survivalTolerance = 1e-5
	survivalSafety    = 10 // of the error estimate over the change between two sizes of the space
	eigenTolerance    = 1e-12
	earliest          = 1e-3 // times are resolved from this share of the mean time on
)

// Spectrum computes the spectrum. It costs some milliseconds. The error wraps
// [ErrAccuracy]: among others when the speed measure next to an absorbing end
// outweighs that of the start by more than exp(700), where 1/T is as good a rate.
func (e *Exit) Spectrum() (*Spectrum, error) {
	m := e.mesh
	n := len(m.X)
	// Weights of the speed measure, relative to its largest density.
	top := floats.Max(m.LogSpeed)
	weight := make([]float64, n)
	for i, w := range m.Weight {
		weight[i] = w * math.Exp(m.LogSpeed[i]-top)
	}
	dot := func(a, b []float64) float64 {
		sum := 0.0
		for i, w := range weight {
			sum += w * a[i] * b[i]
		}
		return sum
	}

	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	norm := math.Sqrt(dot(v, v))
	floats.Scale(1/norm, v)
	basis := [][]float64{v}
	atStart := []float64{1 / norm} // the basis at the start
	projected := mat.NewSymDense(maxKrylov, nil)
	edges := make([]float64, len(m.EdgeX))
	var now, before, best *Spectrum
	unit := math.Exp(e.logMean - e.green.Scale) // T in units of exp(scale)
	for k := 0; k < maxKrylov; k++ {
		u := make([]float64, n)
		e.green.Apply(u, edges, basis[k])
		value := edges[m.StartEdge]
		size := math.Sqrt(dot(u, u))
		for pass := range 2 {
			for j, w := range basis {
				c := dot(w, u)
				floats.AddScaled(u, -c, w)
				value -= c * atStart[j]
				if j == k && pass == 0 {
					projected.SetSym(k, k, c)
				}
			}
		}
		beta := math.Sqrt(dot(u, u))
		exhausted := !(beta > 1e-14*size)
		if k%4 == 3 || exhausted || k+1 == maxKrylov {
			now = e.ritz(projected, basis, atStart, norm)
			if now == nil {
				return nil, fmt.Errorf("spectrum of the killed generator: no decomposition: %w", ErrAccuracy)
			}
			if exhausted {
				now.eigenErr, now.survivalErr, now.early = eigenTolerance, eigenTolerance, earliest*unit
			} else {
				now.compare(before, unit)
			}
			if best == nil || now.survivalErr < best.survivalErr {
				best = now
			}
			if best.survivalErr < 1e-9 {
				break
			}
			before = now
		}
		if k+1 < maxKrylov {
			floats.Scale(1/beta, u)
			projected.SetSym(k, k+1, beta)
			basis = append(basis, u)
			atStart = append(atStart, value/beta)
		}
	}
	// The eigenvalue of the largest space, the survival function of the best.
	best.longest, best.principal, best.eigenErr = now.times[0], now.principal, now.eigenErr
	now = best
	if !(now.eigenErr <= meanTolerance) {
		return nil, accuracyError("principal eigenvalue", now.eigenErr, meanTolerance)
	}
	logDensity := make([]float64, n)
	for i, y := range now.principal {
		logDensity[i] = m.LogSpeed[i] + math.Log(math.Max(y, 0))
	}
	_, sums := m.LogIntegral(logDensity)
	now.logMass = sums[len(sums)-1]
	return now, nil
}

// ritz diagonalises the projection on the basis.
func (e *Exit) ritz(projected *mat.SymDense, basis [][]float64, atStart []float64, norm float64) *Spectrum {
	k := len(basis)
	var eigen mat.EigenSym
	if !eigen.Factorize(projected.SliceSym(0, k), true) {
		return nil
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	s := &Spectrum{mesh: e.mesh, scale: e.green.Scale}
	for j := k - 1; j >= 0; j-- {
		if !(values[j] > 0) {
			continue // rounding around 0: a mode that dies at once
		}
		value := 0.0
		for i, y := range atStart {
			value += vectors.At(i, j) * y
		}
		s.times = append(s.times, values[j])
		s.share = append(s.share, value*vectors.At(0, j)*norm)
	}
	if len(s.times) == 0 {
		return nil
	}
	s.principal = make([]float64, len(basis[0]))
	sign := math.Copysign(1, vectors.At(0, k-1))
	for i, v := range basis {
		floats.AddScaled(s.principal, sign*vectors.At(i, k-1), v)
	}
	return s
}

// compare estimates the error of the survival function from a smaller Krylov
// space. Where early times are not resolved because many modes of alternating
// sign meet, S lies between its first resolved value and 1; the first resolved time is
// chosen so that the error is least.
func (s *Spectrum) compare(other *Spectrum, unit float64) {
	s.eigenErr, s.survivalErr, s.early = math.Inf(1), math.Inf(1), earliest*unit
	if other == nil {
		return
	}
	s.eigenErr = math.Abs(s.times[0]/other.times[0] - 1)
	worst := s.eigenErr
	for i := len(survivalTimes) - 1; i >= 0; i-- {
		t := survivalTimes[i] * unit
		now := s.survival(t)
		worst = math.Max(worst, survivalSafety*math.Abs(now-other.survival(t)))
		bound := worst
		if i > 0 {
			bound = math.Max(worst, 1-now)
		}
		if bound <= s.survivalErr {
			s.survivalErr, s.early = bound, t
		}
	}
}

// survivalTimes are the times, in units of the mean, at which two Krylov spaces
// are compared.
var survivalTimes = []float64{earliest, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30}

// survival is the survival function of a time in units of exp(scale).
func (s *Spectrum) survival(t float64) float64 {
	sum := 0.0
	for j, share := range s.share {
		sum += share * math.Exp(-t/s.times[j])
	}
	return math.Min(math.Max(sum, 0), 1)
}

// LogEigenvalue returns log lambda_1 of the principal eigenvalue, the rate at
// which the quasi-stationary population is lost. The relative accuracy is
// that of the mean time, 1e-10 or better.
func (s *Spectrum) LogEigenvalue() float64 { return -math.Log(s.longest) - s.scale }

// Eigenvalue returns lambda_1, 0 when it underflows.
func (s *Spectrum) Eigenvalue() float64 { return math.Exp(s.LogEigenvalue()) }

// Survival returns S(t), the probability of no exit before t; 1 for t <= 0.
// From a thousandth of the mean time on its absolute error is estimated by
// [Spectrum.SurvivalError]; before, it is only known to lie between S there
// and 1. It is NaN for t > 0 when the estimated error exceeds 1e-5.
func (s *Spectrum) Survival(t float64) float64 {
	if t <= 0 {
		return 1
	}
	if !(s.survivalErr <= survivalTolerance) {
		return math.NaN()
	}
	x := math.Exp(math.Log(t) - s.scale)
	if x < s.early {
		return math.Max(s.survival(x), s.survival(s.early))
	}
	return s.survival(x)
}

// SurvivalError returns the estimated absolute error of [Spectrum.Survival].
func (s *Spectrum) SurvivalError() float64 { return s.survivalErr }

// LogQuasiStationary returns the logarithm of the quasi-stationary density at
// x,
//
//	q(x) = m(x) y_1(x)/int m y_1,  y_1 the principal eigenfunction
//
// -Inf at absorbing ends and outside. In a radial process it is the density of
// the radius.
func (s *Spectrum) LogQuasiStationary(x float64) float64 {
	edges := s.mesh.EdgeX
	if !(x > edges[0] && x < edges[len(edges)-1]) {
		return math.Inf(-1)
	}
	k := max(sort.SearchFloat64s(edges, x)-1, 0)
	y := s.mesh.Interpolate(k, x, func(i int) float64 { return s.principal[i] })
	logSpeed := s.mesh.Interpolate(k, x, func(i int) float64 { return s.mesh.LogSpeed[i] })
	return logSpeed + math.Log(math.Max(y, 0)) - s.logMass
}

// QuasiStationary returns the quasi-stationary density on the nodes of the
// mesh, ascending, with the weights of integrals over it: the sum of
// weight*density is 1.
func (s *Spectrum) QuasiStationary() (x, density, weight []float64) {
	density = make([]float64, len(s.mesh.X))
	for i, y := range s.principal {
		density[i] = math.Exp(s.mesh.LogSpeed[i]-s.logMass) * math.Max(y, 0)
	}
	return append([]float64(nil), s.mesh.X...), density, append([]float64(nil), s.mesh.Weight...)
}
