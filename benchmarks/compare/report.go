package compare

import (
	"math"
	"runtime"

	"golang.org/x/perf/benchmath"

	"sgdescape/benchmarks/gate"
)

// A Report is the outcome of one comparison.
type Report struct {
	Base    string       `json:"base"`
	Head    string       `json:"head"`
	Verdict gate.Verdict `json:"verdict"`
	// Interrupted says that the run was ended from outside: its verdict is
	// undecided, whatever a benchmark shows so far, and it has no mean.
	Interrupted bool              `json:"interrupted"`
	GeoMean     float64           `json:"geometric_mean_ratio"` // of the time ratios; 0 if there are none
	Rows        []Row             `json:"benchmarks"`
	Notes       []string          `json:"notes,omitempty"`
	Plan        gate.Plan         `json:"plan"`
	Machine     map[string]string `json:"machine"`
	Go          string            `json:"go"`
	Core        int               `json:"core"` // -1: not pinned
	Seconds     float64           `json:"seconds"`
}

// A Row is one benchmark of a report.
type Row struct {
	Benchmark string       `json:"benchmark"`
	Verdict   gate.Verdict `json:"verdict"`
	Cells     []Cell       `json:"units"`
}

// A Cell is one unit of a benchmark.
type Cell struct {
	Unit    string       `json:"unit"`
	Verdict gate.Verdict `json:"verdict"`
	Look    int          `json:"look"`   // at which the verdict fell; 0: undecided
	Rounds  int          `json:"rounds"` // of interleaved runs the numbers rest on
	Base    float64      `json:"base"`   // median, or the exact count
	Head    float64      `json:"head"`
	Exact   bool         `json:"exact"`
	// Ratio, its bounds and the p-value are absent for exact counts and without
	// data; a bound that does not exist yet is absent, too.
	Ratio *float64 `json:"ratio,omitempty"`
	Lower *float64 `json:"lower,omitempty"`
	Upper *float64 `json:"upper,omitempty"`
	P     *float64 `json:"p,omitempty"`
}

func newReport(o Options, s *Sides) *Report {
	return &Report{Base: s.BaseLabel, Head: s.HeadLabel, Plan: o.Plan, Go: runtime.Version(), Core: int(o.Runner.Core)}
}

// fill copies the state of the trial into the report.
func (r *Report) fill(c *contest) {
	r.Verdict = c.trial.Verdict()
	rows := map[string]*Row{}
	for _, name := range c.names {
		rows[name] = &Row{Benchmark: name}
	}
	logs, n := 0.0, 0
	for _, res := range c.trial.Results() {
		row := rows[res.Benchmark]
		cell := newCell(c.o.Plan, res, c.series[res.Pair])
		row.Cells = append(row.Cells, cell)
		if res.Unit == "sec/op" && cell.Ratio != nil {
			logs += math.Log(*cell.Ratio)
			n++
		}
	}
	for _, name := range c.names {
		row := rows[name]
		verdicts := make([]gate.Verdict, len(row.Cells))
		for i, cell := range row.Cells {
			verdicts[i] = cell.Verdict
		}
		row.Verdict = gate.Combine(verdicts...)
		r.Rows = append(r.Rows, *row)
	}
	if r.Interrupted {
		r.Verdict = gate.Undecided
	} else if n > 0 {
		r.GeoMean = math.Exp(logs / float64(n))
	}
}

func newCell(plan gate.Plan, res gate.Result, s *gate.Series) Cell {
	cell := Cell{Unit: res.Unit, Verdict: res.Verdict, Look: res.Look, Rounds: res.Blocks}
	if res.Counted {
		cell.Exact, cell.Base, cell.Head = true, res.Base, res.Head
		return cell
	}
	base, head := s.First(res.Blocks)
	cell.Base, cell.Head = median(base), median(head)
	cell.Ratio = finite(res.Effect.Ratio)
	if cell.Ratio == nil {
		return cell
	}
	cell.P = finite(res.Effect.P)
	cell.Upper = finite(res.Upper)
	if low := res.Effect.Lower(plan.BetaPerLook()); low > 0 {
		cell.Lower = &low
	}
	return cell
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), 0.95).Center
}

func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
