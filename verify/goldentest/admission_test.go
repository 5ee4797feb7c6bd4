package goldentest_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
	"sgdescape/verify/stattest"
)

// TestGolden_Admission checks every set of the golden folder: description
// complete, header with units, numbers in their shortest form, checksum right,
// no stray file, and the embedded files the same as those on disk.
func TestGolden_Admission(t *testing.T) {
	embedded, err := goldentest.Admit(golden.Files)
	if err != nil {
		t.Error(err)
	}
	onDisk, diskErr := goldentest.Admit(os.DirFS("../../golden"))
	if diskErr != nil && fmt.Sprint(diskErr) != fmt.Sprint(err) { // once is enough
		t.Error(diskErr)
	}
	if d := cmp.Diff(onDisk, embedded); d != "" {
		t.Errorf("embedded differs from the folder (-folder +embedded):\n%s", d)
	}
	t.Logf("%d sets: %v", len(embedded), embedded)
}

// TestGolden_RunsAgainstExact compares the recorded runs of the discrete chain
// with its exact values, whose own error is far below the standard errors. Exit
// times have a skewness near 2. The
// alpha of 1e-9 for the three rows is spent once: recorded data do not change.
func TestGolden_RunsAgainstExact(t *testing.T) {
	exact, err := goldentest.Load(golden.Files, "discrete/gaussian_regression")
	if err != nil {
		t.Fatal(err)
	}
	value := map[[2]float64]float64{}
	for _, r := range exact.Rows {
		value[[2]float64{r.Float("eta"), r.Float("c")}] = r.Float("T")
	}
	runs := goldentest.Open(t, golden.Files, "discrete/gaussian_regression_runs")
	f := goldentest.CheckSampled(t, runs, "T", 1e-9, func(r goldentest.Row) (stattest.SampledMean, error) {
		want, ok := value[[2]float64{r.Float("eta"), r.Float("c")}]
		if !ok {
			return stattest.SampledMean{}, errors.New("no exact value")
		}
		return stattest.SampledMean{Mean: want, Error: want * exact.Info.Tolerance.Relative, Skewness: 2}, nil
	})
	t.Logf("worst row: %.3g of %.3g standard errors; finds a difference of %.3g", f.Statistic, f.Critical, f.Detectable)
}
