// Package kernels compares every loop of the simulator with answers that owe
// nothing to it: means of 1e5 exits within 4 standard errors (make
// kernels-exact), and fewer exits in every run of the tests. It has tests only.
//
//	loop                       answer
//	sde.valley1, logValley1,   the transfer operator of the chain, by collocation in one
//	well1, radialProcess       dimension and Nyström's method in two; package discrete from five on
//	sde.blocks, general        the same, for every landscape of the catalogue, a user's and a
//	                           user's block; Milstein and weak Runge-Kutta in one dimension
//	sgd.lockstep               package discrete for a population and for one input; coupons
//	                           collected, for long runs in several dimensions; all sequences
//	                           of minibatches for the first steps, with momentum too
//	sgd.general                all sequences of minibatches
//
// Exits are by the loss, a plane and a region, on the grid and corrected. Times
// of steps in tau are compared as well as their number.
//
// Sampled answers, by a plain loop with other random numbers, stand in for channel
// and quadratic valley in three dimensions and weak Runge-Kutta in two. Not
// compared are exits of a population with momentum (its second moment is), long
// runs on a data set with momentum or, in several dimensions, with B > 1 with
// replacement, and corrected crossings of what is sampled.
//
// A run uses the best instructions of the machine; all sets give the same bits,
// which make kernels-exact shows by running twice.
package kernels
