//go:build race

package benchmarks

// thinning divides the sample sizes of assertions, whose tolerances follow the
// sample size, under the race detector, which slows the loops tenfold.
const thinning = 16
