package goldentest_test

import (
	"fmt"
	"math"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
)

// A set is read row by row; the columns go by name.
func ExampleLoad() {
	set, err := goldentest.Load(golden.Files, "tail/kesten")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Info.Class, set.Info.Tolerance.Relative)
	for _, r := range set.Rows {
		fmt.Printf("eta %v, B %d: alpha %.3f\n", r.Float("eta"), r.Int("B"), r.Float("alpha"))
	}
	// Output:
	// external 1e-08
	// eta 0.1, B 1: alpha 17.285
	// eta 0.5, B 1: alpha 2.904
	// eta 1, B 10: alpha 7.513
	// eta 0.2, B 2: alpha 15.845
}

// quietly stands in for the *testing.T of a real test.
type quietly struct{}

func (quietly) Helper()                      {}
func (quietly) Cleanup(func())               {}
func (quietly) Errorf(f string, args ...any) { fmt.Printf(f+"\n", args...) }
func (quietly) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// Eq. 16 against the column of the double well that holds it: in a test, with t
// in place of quietly{}.
func ExampleCheck() {
	t := quietly{}
	set := goldentest.Open(t, golden.Files, "firstpassage/double_well")
	goldentest.Check(t, set, "kappa16", func(r goldentest.Row) (float64, error) {
		l0, dl, w := r.Float("floor"), r.Float("height"), r.Float("width")
		hStar, hSaddle := 8*dl/(w*w), 4*dl/(w*w)
		phi := 1 + r.Float("B")/(r.Float("eta")*hStar)
		return math.Sqrt(hStar*hSaddle) / (2 * math.Pi) * math.Pow((l0+dl)/l0, 0.5-phi), nil
	})
	fmt.Println("compared", len(set.Rows), "rows")
	// Output: compared 4 rows
}
