// Package firstpassage gives exact first-passage times of the stochastic
// differential equations of SGD, by quadrature and without sampling.
//
//	Radial         the isotropic quadratic valley with loss-proportional noise,
//	               in any dimension: a single integral over incomplete beta
//	               functions
//	RadialProcess  any diffusion of a radius, in any dimension, such as the
//	               valley with the exact covariance of Gaussian inputs
//	OneD           any diffusion on an interval: mean, moments, survival,
//	               principal eigenvalue, quasi-stationary density
//
// Times are in t = eta k unless a process was built in the internal time tau.
// Everything is carried in logarithms, so that a mean time of exp(1e5) is as
// good a result as one of 10.
//
// # Accuracy
//
// Radial is accurate to a relative 1e-11 (1e-10 for b = 1e4). RadialProcess and
// OneD refine a mesh until drift and noise are resolved to rounding and return
// the difference to a mesh twice as fine; a problem that cannot be resolved is
// an error. The survival function comes with an error of its own, and is NaN at the
// early times at which that is above 1e-5.
//
// # References
//
//	Chernoff1965  H. Chernoff, Sequential tests for the mean of a normal
//	              distribution IV, Ann. Math. Statist. 36, 55 (1965): the
//	              discrete correction 0.5826
//	Broadie1997   M. Broadie, P. Glasserman, S. Kou, A continuity correction
//	              for discrete barrier options, Math. Finance 7, 325 (1997)
//	DLMF8         NIST Digital Library of Mathematical Functions, section 8.17
package firstpassage
