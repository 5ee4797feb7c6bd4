//go:build !race

package benchmarks

// thinning divides the sample sizes of assertions under the race detector.
const thinning = 1
