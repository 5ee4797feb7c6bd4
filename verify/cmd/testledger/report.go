package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sgdescape/verify/stattest"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// report prints the ledger and returns what is wrong with the run, the failed
// tests last.
func (s *stream) report(full bool) (problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	defer func() {
		if n := len(s.failed); n > 0 {
			packages := "packages"
			if n == 1 {
				packages = "package"
			}
			complain("%d %s failed: %s", n, packages, strings.Join(s.failed, " "))
		}
		for _, c := range s.culprits {
			complain("failed: %s", c)
		}
		if s.status != "" && len(problems) == 0 {
			complain("go test ended with exit status %s, and nothing in the stream says why", s.status)
		}
	}()
	for _, name := range sortedKeys(s.open) {
		s.end(name, false)
		complain("%s did not finish", name)
	}
	for _, path := range sortedKeys(s.builds) { // of a package that no result mentions
		s.print(s.builds[path]...)
	}
	if s.ended == 0 {
		complain("no package was tested")
	}
	if len(s.repeated) > 0 {
		s.calibrations(complain)
		return problems
	}
	s.ledger(full, complain)
	return problems
}

// calibrations prints how often each assertion failed that was repeated, and how
// often it was.
func (s *stream) calibrations(complain func(string, ...any)) {
	slices.SortStableFunc(s.repeated, func(a, b stattest.CalibrationLine) int { return strings.Compare(a.Package, b.Package) })
	s.print("\n")
	_ = stattest.WriteCalibrations(s.out, s.repeated)
	above, least, most, all := 0, math.MaxInt, 0, 0
	for _, c := range s.repeated {
		least, most = min(least, c.Trials), max(most, c.Trials)
		if !c.Consistent {
			above++
		}
	}
	for _, c := range s.repeated {
		if c.Trials == most {
			all++
		}
	}
	fmt.Fprintf(s.out, "%d assertions repeated, %d of them %d times and none less than %d times; %d fail more often than their alpha\n",
		len(s.repeated), all, most, least, above)
	if above > 0 {
		complain("%d assertions fail more often than their alpha", above)
	}
}

// ledger prints every assertion and compares the sum of their alphas with what a
// run may spend.
func (s *stream) ledger(full bool, complain func(string, ...any)) {
	slices.SortStableFunc(s.lines, func(a, b stattest.LedgerLine) int { return strings.Compare(a.Package, b.Package) })
	s.print("\n")
	_ = stattest.WriteTable(s.out, s.lines)
	sum, missing, listed := 0.0, 0, map[string]float64{}
	for _, l := range s.lines {
		listed[l.Package] += l.Worst.Alpha
		if l.Count == 0 {
			missing++
			complain("%s: %s left no finding", l.Package, l.Name)
			continue
		}
		sum += l.Worst.Alpha
	}
	allotted, totals := map[string]float64{}, map[string]stattest.LedgerTotal{}
	for _, share := range stattest.PackageShares() {
		allotted[share.Name] = share.Share * stattest.RunAlpha
	}
	seeds := map[uint64]bool{}
	for _, t := range s.totals {
		seeds[t.Seed] = true
		totals[t.Package] = t
		if !(t.Drawn <= allotted[t.Package]*(1+1e-9)) {
			complain("%s draws %.3g, its share is %.3g", t.Package, t.Drawn, allotted[t.Package])
		}
		// a test that failed may have drawn an alpha and entered nothing
		failed := slices.ContainsFunc(s.failed, func(path string) bool { return strings.HasSuffix(path, "/"+t.Package) })
		if !failed && !(listed[t.Package] >= t.Drawn*(1-1e-9)) {
			complain("%s draws %.3g, its assertions in the stream only %.3g: lines of the ledger are lost", t.Package, t.Drawn, listed[t.Package])
		}
	}
	for _, name := range sortedKeys(allotted) {
		if t, ok := totals[name]; full && !(ok && t.Full) {
			complain("%s has a share of the ledger and did not run all of its tests", name)
		}
	}
	verdict := "<="
	if !(sum <= stattest.RunAlpha*(1+1e-9)) {
		verdict = "ABOVE"
		complain("the assertions spend %.4g, a run may spend %g", sum, stattest.RunAlpha)
	}
	fmt.Fprintf(s.out, "probability of a false alarm in this run, on %s: at most %.4g %s %g (%d assertions in %d packages)\n",
		seedNames(seeds), sum, verdict, stattest.RunAlpha, len(s.lines)-missing, len(totals))
}

// seedNames names the seed of a run, or says that packages drew different ones.
func seedNames(seeds map[uint64]bool) string {
	switch len(seeds) {
	case 0:
		return "no seed"
	case 1:
		return fmt.Sprintf("seed %d", slices.Collect(maps.Keys(seeds))[0])
	}
	return fmt.Sprintf("%d fresh seeds", len(seeds))
}
