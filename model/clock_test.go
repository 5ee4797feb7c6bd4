package model_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
)

func TestProp_StepsInvertTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := model.Steps(rapid.Int64Range(0, 1<<50).Draw(t, "k"))
		eta := math.Exp(rapid.Float64Range(-12, 3).Draw(t, "log eta"))
		if got := k.Time(eta).Steps(eta); got != k {
			t.Fatalf("(%d steps).Time(%v).Steps(%v) = %d", k, eta, eta, got)
		}
	})
}

func TestTimeSteps(t *testing.T) {
	for _, row := range []struct {
		name string
		time model.Time
		eta  float64
		want model.Steps
	}{
		{"zero", 0, 0.1, 0},
		{"whole", 0.3, 0.1, 3}, // 0.3/0.1 is 2.9999999999999996
		{"just below half", 1.49, 1, 1},
		{"half away from zero", 1.5, 1, 2},
		{"negative", -1.2, 1, -1},
	} {
		if got := row.time.Steps(row.eta); got != row.want {
			t.Errorf("%s: Time(%v).Steps(%v) = %d, want %d", row.name, row.time, row.eta, got, row.want)
		}
	}
}

func ExampleSteps_Time() {
	fmt.Println(model.Steps(30).Time(0.1))
	// Output: 3
}
