// Package stationary gives stationary and quasi-stationary densities of SGD
// near a minimum, normalised.
//
//	Quadratic  L^-phi of an isotropic quadratic valley in n dimensions, in t or
//	           in tau: density, radius, loss, quantiles, mean loss
//	OneD       the density of any one-dimensional diffusion, by quadrature
//
// The density in t is L^-phi with phi = 1 + B/(eta h*) (Mori2022, Eq. 18). In
// the internal time tau it is L^-(phi-1): d tau = L dt weighs every visit by L.
// Neither exists in every dimension (Mori2022, Eq. 19); a density that cannot
// be normalised is an error.
//
// # References
//
//	DLMF  NIST Digital Library of Mathematical Functions, sections 5.11, 8.17,
//	      15.7 and 15.8
package stationary
