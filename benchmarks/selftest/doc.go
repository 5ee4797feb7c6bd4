// Package selftest measures the error rates of the performance gate as a
// whole, with real builds, processes and clocks: it writes a small module with
// a base revision and a changed one, lets the gate compare the two many times,
// and counts the verdicts.
package selftest
