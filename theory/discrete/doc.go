// Package discrete solves discrete chains exactly: the first step k at which
// SGD itself, or an Euler-Maruyama scheme, is outside a boundary. No time step
// tends to zero and no barrier is assumed high.
//
// The mean first-passage time T(theta), eta times the mean number of steps,
// obeys the integral equation
//
//	T(theta) = eta + (K T)(theta),  (K T)(theta) = E[T(theta'); theta' inside | theta]
//
// with the law of one step theta -> theta' in K. The equation is solved by
// collocation at the Gauss nodes of panels that shrink towards the boundary,
// where T changes over the length of one jump, and, where the boundary is far out,
// towards the minimum, about which the law of a step changes over the distance at
// which L = 2 L*; expectations are Gaussian quadratures over the chi-square and
// normal variates that make up a step, by panels of the same kind. The
// same matrix gives the second moment, the survival function, the principal
// eigenvalue of the killed chain and its quasi-stationary density.
//
// The chains, by what they keep of SGD:
//
//	GaussianRegression.Solve               the step itself, Gaussian population, any d and B
//	DatasetRegression.Solve                the step itself, a given data set, d = 1
//	GaussianRegression.SolveGaussianNoise  its covariance with Gaussian noise, any d
//	GaussianChain.Solve                    any landscape and noise model with Gaussian noise, d = 1
//	EulerMaruyama.Solve                    the schemes of Mori2022, Eqs. 13 and 15, isotropic valley, any n
//
// Every result carries an error estimate, twice the distance from a coarser grid;
// [Estimate] tells where it is more.
// The overshoot over the boundary belongs to a discrete chain: the exit is the
// first step with L > c L*, and is not corrected.
//
// # Limits
//
// I - K is as ill-conditioned as the mean number of steps is long: the error
// estimate contains 2^-52 E[k], and a chain that stays for more than about
// 1e14 steps is refused with an error. So is a loss ratio c that asks for more than
// 2000 nodes. With c = 1e10 a solution takes a few seconds in one dimension and some
// 20 in several.
//
// # References
//
//	Mori2022      T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of
//	              SGD, ICML 2022, arXiv:2105.09557
//	Kesten1973    H. Kesten, Random difference equations and renewal theory for
//	              products of random matrices, Acta Math. 131, 207 (1973)
//	Erdos1959     P. Erdős, A. Rényi, On the central limit theorem for samples
//	              from a finite population, Publ. Math. Inst. Hung. Acad. Sci. 4,
//	              49 (1959)
//	Chernoff1965  H. Chernoff, Sequential tests for the mean of a normal
//	              distribution IV (discrete case), Ann. Math. Stat. 36, 55 (1965)
//	Siegmund1979  D. Siegmund, Corrected diffusion approximations in certain
//	              random walk problems, Adv. Appl. Probab. 11, 701 (1979)
//	Broadie1997   M. Broadie, P. Glasserman, S. Kou, A continuity correction for
//	              discrete barrier options, Math. Finance 7, 325 (1997)
package discrete
