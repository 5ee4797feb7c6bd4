// Package dataset holds the data that a loss is made of: finite data sets for
// linear regression, and the population limit of Gaussian data.
//
// The model is f(theta, x) = theta.x without an intercept, and the loss is
//
//	l_mu(theta) = (theta.x_mu - y_mu)²/2
//	L(theta)    = (1/N) sum l_mu = (1/2N) sum (theta.x_mu - y_mu)²  (Mori2022, Eq. 1)
//	            = L* + (theta - theta*)^T H (theta - theta*)/2,  H = X^T X/N
//
// The quadratic form is computed once, at construction, so that Loss and Grad
// cost O(d²) whatever N is. An intercept is a column of ones among the inputs.
//
// The logarithm of the loss is the potential of the theory, so L* must be
// positive: data that a linear model fits without error are refused unless a
// floor is stated ([NewRegressionWithFloor]).
//
// # Where data come from
//
//	[NewRegression]  arrays
//	[Gaussian]       N(0, 1) inputs and independent targets, a function of a seed
//	[NewPopulation]  the limit N -> infinity of these, in closed form
//	[ReadCSV]        a file, last column = target
//	[DigitsParity]   handwritten digits (real data, embedded)
//
// A finite Gaussian data set is not its population: its minimum, Hessian and
// noise fluctuate with 1/sqrt(N), and mean first-passage times, which depend
// on them exponentially, differ between data sets of N = 1e4 by tens of per
// cent far from the minimum. Compare with the population only after averaging over
// seeds.
//
// # Numerics
//
// theta* is found by a QR factorization of X, not from the normal equations, and
// L* from the residuals themselves. Inputs with a condition number above 1e12 are
// refused, and so are residuals below 1e-12 of the data. A data set of [Gaussian]
// is the same on every processor architecture but for the last bit of the
// deviates beyond 3.44, which pass through a logarithm. The digits pass
// through a singular-value decomposition, whose rounding depends on the
// architecture.
package dataset
