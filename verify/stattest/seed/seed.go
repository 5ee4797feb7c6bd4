// Package seed gives test packages their flags for random seeds. Only test
// binaries import it.
//
//	-seed=N             use N in place of the fixed seed
//	-vary-seed          use a fresh seed; a test that fails says which
//	-calibrate=K        repeat each assertion K times and report its failure rate
//	-calibrate-time=D   ... but 20 times only where more would take longer than D
//
// Packages without statistical tests do not know these flags. For a run of all
// packages there is the environment variable [Variable].
//
// The fixed seed is the same for every package and was not chosen for what it
// gives: it is never changed to turn a red test green.
package seed

import (
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"
)

// Fixed is the seed of a run without flags.
const Fixed uint64 = 1

// Variable is the environment variable that stands for -seed where that is not
// given.
const Variable = "SGDESCAPE_SEED"

// Flags holds what was asked for on the command line.
type Flags struct {
	Calibrate     int           // K, 0 when not asked for
	CalibrateTime time.Duration // D, 0 without limit

	set   *flag.FlagSet
	seed  uint64
	vary  bool
	fresh func() uint64
	once  sync.Once
}

// Register adds the flags to a set, flag.CommandLine in a test binary:
//
//	var flags = seed.Register(flag.CommandLine)
func Register(fs *flag.FlagSet) *Flags {
	f := &Flags{set: fs, fresh: rand.Uint64}
	fs.Uint64Var(&f.seed, "seed", Fixed, "seed of statistical tests, in place of "+Variable)
	fs.BoolVar(&f.vary, "vary-seed", false, "draw a fresh seed for statistical tests; wins over -seed")
	fs.Var((*trials)(&f.Calibrate), "calibrate", "repeat each statistical assertion so many times and report its failure rate")
	fs.Var((*limit)(&f.CalibrateTime), "calibrate-time", "stop repeating an assertion after so long, but for the first 20 times; 0 means never")
	return f
}

// trials and limit are flags that may not be negative.
type (
	trials int
	limit  time.Duration
)

func (n *trials) String() string { return strconv.Itoa(int(*n)) }

func (n *trials) Set(text string) error {
	x, err := strconv.Atoi(text)
	if err != nil || x < 0 {
		return errors.New("want a whole number >= 0")
	}
	*n = trials(x)
	return nil
}

func (d *limit) String() string { return time.Duration(*d).String() }

func (d *limit) Set(text string) error {
	x, err := time.ParseDuration(text)
	if err != nil || x < 0 {
		return errors.New("want a duration >= 0, as 20s")
	}
	*d = limit(x)
	return nil
}

// Base returns the seed of the run, drawn once if it is to vary. Print it: with
// -seed the run can be repeated. It panics if [Variable] is no whole number. The
// variable is read here, not by Register: then go test knows that the result of
// a test depends on it.
func (f *Flags) Base() uint64 {
	f.once.Do(func() {
		given := false
		f.set.Visit(func(g *flag.Flag) { given = given || g.Name == "seed" })
		if text := os.Getenv(Variable); text != "" && !given {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				panic(fmt.Sprintf("seed: %s is %q, want a whole number >= 0", Variable, text))
			}
			f.seed = n
		}
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

// Allow returns a stattest.Patience for so many assertions that share their trials.
func (f *Flags) Allow(assertions int) func() (spent func() bool) {
	return func() func() bool {
		begin := time.Now()
		return func() bool {
			return f.CalibrateTime > 0 && time.Since(begin) >= f.CalibrateTime*time.Duration(assertions)
		}
	}
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
