// Package measure builds the benchmark binaries of two revisions and runs them
// next to each other. It knows how to get timings, and nothing of what they
// mean; package gate decides.
//
// One run of one benchmark is a process of its own on a pinned core. The
// process repeats the benchmark some fifty times for a millisecond each, with
// the same iteration count on both sides, and the run's value is the fastest
// repetition: a disturbance by another process only ever adds time, and a
// repetition is short enough to fit between two of them. On a busy two-core
// machine this brings the scatter of a run from several percent (one
// repetition of the whole length) to a few tenths. The price: what happens
// once in many milliseconds, a garbage collection above all, is not seen in the
// time. Allocations are counted instead. A new process for every run draws a
// new memory layout, so that a lucky alignment does not pass for a speed-up.
package measure
