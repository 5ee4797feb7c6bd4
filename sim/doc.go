// Package sim is the root of the simulator. It holds nothing itself; its
// subpackages do, from random numbers to exit times:
//
//	stream  the random numbers: every replica has a stream of its own, a function of (seed, replica)
//	lane    64 trajectories in lock-step, and what a process must offer to run in them
//	sde     the diffusions, Mori2022, Eqs. 4, 5, 13 and 15
//	sgd     discrete minibatch SGD, of linear regression and of networks
//	escape  ensembles of trajectories that run until they leave, and their exit times
//	record  points and paths of trajectories that do not
//	vector  which vector instructions the loops may use
//	avo     a module of its own: the generator that writes the loops in assembly
//
// Start with the examples of sde.Block (a landscape of one's own) and
// escape.Ensemble (mean time to leave); package model holds landscapes and noise.
//
// No subpackage imports theory, so that agreement between the two is evidence.
// The same seed gives the same numbers, to the last bit, on any number of cores
// and on the scalar and the vector path. They are the same on every architecture,
// too, as far as only this module computes them: math.Exp of the channel and gonum's
// products of vectors need not round alike, nor landscapes of one's own, of which the
// compiler may fuse a product and a sum on arm64. A checkpoint from another
// architecture is refused where that shows.
package sim
