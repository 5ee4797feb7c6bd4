// Package simtest is a conformance suite for simulators written by others: an
// integrator of the diffusion limit of SGD, a minibatch sampler, or a source of
// normal deviates goes in, and a list of results comes out, one for each thing
// that simulators get wrong.
//
//	func TestMine(t *testing.T) {
//		simtest.Integrator{New: newEulerMaruyama}.Test(t, simtest.Options{})
//	}
//
// # Checks of an integrator
//
//	motion          a step moves theta, to finite numbers
//	determinism     a replica is a function of (seed, replica), and no two of
//	                them share a path: a seed reused by every worker shows here
//	independence    increments of neighbouring replicas, of neighbouring seeds
//	                and of consecutive steps are uncorrelated
//	zero noise      without noise the trajectory follows the gradient flow, in
//	                the time t: a wrong clock shows here
//	rounding        many tiny steps add up: single precision shows here
//	drift           the mean of one step is -grad L dt: Stratonovich in place of
//	                Ito shows here
//	covariance      the covariance of one step is eta Sigma dt: a learning rate
//	                squared or a forgotten factor shows here
//	order           the error of E theta² falls with the weak order claimed
//	stationary law  the density in the valley is L^-phi     (Mori2022, Eq. 18)
//	exit time       the mean time to a loss threshold is that of the exact
//	                quadrature, watched at the grid times as the simulator is
//
// [Minibatch] checks the first two moments of a step of SGD against Eq. 8 of
// Mori2022, and [Normals] a source of normal deviates, tails and edges included.
//
// # What a red result means
//
// Every result says at which alpha it was rejected, the effect found, and the
// smallest effect it would have found; [Result.Means] names the usual cause.
// The checks are ordered: repair the first red one first, since what fails in
// one step fails in an exit time too. A scheme of finite order is not at fault
// for its error of order dt, which each check allows for.
//
// A green suite does not prove a simulator right: it says that an error larger
// than the detectable one, in the situations tried, would have been found with
// probability [stattest.DetectionPower].
package simtest
