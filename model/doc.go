// Package model fixes the conventions that theory and simulation share, and
// nothing else: what a parameter means, what a unit of time is, and which
// values are allowed. Landscapes, noise models and data sets are its
// subpackages.
//
// # Conventions
//
//	data        N pairs (x_mu, y_mu), output f(theta, x), per-sample loss
//	            l_mu = (f - y)²/2, loss L = (1/N) sum l_mu      (Mori2022, Eq. 1)
//	SGD         theta_{k+1} = theta_k - eta grad L_B(theta_k), L_B the mean of
//	            l_mu over a minibatch of B samples          (Mori2022, Eqs. 2, 3)
//	time        k counts steps ([Steps]); t = eta k ([Time]); the internal time
//	            tau obeys d tau = L dt ([InternalTime], Mori2022, Eq. 14)
//	covariance  Sigma(theta) is the covariance of the minibatch gradient, per
//	            minibatch                                      (Mori2022, Eq. 8)
//	diffusion   d theta = -grad L dt + sqrt(eta Sigma(theta)) dW, in Itô's
//	            sense                                          (Mori2022, Eq. 4)
//	rate        kappa is per unit of t: the rate at which the quasi-stationary
//	            population of a valley is lost through the saddle. It is the
//	            limit of 1/MFPT(minimum -> beyond the saddle); the mean time to
//	            merely reach the saddle is half of that in the high-barrier
//	            limit. With no saddle (exit through a loss threshold) kappa is
//	            the principal absorbing eigenvalue.
//
// # Noise of stochastic differential equations
//
// Every equation is an Itô equation. With multiplicative noise Itô and
// Stratonovich differ in the drift, so the choice changes the answer. The
// learning rate stands inside the root, sqrt(eta Sigma), because a step of
// length eta in t carries a variance eta² Sigma.
//
// # Slips in the published text
//
// Eq. 2 of the manuscript carries one factor 1/2 too many (l_mu already has
// it) and Eq. 6 one factor 1/N too many. The form that is consistent with
// Eqs. 8-13 is
//
//	Sigma(theta) ~ (2 L(theta)/B) H(theta*)
//
// and a test in package noise proves it on a small data set. In the version
// under review (ICLR 2022, Sec. 4), Eqs. 16 and 17 are said to be valid when
// kappa is large; what they need is a high barrier, a small kappa. There, too, the
// ratio of the determinants of the Hessians of log L is printed with the factor
// (L_s/L*)^(n/2); it is (L_s/L*)^n, and its square root enters Eq. 17.
//
// # Errors
//
// A parameter outside its domain is refused once, at construction, with an
// error that wraps [ErrDomain] and names every bad field. A slice of the wrong
// length is a bug of the caller and panics. A result obtained outside the
// regime in which its formula holds is returned together with a [Condition].
//
// # References
//
//	Mori2022  T. Mori, L. Ziyin, K. Liu, M. Ueda, Power-Law Escape Rate of
//	          SGD, ICML 2022, arXiv:2105.09557
package model
