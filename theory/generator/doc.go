// Package generator solves escape problems in two or more dimensions: it
// discretises the backward generator of a diffusion and computes principal
// eigenvalues, mean first-passage times, quasi-stationary densities and
// committors from it.
//
// Three families are covered.
//
//   - [Axisymmetric]: reversible diffusions in any dimension n whose landscape
//     depends on a coordinate x and the distance r from its axis only. The noise
//     is isotropic and may be multiplicative, as in the isotropic form of
//     Mori2022, Eq. 13: dz = -grad L dt + sqrt(2 T L) dW. Finite volumes.
//   - [Planar]: the exit of a diffusion in the plane through a threshold of the
//     loss, with any positive definite diffusion matrix, such as Mori2022, Eq. 4
//     with the exact covariance of Eq. 8. No reversibility is assumed. Spectral
//     collocation on the valley.
//   - [Rectangle]: the passage of such a diffusion to a line, for instance one
//     through a saddle. Spectral collocation on a rectangle.
//
// # Accuracy
//
// Every value is an [Estimate], with an estimate of its error beside it; that is
// not a bound. Finite volumes are of second order in the spacing: values on two or
// three nested grids of one box are extrapolated (Richardson), and the error is
// estimated from the last correction and from enlarging the box. Spectral
// collocation converges faster than any power: the error is estimated from the
// last refinement and from what dense linear algebra loses to rounding.
//
// A small eigenvalue of a matrix with large entries is lost to rounding when
// its rows are formed with a subtraction. The finite-volume solver never
// subtracts: it keeps off-diagonal conductances and killing rates and eliminates like
// Grassmann, Taksar and Heyman (1985), so that rates far below the rounding error
// of the diagonal keep their full relative accuracy (Alfa, Xue and Ye, Math.
// Comp. 71 (2002) 217).
//
// # References
//
//	Mori2022       T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of SGD, ICML 2022
//	Grassmann1985  W. Grassmann, M. Taksar, D. Heyman, Oper. Res. 33 (1985) 1107
//	Alfa2002       A. S. Alfa, J. Xue, Q. Ye, Math. Comp. 71 (2002) 217
//	Risken1989     H. Risken, The Fokker-Planck Equation, Springer 1989
//	Metzner2006    P. Metzner, C. Schütte, E. Vanden-Eijnden, J. Chem. Phys. 125 (2006) 084110
//	Gardiner2009   C. Gardiner, Stochastic Methods, Springer 2009
//	Trefethen2000  L. N. Trefethen, Spectral Methods in MATLAB, SIAM 2000
package generator
