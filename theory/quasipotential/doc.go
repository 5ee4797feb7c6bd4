// Package quasipotential computes the Freidlin-Wentzell quasi-potential of
// d theta = -grad(log L) d tau + sqrt(2 eps A) dW with a constant anisotropic
// matrix A, and the path by which the noise leaves a minimum.
//
// With A = H* and eps = eta/B this is Mori2022, Eq. 15 before its isotropic
// approximation (Eqs. 20, 21). When A is not proportional to the identity the
// process has no detailed balance in general, exp(-V/eps) replaces the power of
// L_s/L*, and the exponent of Mori2022, Eq. 17 is an approximation whose error
// [Compare] reports.
//
// # Method
//
// The geometric action of a path phi from the minimum to the saddle,
//
//	S[phi] = 1/2 integral |phi'| |b| - <phi', b>,   b = -grad log L,  <u, v> = u^T A^-1 v
//
// does not depend on how phi is parametrised, and its minimum is V
// (Freidlin2012, ch. 4; Heymann2008, for noise sqrt(2 eps A)).
// It is discretised by the midpoint rule in coordinates in which A = 1 and
// minimised by Newton's method with a banded Hessian, springs keeping the points
// evenly spread; the values on three meshes are extrapolated (order 2).
//
// # References
//
//	Mori2022        T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of SGD, ICML 2022
//	Freidlin2012    M. I. Freidlin, A. D. Wentzell, Random Perturbations of Dynamical Systems, Springer 2012
//	Heymann2008     M. Heymann, E. Vanden-Eijnden, Comm. Pure Appl. Math. 61 (2008) 1052
//	Gardiner2009    C. Gardiner, Stochastic Methods, Springer 2009
package quasipotential
