package stattest

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A LedgerLine is one assertion of one package, as its test binary prints it under
// go test -v for [ParseLine] to read:
//
//	ledger sim/stream "normal law" count 1 n 100000 alpha 1e-09 statistic 0.001 critical 0.01 effect 0.001 detectable 0.016 passed
//
// Result is passed, agrees, disagrees, undecided, REJECTED or, without any
// finding, missing.
type LedgerLine struct {
	Package, Name string
	Count         int // findings
	Worst         Finding
	Result        string
}

const lineFormat = "ledger %s %q count %d n %d alpha %g statistic %g critical %g effect %g detectable %g %s"

// String prints the line.
func (l LedgerLine) String() string {
	f := l.Worst
	return fmt.Sprintf(lineFormat, l.Package, l.Name, l.Count, f.N, f.Alpha, f.Statistic, f.Critical, f.Effect, f.Detectable, l.Result)
}

// ParseLine reads a line; ok is false for any other text.
func ParseLine(text string) (l LedgerLine, ok bool) {
	f := &l.Worst
	n, err := fmt.Sscanf(strings.TrimSpace(text), lineFormat,
		&l.Package, &l.Name, &l.Count, &f.N, &f.Alpha, &f.Statistic, &f.Critical, &f.Effect, &f.Detectable, &l.Result)
	f.Rejected = l.Result == rejected
	return l, err == nil && n == 10
}

const (
	rejected = "REJECTED"
	missing  = "missing"
)

// Lines returns the ledger, one line for every name that has a share, with its
// whole alpha.
func (b *Budget) Lines() []LedgerLine {
	var lines []LedgerLine
	for _, e := range b.Entries() {
		l := LedgerLine{b.pkg, e.Name, e.Findings, e.Worst, e.Outcome}
		switch {
		case e.Findings == 0:
			l.Result = missing
		case e.Worst.Rejected && l.Result == "":
			l.Result = rejected
		case l.Result == "":
			l.Result = "passed"
		}
		l.Worst.Alpha = e.Alpha
		lines = append(lines, l)
	}
	return lines
}

// A LedgerTotal is the last line that a test binary prints. Full says that every test
// of the package was asked for, so that nothing may be missing.
//
//	ledger sim/stream sum 5e-08 of 5e-08 seed 1 full
type LedgerTotal struct {
	Package    string
	Drawn      float64 // sum of the alphas drawn
	Share      float64 // the package's part of the run
	Seed       uint64
	Full       bool
	Calibrated bool // no alpha was drawn: assertions were repeated instead
}

const totalFormat = "ledger %s sum %g of %g seed %d %s"

// String prints the line.
func (s LedgerTotal) String() string {
	kind := "partial"
	switch {
	case s.Full:
		kind = "full"
	case s.Calibrated:
		kind = "calibration"
	}
	return fmt.Sprintf(totalFormat, s.Package, s.Drawn, s.Share, s.Seed, kind)
}

// ParseTotal reads a line; ok is false for any other text.
func ParseTotal(text string) (s LedgerTotal, ok bool) {
	var kind string
	n, err := fmt.Sscanf(strings.TrimSpace(text), totalFormat, &s.Package, &s.Drawn, &s.Share, &s.Seed, &kind)
	s.Full, s.Calibrated = kind == "full", kind == "calibration"
	return s, err == nil && n == 5
}

// A CalibrationLine is the failure rate of one assertion of one package, as its
// test binary prints it.
//
//	calibration sim/stream "normal law" failures 9 of 200 alpha 0.05 low 0.007 high 0.14 consistent
type CalibrationLine struct {
	Package, Name string
	Calibration
}

const calibrationFormat = "calibration %s %q failures %d of %d alpha %g low %g high %g %s"

// String prints the line.
func (l CalibrationLine) String() string {
	verdict := "consistent"
	if !l.Consistent {
		verdict = "ABOVE"
	}
	return fmt.Sprintf(calibrationFormat, l.Package, l.Name, l.Alarms, l.Trials, l.Alpha, l.Rate.Low, l.Rate.High, verdict)
}

// ParseCalibration reads a line; ok is false for any other text.
func ParseCalibration(text string) (l CalibrationLine, ok bool) {
	var verdict string
	n, err := fmt.Sscanf(strings.TrimSpace(text), calibrationFormat,
		&l.Package, &l.Name, &l.Alarms, &l.Trials, &l.Alpha, &l.Rate.Low, &l.Rate.High, &verdict)
	l.Consistent = verdict == "consistent"
	l.Rate.Estimate, l.Rate.Level = float64(l.Alarms)/float64(l.Trials), 1-CalibrationAlpha
	return l, err == nil && n == 8
}

func (b *Budget) calibrated(name string, c Calibration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calibrations[name] = c
}

// WriteLines prints what a test binary has to say at its end: the calibrations
// or the ledger, then the sum.
func (b *Budget) WriteLines(w io.Writer, seed uint64, full bool) error {
	b.mu.Lock()
	calibrations := len(b.calibrations)
	b.mu.Unlock()
	var lines []fmt.Stringer
	for _, e := range b.Entries() {
		if c, ok := b.calibrations[e.Name]; ok {
			lines = append(lines, CalibrationLine{b.pkg, e.Name, c})
		}
	}
	if calibrations == 0 {
		for _, l := range b.Lines() {
			if l.Count > 0 || full {
				lines = append(lines, l)
			}
		}
	}
	lines = append(lines, LedgerTotal{b.pkg, b.Drawn(), b.total, seed, full && calibrations == 0, calibrations > 0})
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}

// WriteTable prints lines as a table, and below it their sum.
func WriteTable(w io.Writer, lines []LedgerLine) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "assertion\tcount\tn\talpha\tstatistic\tcritical\teffect\tdetectable\tresult\t")
	sum := 0.0
	for _, l := range lines {
		f := l.Worst
		if l.Count > 0 {
			sum += f.Alpha
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.3g\t%.4g\t%.4g\t%.4g\t%.4g\t%s\t\n",
			strings.TrimPrefix(l.Package+": "+l.Name, ": "), l.Count, f.N, f.Alpha, f.Statistic, f.Critical, f.Effect, f.Detectable, l.Result)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d assertions, alpha %.4g in all\n", len(lines), sum)
	return err
}

// WriteCalibrations prints calibrations as a table.
func WriteCalibrations(w io.Writer, lines []CalibrationLine) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "assertion\tfailures\ttrials\tlow\trate\thigh\talpha\tresult\t")
	for _, l := range lines {
		verdict := "consistent"
		if !l.Consistent {
			verdict = "ABOVE"
		}
		fmt.Fprintf(tw, "%s: %s\t%d\t%d\t%.3g\t%.3g\t%.3g\t%.3g\t%s\t\n",
			l.Package, l.Name, l.Alarms, l.Trials, l.Rate.Low, l.Rate.Estimate, l.Rate.High, l.Alpha, verdict)
	}
	return tw.Flush()
}
