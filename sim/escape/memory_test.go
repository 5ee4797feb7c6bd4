package escape_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// million is an ensemble of short runs.
func million() escape.Ensemble {
	return escape.Ensemble{
		Process: valley(sde.Time, 1, 0.1), Start: []float64{0}, Exit: escape.LossAbove(0.51), Crossing: escape.Grid,
		Horizon: 1e6, Replicas: 1e6, Seed: 4,
	}
}

// phases are what a process may do with a million replicas and a file; each
// returns the number of exits at its end.
var phases = map[string]func(file string) (int64, error){
	"run": func(string) (int64, error) {
		r, err := million().Run(context.Background())
		return int64(r.Exits), err
	},
	"summarise": func(string) (int64, error) {
		s, err := million().Summarise(context.Background(), nil)
		return s.Exits, err
	},
	"interrupt": func(file string) (int64, error) {
		e := million()
		r, c, err := e.Resume(cancelAfterExits(&e, 9e5), nil)
		if !errors.Is(err, context.Canceled) {
			return 0, fmt.Errorf("not interrupted: %w", err)
		}
		return int64(r.Exits), c.Save(file)
	},
	"resume": func(file string) (int64, error) {
		c, err := escape.LoadCheckpoint(file)
		if err != nil {
			return 0, err
		}
		r, _, err := million().Resume(context.Background(), c)
		return int64(r.Exits), err
	},
	"interrupt summary": func(file string) (int64, error) {
		e := million()
		s, c, err := e.ResumeSummary(cancelAfterExits(&e, 9e5), nil, nil)
		if !errors.Is(err, context.Canceled) {
			return 0, fmt.Errorf("not interrupted: %w", err)
		}
		return s.Exits, c.Save(file)
	},
	"resume summary": func(file string) (int64, error) {
		c, err := escape.LoadSummaryCheckpoint(file)
		if err != nil {
			return 0, err
		}
		s, _, err := million().ResumeSummary(context.Background(), nil, c)
		return s.Exits, err
	},
}

// phaseVariable names the phase that a process of its own is to go through.
const phaseVariable = "SGDESCAPE_TEST_PHASE"

// goThrough makes this process go through a phase and print its exits, and the
// memory it took from the system and that it allocated, in bytes.
func goThrough(phase, file string) int {
	exits, err := phases[phase](file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(exits, m.Sys, m.TotalAlloc)
	return 0
}

// TestMemory: a process with a million outcomes, or one that stops at 900000,
// saves, and another that loads and goes on to the end, takes less than 64 MiB
// of the system; with a summary less than 24 MiB, of which Go and the tests
// themselves take more than half.
func TestMemory(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, test := range []struct {
		phase, file string
		exits       int64 // at least
		limit       float64
	}{
		{"run", "", 1e6, 64},
		{"interrupt", "outcomes", 9e5, 64},
		{"resume", "outcomes", 1e6, 64},
		{"summarise", "", 1e6, 24},
		{"interrupt summary", "summary", 9e5, 24},
		{"resume summary", "summary", 1e6, 24},
	} {
		cmd := exec.Command(self, filepath.Join(dir, test.file))
		cmd.Env = append(os.Environ(), phaseVariable+"="+test.phase)
		var message strings.Builder
		cmd.Stderr = &message
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", test.phase, err, message.String())
		}
		var numbers [3]float64
		for i, word := range strings.Fields(string(out)) {
			numbers[i] = must(strconv.ParseFloat(word, 64))
		}
		const mib = 1 << 20
		t.Logf("%-17s %7.0f exits, %5.1f MiB from the system, %5.2f MiB allocated", test.phase, numbers[0], numbers[1]/mib, numbers[2]/mib)
		if numbers[0] < float64(test.exits) || numbers[1] > test.limit*mib {
			t.Errorf("%s: %v exits in %.1f MiB, want %d within %v", test.phase, numbers[0], numbers[1]/mib, test.exits, test.limit)
		}
	}
}
