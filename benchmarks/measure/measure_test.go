package measure

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

const output = `goos: linux
cpu: abacus
BenchmarkStep/problem=radial/n=1-2   	 100	 2000 ns/op	 3.5 ns/step	 0 B/op	 0 allocs/op
BenchmarkStep/problem=radial/n=1-2   	 100	 2100 ns/op	 3.6 ns/step	 0 B/op	 0 allocs/op
BenchmarkWord 	 7	 100 ns/op
PASS
`

func TestReadResults(t *testing.T) {
	got, err := ReadResults(strings.NewReader(output), "output")
	if err != nil {
		t.Fatal(err)
	}
	step := "Step/problem=radial/n=1-2"
	want := Results{
		Names: []Key{step, "Word"},
		Values: map[Key]map[string][]float64{
			step:   {"sec/op": {2e-6, 2.1e-6}, "sec/step": {3.5e-9, 3.6e-9}, "B/op": {0, 0}, "allocs/op": {0, 0}},
			"Word": {"sec/op": {1e-7}},
		},
		Iters:  map[Key]int{step: 100, "Word": 7},
		Config: map[string]string{"goos": "linux", "cpu": "abacus"},
	}
	nanos := cmp.Comparer(func(a, b float64) bool { return a == b || (a-b)/b < 1e-12 && (b-a)/b < 1e-12 })
	if diff := cmp.Diff(want, got, nanos); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReject_BrokenLine(t *testing.T) {
	if _, err := ReadResults(strings.NewReader("BenchmarkStep 100 xxx ns/op\n"), "output"); err == nil {
		t.Error("a broken line was accepted")
	}
}

// A benchmark that shows no time, and a repetition of 0 ns, of which the testing
// package prints none, are left out of what is compared.
func TestReadTimesLeavesOutTheUntimed(t *testing.T) {
	const text = "BenchmarkHidden 100 0 B/op\nBenchmarkStep 100 2 B/op\nBenchmarkStep 100 3 ns/op 2 B/op\nBenchmarkNone 100 0 ns/op\nBenchmarkHidden 100 0 B/op\n"
	got, err := ReadTimes(strings.NewReader(text), "output")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]Key{{"Step"}, {"Hidden", "None"}}, [][]Key{got.Names, got.Untimed}); diff != "" {
		t.Errorf("timed and untimed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{2}, got.Values["Step"]["B/op"]); diff != "" {
		t.Errorf("the line without a time is kept (-want +got):\n%s", diff)
	}
}

// Times and counts that are none are refused.
func TestReject_NoTime(t *testing.T) {
	for _, values := range []string{"-5 ns/op", "NaN ns/op", "Inf ns/op", "5 ns/op -1 B/op", "5 ns/op NaN allocs/op"} {
		_, err := ReadTimes(strings.NewReader("BenchmarkStep 100 "+values+"\n"), "output")
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "output:1: ") || !strings.Contains(err.Error(), "of Step is ") {
			t.Errorf("%s: %v", values, err)
		}
	}
	if got, err := ReadTimes(strings.NewReader("BenchmarkStep 100 5 ns/op -1 digits\n"), "output"); err != nil || len(got.Names) != 1 {
		t.Errorf("another unit below 0: %v, %v", got, err)
	}
}

// A pattern matches its own benchmark and no other, level by level.
func TestPattern(t *testing.T) {
	levels := strings.Split(Pattern("Exit/c=1.5/n=1"), "/")
	for i, tt := range []struct{ match, other string }{
		{"BenchmarkExit", "BenchmarkExits"},
		{"c=1.5", "c=1x5"},
		{"n=1", "n=10"},
	} {
		re := regexp.MustCompile(levels[i])
		if !re.MatchString(tt.match) || re.MatchString(tt.other) {
			t.Errorf("level %d: %s matches %s: %v, %s: %v", i, levels[i],
				tt.match, re.MatchString(tt.match), tt.other, re.MatchString(tt.other))
		}
	}
}

func TestLoads(t *testing.T) {
	calibration := Results{
		Names:  []Key{"Fast", "Slow", "Nothing"},
		Iters:  map[Key]int{"Fast": 1000, "Slow": 1, "Nothing": 1000000000},
		Values: map[Key]map[string][]float64{"Fast": {"sec/op": {1e-6}}, "Slow": {"sec/op": {2}}, "Nothing": {"sec/op": {0}}},
	}
	r := Runner{Time: time.Millisecond, RunTime: 50 * time.Millisecond}
	want := map[Key]Load{
		"Fast":    {Iters: 1000, Repetitions: 50},
		"Slow":    {Iters: 1, Repetitions: 1},
		"Nothing": {Iters: 1000000000, Repetitions: 100},
	}
	if diff := cmp.Diff(want, r.Loads(calibration)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommon(t *testing.T) {
	both, onlyA, onlyB := Common([]Key{"x", "y", "z"}, []Key{"z", "w", "x"})
	if diff := cmp.Diff([][]Key{{"x", "z"}, {"y"}, {"w"}}, [][]Key{both, onlyA, onlyB}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
