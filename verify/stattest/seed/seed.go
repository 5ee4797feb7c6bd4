// Package seed gives test packages their three flags for random seeds. Only
// test binaries import it.
//
//	-seed=N        use N in place of the fixed seed
//	-vary-seed     use a fresh seed; a test that fails says which
//	-calibrate=K   repeat each assertion K times and report its failure rate
//
// The fixed seed is the same for every package and was not chosen for what it
// gives: it is never changed to turn a red test green.
package seed

import (
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"sync"
)

// Fixed is the seed of a run without flags.
const Fixed uint64 = 1

// Flags holds what was asked for on the command line.
type Flags struct {
	Calibrate int // K, 0 when not asked for

	seed  uint64
	vary  bool
	fresh func() uint64
	once  sync.Once
}

// Register adds the flags to a set, flag.CommandLine in a test binary:
//
//	var flags = seed.Register(flag.CommandLine)
func Register(fs *flag.FlagSet) *Flags {
	f := &Flags{fresh: rand.Uint64}
	fs.Uint64Var(&f.seed, "seed", Fixed, "seed of statistical tests")
	fs.BoolVar(&f.vary, "vary-seed", false, "draw a fresh seed for statistical tests; wins over -seed")
	fs.IntVar(&f.Calibrate, "calibrate", 0, "repeat each statistical assertion so many times and report its failure rate")
	return f
}

// Base returns the seed of the run, drawn once if it is to vary. Print it: with
// -seed the run can be repeated.
func (f *Flags) Base() uint64 {
	f.once.Do(func() {
		if f.vary {
			f.seed = f.fresh()
		}
	})
	return f.seed
}

// For returns the seed of one test, a function of Base and the name, so that
// tests do not share random numbers and do not depend on their order.
func (f *Flags) For(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return f.Base() ^ h.Sum64()
}

// Full reports whether a test binary was asked for all of its tests, once each
// and at their own alpha: then every assertion must have left a finding.
func Full(fs *flag.FlagSet) bool {
	for name, empty := range map[string]string{"test.run": "", "test.skip": "", "test.list": "", "test.fuzz": "", "calibrate": "0"} {
		if f := fs.Lookup(name); f != nil && f.Value.String() != empty {
			return false
		}
	}
	return true
}
