// Package network has dense ReLU networks with one output, as functions of
// their parameters theta, and the gradient of that output, one sample at a time,
// without ever forming a matrix of parameters by parameters.
//
// With activations a_0 = x, z_l = W_l a_{l-1} + b_l, a_l = max(z_l, 0) and the
// output f = z_last, the gradient of f with respect to W_l is d_l a_{l-1}^T and
// that with respect to b_l is d_l, where d_l = df/dz_l is the signal that is
// propagated back. The products of gradients of two samples are therefore
//
//	G_{mu nu} = grad f_mu . grad f_nu = sum_l (a_{l-1,mu} . a_{l-1,nu} + 1) (d_{l,mu} . d_{l,nu})
//
// where the 1 is the bias. Every sum over samples w_mu grad f_mu grad f_mu^T with
// weights w >= 0 has the same non-zero eigenvalues as the matrix
// sqrt(w_mu w_nu) G_{mu nu}, which is as large as the data set.
//
// # Numerics
//
// ReLU has the derivative 0 at 0, and what is no number stays so. Matrix products
// are those of gonum: their rounding depends on the platform, never on the number
// of processors.
package network
