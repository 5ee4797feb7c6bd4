// Package gate decides, from interleaved timings of two builds, whether a
// benchmark became slower. It runs nothing and knows no clock: timings come
// in, verdicts go out, so the whole of it is tested by simulation.
//
// # Data
//
// One [Block] is a short burst of four runs of one benchmark, two a side, in an
// order that is drawn from all six ([DrawOrder]). Every run is a process of its
// own. Machines drift over seconds and minutes by far more than the effects of
// interest; within a block the drift is common to both sides, so only
// comparisons inside a block count.
//
// # Statistic
//
// The Mann-Whitney statistic, counted block by block (the blocked form is van
// Elteren's test):
//
//	U(delta) = sum over blocks of #{(i, j): log head_j - log base_i > delta}
//
// If the sides differ by the factor exp(delta), every arrangement of the ranks
// inside a block is equally likely, because the order was drawn, and the exact
// law of U is the convolution of the Mann-Whitney laws of the blocks. That holds
// on every machine: the times of a block, and the blocks, may depend on each
// other in any way, by a drift, an oscillation or a disturbance that lasts. (The
// two orders A B B A and B A A B alone cancel a steady drift, but take an
// oscillation over three or four runs for a difference between the sides.) A
// single block holding everything, as with a saved file, is the ordinary
// Mann-Whitney test, and wants a machine that is the same then and now.
//
// The same U, read as a function of delta, gives the confidence bounds of the
// log ratio as order statistics of the differences, and their median (Hodges and
// Lehmann) the estimate: a p-value and an interval that cannot contradict each
// other. Ties count against rejection, so rounding in the printed timings can only
// make a test more cautious.
//
// # Verdicts
//
// With ratio = head/base and the floor f (default 5 %):
//
//	regression  p <= its Holm threshold, and the estimated ratio is >= 1 + f
//	clean       the upper confidence bound of the ratio is < 1 + f
//	undecided   neither
//
// The first two exclude each other because the estimate never exceeds the
// bound. For any true ratio other than 1 + f itself enough blocks decide
// rightly: below it the bound falls under the floor, above it the estimate
// stays over it while p falls to zero. Without data the bound is infinite and p
// is 1, so a lack of time means undecided, never clean.
//
// Allocations are counted, not timed, and there is no floor: if one count holds
// the majority on each side (the rest are allocations of the runtime that
// happened to fall into a run), then
//
//	regression  head's count is higher, and p <= its Holm threshold
//	clean       head's count is not higher
//
// One allocation more is the largest possible U of every block, so it is found
// at the first look. The p-value is there for counts that waver between two
// values, whose majority is a matter of chance. Counts without a majority are
// judged like times.
//
// # Error rates
//
// Two mistakes are bounded, over the whole run and over all benchmarks:
//
//	alpha  P(some benchmark that is not slower is called a regression)
//	beta   P(the run is called clean | some benchmark is slower by >= f)
//
// For alpha, Holm's step-down procedure takes all comparisons of the run as one
// family. For beta no correction over benchmarks is due: the run is clean only
// if every benchmark is, so to miss a slow-down its own comparison must fail
// (an intersection-union test).
//
// Decisions are taken only at looks: block counts fixed before the run
// ([Plan].Looks). With l looks each one spends alpha/l and beta/l, so by the
// union bound the rates hold however the looks depend on each other, and
// whether or not time runs out on the way: a look that is not reached spends
// nothing, and blocks beyond the last look reached decide nothing. A comparison
// that was decided at an earlier look takes part in Holm's procedure of a later
// one with p = 0 (regression) or p = 1 (clean). That keeps the bound: as long
// as no error has been made, every p = 0 belongs to a benchmark that truly is
// slower, and then, as in Holm's proof, the first error at a look with m0
// remaining true null hypotheses needs min p <= (alpha/l)/m0 among them.
package gate
