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
package dataset
