// Package benchmarks measures every hot loop of the module and guards its
// speed. It contains benchmarks only; the performance gate is
// benchmarks/cmd/benchgate, how it decides is in benchmarks/gate.
//
// # How to run
//
//	make bench                   every benchmark, for benchstat
//	make bench-gate BASE=main    did the working tree make anything slower?
//	make bench-gate-selftest     how often does the gate itself err?
//	make bench-peers             the same work in C++, C and Python
//	make profile                 where does the time go? (flame graph)
//
// # How to read
//
// A name is Benchmark<Thing>/key=value/…; one op of it is what the comment of
// the function says. Beside ns/op, B/op and allocs/op a benchmark reports what
// its reader asks for:
//
//	ns/step   time for one step of one trajectory (one lane of the lock-step
//	          loop), the figure to compare with other programs
//	steps/s   the same, turned over: with several workers, of all together
//	exits/s   finished runs a second
//	ns/normal time for one standard normal deviate
//	s/1%      work to accuracy: seconds of processor time, of all cores
//	          together, until the escape rate is known to a relative standard
//	          error of 1 %
//
// s/1% is computed from what the benchmark measures: with m the mean and v the
// variance of the number of steps of an exit, and s the steps a second of
// processor time,
//
//	exits needed = (v/m²)/0.01²,  s/1% = exits needed · m/s
//
// For a solver it is the time of one solution, whose error is asserted to be
// below 1 %. It says what a user waits for, which no figure of steps a second
// does: one method needs more steps for the same answer, another's steps vary
// more from run to run, and a quadrature has no variance at all. It does not
// include the error of a step length; the benchmark's comment states it.
//
// # What is asserted
//
// Every benchmark checks the result of the loop it times, once a process,
// against an exact value: a moment of one step, the mean number of steps of an
// exit, a closed form. Statistical tolerances are six standard errors (a false
// alarm in 5e8) unless they say otherwise. A benchmark that is fast because it
// is wrong fails.
//
// # How to add a benchmark
//
// Words before integers in the name, plain decimals (0.1, never 1e-1: when
// GOMAXPROCS is 1, a number after a minus sign reads as a processor count), all
// values written by fmt.Sprint. Setup outside the loop and below a
// millisecond, because the gate repeats a benchmark fifty times in a process;
// what takes longer goes into a sync.OnceValue. for b.Loop(), b.ReportAllocs(),
// a fixed seed, and the same work in every op. One op should stay below 100 ms
// or the gate spends its budget on few rounds.
//
// # What noise to expect
//
// One repetition of a second scatters by 1 % from run to run on a quiet desktop
// and by up to a factor of two on a busy shared machine, and both drift over
// minutes. Two outputs made one after the other therefore differ by more than
// most changes. Compare with make bench-gate: it interleaves the two builds, and
// its fastest-of-fifty repetitions of a millisecond agree to about 1 % even
// while a two-core machine runs ten other processes. Repetitions of tens of
// milliseconds, such as those of the larger solvers, still scatter by some 5 %
// there and need more rounds.
//
// What the gate finds is real, but need not be in the code that was changed:
// another binary places loops and heap elsewhere. Between two revisions that
// left it alone the search for a saddle, which allocates in small pieces, was
// 5.1 % slower time after time (interval 4.4 to 5.5 %). Before hunting such a
// change, look at the diff.
//
// # Records
//
// results/*.txt hold recorded outputs for benchstat, made by
//
//	go run ./benchmarks/cmd/benchgate record NAME
//	go run ./benchmarks/cmd/benchgate history
//
// Machine, Go version, flags and revision of a record stand in its .info.json,
// and history.svg shows all of them. A line is one process, so ten lines are ten
// independent runs.
package benchmarks
