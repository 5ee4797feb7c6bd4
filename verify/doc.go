// Package verify puts theory beside simulation and judges every step of the
// argument of Mori2022.
//
// # The ledger
//
// A [Claim] is one sentence of the theory turned into a measurement: what is
// compared with what, within which band, and the verdict that is expected. The
// verdict is
//
//	agrees      the interval of the measured effect lies inside the band
//	disagrees   it lies wholly outside
//	undecided   it straddles an edge, and the budget of runs is spent
//
// A disagreement can be the expected verdict: then theory and simulation are
// known to differ, and the claim pins by how much ([Claim.Pinned]). A build is
// red when a verdict is not the expected one, or when the effect has moved out
// of its pinned range, never because two honest numbers differ.
//
// [Ledger] lists the claims; [Run] judges them. Under `go test ./verify` each
// claim is one subtest.
//
// # Randomness and false alarms
//
// Everything random is a function of the seed, so a run is reproducible to the
// last bit on any number of cores. Each statistical claim spends a declared
// share of [FalseAlarmBudget]: the probability that some verdict of an
// unchanged program changes on a fresh seed is below that budget.
//
// # Experiments and claims
//
// Several claims may look at one simulation. The simulation is then an
// experiment, run once for each (profile, seed) and shared; see [Shared].
package verify
