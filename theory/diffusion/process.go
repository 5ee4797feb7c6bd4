// Package diffusion solves one-dimensional diffusions
//
//	dX = a(X) dt + sqrt(g²(X)) dW                              (Itô)
//
// by quadrature: the scale and speed densities
//
//	s(x) = exp(-Psi(x)),  m(x) = (2/g²(x)) exp(Psi(x)),  Psi = int 2a/g² dx
//
// on an adaptive mesh of Gauss-Legendre panels, the integrals over them, and
// the Green function of the process killed at its absorbing ends (Karlin1981).
// Everything of exponential size is held as a logarithm.
//
// # Numerics
//
// A panel is halved until 2a/g² and both exponentials have decayed to 1e-8 in
// the Legendre expansion on its 16 nodes, whose integrals are then accurate to
// about 1e-12. Jumps are halved down to rounding and accepted; a drift or noise
// that stays unresolved is an error wrapping [ErrResolution], one that is not
// finite, or a noise that vanishes, an error wrapping model.ErrDomain.
package diffusion

// A Process is the Itô equation dX = a(X) dt + sqrt(g²(X)) dW. The functions are
// called from one goroutine at a time. Source: the definition, Gardiner2009.
type Process struct {
	Drift func(x float64) float64 // a(x)
	Noise func(x float64) float64 // g²(x) > 0
}

// InClock returns the process in the clock tau with d tau = rate dt: drift and
// noise are divided by the rate. With rate = L it turns dtheta = -L' dt +
// sqrt(2 eta L h*/B) dW into the additive form (Mori2022, Eqs. 13, 14, 15).
// First-passage times of the result are in units of tau.
func (p Process) InClock(rate func(x float64) float64) Process {
	return Process{
		Drift: func(x float64) float64 { return p.Drift(x) / rate(x) },
		Noise: func(x float64) float64 { return p.Noise(x) / rate(x) },
	}
}
