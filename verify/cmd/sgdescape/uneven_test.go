package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnevenRate: runs that start at the only place where the saddle is wide scatter
// more than those that leave at one rate; the interval is wider, and that is told.
// With r exits the one of one rate reaches 1.96/sqrt(r), on the scale of logarithms,
// to some 1/r.
func TestUnevenRate(t *testing.T) {
	const runs = 2000
	oneRate := 2 * 1.96 / math.Sqrt(runs)
	problem := strings.Fields("channel --k-min 0.01 --temperature 0.5")
	for _, soft := range []bool{true, false} {
		args := append(append([]string{"simulate"}, problem...), "--process", "sde", "--runs", "2000", "--dt", "0.01", "--json")
		if !soft {
			args = append(args, "--k-min", "2")
		}
		line := fields(t, args...)
		width := math.Log(line["mfpt_high"].(float64) / line["mfpt_low"].(float64))
		inverse := math.Log(line["rate_high"].(float64) / line["rate_low"].(float64))
		if wide := width > 1.3*oneRate; wide != soft || math.Abs(inverse-width) > 1e-9 || width < oneRate*(1-2./runs) {
			t.Errorf("soft %t: interval of log mfpt %g wide, of log rate %g, at one rate %g", soft, width, inverse, oneRate)
		}
		_, told := line["conditions"]
		if told != soft {
			t.Errorf("soft %t: conditions %v", soft, line["conditions"])
		}
	}
	page := filepath.Join(t.TempDir(), "page.html")
	code, out, errOut := sgdescape(t.Context(), append(append([]string{"ladder"}, problem...), "--runs", "500", "--points", "2", "--out", page)...)
	if code != 0 || !strings.Contains(out, "condition uneven-rate") {
		t.Errorf("code %d, %s: %s", code, errOut, out)
	}
}
