package seed

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, args ...string) *Flags {
	t.Helper()
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	f := Register(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFlags(t *testing.T) {
	t.Setenv(Variable, "")
	plain, again, other := parse(t), parse(t), parse(t, "-seed=2")
	if plain.For("a") != again.For("a") {
		t.Error("the fixed seed varies")
	}
	if plain.Base() != Fixed || other.Base() != 2 || plain.For("a") == other.For("a") {
		t.Error("-seed has no effect")
	}
	if plain.For("a") == plain.For("b") {
		t.Error("two tests share a seed")
	}
	if plain.Calibrate != 0 || parse(t, "-calibrate=9").Calibrate != 9 {
		t.Error("-calibrate is not read")
	}
	if spent := plain.Allow(1)(); spent() {
		t.Error("time is spent without a limit")
	}
	if f := parse(t, "-calibrate-time=1ns"); !f.Allow(1)()() {
		t.Error("a nanosecond is not spent")
	}
	if f := parse(t, "-calibrate-time=1h"); f.Allow(1)()() {
		t.Error("an hour is spent")
	}
	if f := parse(t, "-calibrate-time=1ns"); f.Allow(int(time.Hour))()() {
		t.Error("an hour of nanoseconds is spent")
	}
}

// TestVariable: the environment variable stands for -seed, which wins.
// TestReject_Flags: a negative number of trials or time is not taken for none.
func TestReject_Flags(t *testing.T) {
	for _, arg := range []string{"-calibrate=-1", "-calibrate=x", "-calibrate-time=-1s", "-calibrate-time=3"} {
		fs := flag.NewFlagSet("test", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		Register(fs)
		if err := fs.Parse([]string{arg}); err == nil || !strings.Contains(err.Error(), ">= 0") {
			t.Errorf("%s: error %v", arg, err)
		}
	}
}

func TestVariable(t *testing.T) {
	t.Setenv(Variable, "7")
	if got := parse(t).Base(); got != 7 {
		t.Errorf("the seed is %d, want 7", got)
	}
	if got := parse(t, "-seed=1").Base(); got != 1 {
		t.Errorf("the seed is %d, want that of the flag, 1", got)
	}
	t.Setenv(Variable, "seven")
	defer func() {
		if got := recover(); got != `seed: SGDESCAPE_SEED is "seven", want a whole number >= 0` {
			t.Errorf("panic %v", got)
		}
	}()
	t.Errorf("the seed is %d", parse(t).Base())
}

func TestVarySeed(t *testing.T) {
	a, b := parse(t, "-vary-seed", "-seed=2"), parse(t, "-vary-seed")
	if a.Base() == b.Base() { // probability 2^-64
		t.Error("two fresh seeds are equal")
	}
	first, second := a.Base(), a.Base()
	if first != second {
		t.Error("a fresh seed is drawn more than once")
	}
}

// TestFull: a run of every test at its own alpha, with the flags of the testing
// package in place of those of this binary.
func TestFull(t *testing.T) {
	for _, c := range []struct {
		args []string
		full bool
	}{
		{nil, true},
		{[]string{"-seed=3", "-vary-seed", "-test.short"}, true},
		{[]string{"-test.run=Stat"}, false},
		{[]string{"-test.skip=Stat"}, false},
		{[]string{"-test.list=."}, false},
		{[]string{"-test.fuzz=."}, false},
		{[]string{"-calibrate=5"}, false},
	} {
		fs := flag.NewFlagSet("test", flag.ContinueOnError)
		for _, name := range []string{"run", "skip", "list", "fuzz"} {
			fs.String("test."+name, "", "")
		}
		fs.Bool("test.short", false, "")
		Register(fs)
		if err := fs.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		if Full(fs) != c.full {
			t.Errorf("%q: full %v, want %v", c.args, Full(fs), c.full)
		}
	}
}
