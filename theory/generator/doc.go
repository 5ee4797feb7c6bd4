// Package generator solves escape problems on a grid: it discretises the
// backward generator of a diffusion by finite volumes and computes principal
// eigenvalues, mean first-passage times, quasi-stationary densities and
// committors from it.
//
// Two families are covered.
//
//   - [Axisymmetric]: reversible diffusions in any dimension n whose landscape
//     depends on a coordinate x and the distance r from its axis only. The noise
//     is isotropic and may be multiplicative, as in the isotropic form of
//     Mori2022, Eq. 13: dz = -grad L dt + sqrt(2 T L) dW.
//   - [Planar]: diffusions in the plane with any drift and any positive definite
//     diffusion matrix, such as Mori2022, Eq. 4 with the exact covariance of Eq. 8.
//     No reversibility is assumed.
//
// # Accuracy
//
// Schemes are of second order in the grid spacing. Every value is computed on
// two or three nested grids of one box, extrapolated to spacing zero
// (Richardson), and returned as an [Estimate], with an estimate of its error:
// the last correction of the extrapolation plus the effect of enlarging the
// box. An error estimate is not a bound.
//
// A small eigenvalue of a matrix with large entries is lost to rounding when
// its rows are formed with a subtraction. The reversible solver never subtracts:
// it keeps off-diagonal conductances and killing rates and eliminates like
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
