package firstpassage

import (
	"fmt"
	"math"
	"sort"

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
// exceeds 1e-5: at early times where modes of alternating sign and huge weight
// meet at the origin, as in many dimensions, or where the start is so close to an
// end that it is left within a small share of the time of the whole region.
// Source: Karlin1981, section 15.13 (spectral representation).
type Spectrum struct {
	mesh      *diffusion.Mesh
	scale     float64   // log of the unit of the mean times below
	longest   float64   // 1/lambda_1 in units of exp(scale)
	modes     *modes    // the survival function
	principal []float64 // eigenfunction of lambda_1 at the nodes, positive
	logMass   float64   // log of the integral of m times the principal eigenfunction
}

// Spectrum computes the spectrum. It costs some milliseconds, and some hundred
// where the survival function asks for finer meshes. The error wraps
// [ErrAccuracy]: among others when the speed measure next to an absorbing end
// outweighs that of the start by more than exp(700), where 1/T is as good a rate.
func (e *Exit) Spectrum() (*Spectrum, error) {
	m := e.mesh
	unit := math.Exp(e.logMean - e.green.Scale) // T in units of exp(scale)
	d := discretised{mesh: m, green: e.green, fine: e.fine, fineGreen: e.fineGreen, lower: e.lower, upper: e.upper}
	largest, best := d.lanczos(unit)
	if largest == nil {
		return nil, fmt.Errorf("spectrum of the killed generator: no decomposition: %w", ErrAccuracy)
	}
	if !(largest.eigenErr <= meanTolerance) {
		return nil, accuracyError("principal eigenvalue", largest.eigenErr, meanTolerance)
	}
	// The eigenvalue of the largest space, the survival function of the best.
	s := &Spectrum{mesh: m, scale: e.green.Scale, longest: largest.times[0], principal: largest.principal()}
	logDensity := make([]float64, len(m.X))
	for i, y := range s.principal {
		logDensity[i] = m.LogSpeed[i] + math.Log(math.Max(y, 0))
	}
	_, sums := m.LogIntegral(logDensity)
	s.logMass = sums[len(sums)-1]
	s.modes = d.survivalModes(best, e.logMean)
	s.modes.basis, s.modes.vectors = nil, nil // large, and needed no more
	return s, nil
}

// LogEigenvalue returns log lambda_1 of the principal eigenvalue, the rate at
// which the quasi-stationary population is lost. The relative accuracy is
// that of the mean time, 1e-10 or better.
func (s *Spectrum) LogEigenvalue() float64 { return -math.Log(s.longest) - s.scale }

// Eigenvalue returns lambda_1, 0 when it underflows.
func (s *Spectrum) Eigenvalue() float64 { return math.Exp(s.LogEigenvalue()) }

// Survival returns S(t), the probability of no exit before t; 1 for t <= 0.
// Its absolute error is estimated by [Spectrum.SurvivalError]. It is NaN for
// 0 < t < [Spectrum.SurvivalFrom], where the estimated error exceeds 1e-5.
func (s *Spectrum) Survival(t float64) float64 {
	if t <= 0 {
		return 1
	}
	m := s.modes
	if !(m.err <= survivalTolerance) || t < s.SurvivalFrom() {
		return math.NaN()
	}
	x := math.Exp(math.Log(t) - m.scale)
	if x < m.early {
		return math.Max(m.survival(x), m.survival(m.early))
	}
	return m.survival(x)
}

// SurvivalError returns the estimated absolute error of [Spectrum.Survival]
// where that is not NaN.
func (s *Spectrum) SurvivalError() float64 { return s.modes.err }

// SurvivalFrom returns the earliest time at which [Spectrum.Survival] is known to
// 1e-5: 0 when it is known at all times, +Inf when it is at none.
func (s *Spectrum) SurvivalFrom() float64 {
	if s.modes.from == 0 {
		return 0
	}
	return math.Exp(math.Log(s.modes.from) + s.modes.scale)
}

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
