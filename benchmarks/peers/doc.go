// Package peers runs one workload in other languages and in this module, side
// by side: first passage of two stochastic differential equations by the
// Euler-Maruyama scheme, the loop that everyone who simulates escape writes.
//
//	cpp-mt19937   C++ with std::mt19937_64 and std::normal_distribution
//	cpp-ziggurat  C++ with xoshiro256++ and a ziggurat
//	py-numpy      numpy, 10000 trajectories abreast
//	py-numba      numba, a compiled scalar loop
//	c-avx512      C with AVX-512 intrinsics, lanes in lock-step: the roofline
//	sgdescape     this module, and once more its portable build
//
// The sources are in src and are built with what is installed; the rest is
// skipped with a note. Every program reports its processor time a step, and the
// mean number of steps of an exit, which must agree with the exact value of the
// discrete chain within six standard errors, or in 10 dimensions with a long
// simulation: a fast program that computes something else is an error, not a
// peer.
//
// All programs take turns in rounds, in random order on one core, and the
// factor of a peer is the median over rounds of its time over this module's in
// the same round.
//
// Two workers of this module are compared with one, beside two programs at the
// same time: these share nothing, so that what they lack is the machine's.
package peers
