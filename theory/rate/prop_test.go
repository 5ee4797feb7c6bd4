package rate

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
)

// logUniform draws a positive scale.
func logUniform(t *rapid.T, label string, low, high float64) float64 {
	return math.Exp(rapid.Float64Range(math.Log(low), math.Log(high)).Draw(t, "log "+label))
}

func drawLaw(t *rapid.T) Outliers {
	n := rapid.IntRange(1, 12).Draw(t, "n")
	hStar := logUniform(t, "h*", 1e-3, 1e3)
	hSaddle := logUniform(t, "|h_e^s|", 1e-3, 1e3)
	return Outliers{
		OutlierCount: n, OutlierCurvature: hStar, EscapeCurvature: hSaddle,
		LogDetMinimum: float64(n) * math.Log(hStar),
		LogDetSaddle:  math.Log(hSaddle) + rapid.Float64Range(-5, 5).Draw(t, "log det of the stable part"),
		LossRatio:     1 + logUniform(t, "L_s/L*-1", 1e-2, 1e4),
		Temperature:   logUniform(t, "T", 1e-3, 1),
	}
}

// gap is the difference of two logarithms, absolute near 0 and relative else.
func gap(a, b float64) float64 { return math.Abs(a-b) / (1 + math.Abs(a)) }

func TestProp_OneOutlierIsOutliersAtOne(t *testing.T) { rapid.Check(t, oneOutlierIsOutliersAtOne) }

// FuzzOneOutlierIsOutliersAtOne is the same property, driven by the fuzzer.
func FuzzOneOutlierIsOutliersAtOne(f *testing.F) { f.Fuzz(rapid.MakeFuzz(oneOutlierIsOutliersAtOne)) }

func oneOutlierIsOutliersAtOne(t *rapid.T) {
	l := drawLaw(t)
	l.OutlierCount, l.LogDetMinimum, l.LogDetSaddle = 1, math.Log(l.OutlierCurvature), math.Log(l.EscapeCurvature)
	one := OneOutlier{OutlierCurvature: l.OutlierCurvature, EscapeCurvature: l.EscapeCurvature, LossRatio: l.LossRatio, Temperature: l.Temperature}
	if d := gap(one.LogEscapeRate(), l.LogEscapeRate()); d > 1e-13 {
		t.Fatalf("Eq. 17 at n = 1 misses Eq. 16 by %v", d)
	}
}

// scaled is the law of the landscape a L at learning rate eta/a.
func scaled(l Outliers, a float64) Outliers {
	n := float64(l.OutlierCount)
	l.OutlierCurvature *= a
	l.EscapeCurvature *= a
	l.LogDetMinimum += n * math.Log(a)
	l.LogDetSaddle += n * math.Log(a)
	return l // T = (eta/a)(a h*)/B and the ratio are unchanged
}

func TestProp_ScalingOfLoss(t *testing.T) { rapid.Check(t, scalingOfLoss) }

// FuzzScalingOfLoss is the same property, driven by the fuzzer.
func FuzzScalingOfLoss(f *testing.F) { f.Fuzz(rapid.MakeFuzz(scalingOfLoss)) }

func scalingOfLoss(t *rapid.T) {
	l, a := drawLaw(t), logUniform(t, "a", 1e-3, 1e3)
	if d := gap(l.LogEscapeRate()+math.Log(a), scaled(l, a).LogEscapeRate()); d > 1e-12 {
		t.Fatalf("kappa(a L, eta/a) misses a kappa by %v", d)
	}
}

func TestProp_ScalingOfParameters(t *testing.T) { rapid.Check(t, scalingOfParameters) }

// FuzzScalingOfParameters is the same property, driven by the fuzzer.
func FuzzScalingOfParameters(f *testing.F) { f.Fuzz(rapid.MakeFuzz(scalingOfParameters)) }

func scalingOfParameters(t *rapid.T) {
	// theta -> theta/w with eta -> eta/w^2 keeps T and multiplies every
	// curvature by w^2, so kappa by w^2.
	l, w := drawLaw(t), logUniform(t, "w", 1e-2, 1e2)
	if d := gap(l.LogEscapeRate()+2*math.Log(w), scaled(l, w*w).LogEscapeRate()); d > 1e-12 {
		t.Fatalf("kappa misses w^2 kappa by %v", d)
	}
}

func TestProp_Monotone(t *testing.T) { rapid.Check(t, monotone) }

// FuzzMonotone is the same property, driven by the fuzzer.
func FuzzMonotone(f *testing.F) { f.Fuzz(rapid.MakeFuzz(monotone)) }

func monotone(t *rapid.T) {
	l := drawLaw(t)
	base := l.LogEscapeRate()
	hotter := l
	hotter.Temperature *= 1.1 // smaller B/eta, or larger h*
	if !(hotter.LogEscapeRate() > base) {
		t.Fatal("kappa does not grow with T = eta h*/B")
	}
	if l.Exponent() > 0.01 {
		higher := l
		higher.LossRatio *= 1.1
		if !(higher.LogEscapeRate() < base) {
			t.Fatal("kappa does not fall with the loss ratio")
		}
	}
	wider := l
	wider.OutlierCount++
	wider.LogDetMinimum += math.Log(l.OutlierCurvature)
	wider.LogDetSaddle += math.Log(l.OutlierCurvature) // a transverse outlier that does not change
	if !(wider.LogEscapeRate() > base) {
		t.Fatal("kappa does not grow with n")
	}
}

func TestProp_MeanTimeOfThreshold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		temperature := logUniform(t, "T", 1e-4, 10)
		critical := int(math.Ceil(2 * (1/temperature + 1))) // n < n_c, Eq. 19
		n := rapid.IntRange(1, min(12, critical-1)).Draw(t, "n")
		if !Stable(n, temperature) {
			t.Fatalf("n = %d is not stable at T = %v", n, temperature)
		}
		l := Threshold{OutlierCount: n, OutlierCurvature: logUniform(t, "h*", 1e-3, 1e3), LossRatio: 2, Temperature: temperature}
		if err := l.Validate(); err != nil {
			t.Fatal(err)
		}
		far := l
		far.LossRatio = 4
		slope := (far.LogMeanTime() - l.LogMeanTime()) / math.Ln2
		if d := gap(l.Exponent(), slope); d > 1e-11 {
			t.Fatalf("slope %v, exponent %v", slope, l.Exponent())
		}
		if l.LogEscapeRate() != -l.LogMeanTime() || l.EscapeRate() != math.Exp(-l.LogMeanTime()) {
			t.Fatal("kappa is not 1/T")
		}
	})
}

// derive checks that a law in t is L* times the Eyring-Kramers rate in tau
// (Mori2022, Eqs. 22, 23 give Eq. 17).
func derive(inTime Law, l Outliers) error {
	if d := gap(inTime.LogEscapeRate(), l.LogEscapeRate()); !(d < 1e-11) {
		return fmt.Errorf("the rate in t misses Eq. 17 by %.3g of log kappa", d)
	}
	return nil
}

func TestProp_PowerLawFromInternalTime(t *testing.T) { rapid.Check(t, powerLawFromInternalTime) }

// FuzzPowerLawFromInternalTime is the same property, driven by the fuzzer.
func FuzzPowerLawFromInternalTime(f *testing.F) { f.Fuzz(rapid.MakeFuzz(powerLawFromInternalTime)) }

func powerLawFromInternalTime(t *rapid.T) {
	l := drawLaw(t)
	minimumLoss := logUniform(t, "L*", 1e-6, 1e6)
	tau := OnLogLoss(l, minimumLoss)
	if err := tau.Validate(); err != nil {
		t.Fatal(err)
	}
	law := InTime{Internal: tau, MinimumLoss: minimumLoss}
	if err := law.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := derive(law, l); err != nil {
		t.Fatal(err)
	}
	// Below 2^-1022 numbers have no more digits, but a fixed spacing.
	spacing := (1 + minimumLoss) * math.SmallestNonzeroFloat64
	if math.Abs(law.EscapeRate()-minimumLoss*tau.EscapeRate()) > 1e-12*law.EscapeRate()+spacing {
		t.Fatalf("kappa = %v is not L* kappa_tau = %v", law.EscapeRate(), minimumLoss*tau.EscapeRate())
	}
}

// TestReject_WrongLaws runs the checks that pass above on laws that are wrong
// in one place each.
func TestReject_WrongLaws(t *testing.T) {
	l := channelLaw(3, 0.125)
	const minimumLoss = 0.5
	tau := OnLogLoss(l, minimumLoss)
	if err := derive(InTime{tau, minimumLoss}, l); err != nil {
		t.Fatalf("control: %v", err)
	}
	more := l
	more.OutlierCount++ // n+1 for n
	linear := tau
	linear.Barrier = minimumLoss * (l.LossRatio - 1) // dL for log(L_s/L*)
	squared := tau
	squared.Temperature *= 0.05 // eta^2 for eta, at eta = 0.05
	for _, tc := range []struct {
		name string
		law  Law
		of   Outliers
	}{
		{"1/L of the change of clock deleted", tau, l},
		{"n+1 for n", InTime{tau, minimumLoss}, more},
		{"linear for log barrier", InTime{linear, minimumLoss}, l},
		{"eta^2 for eta", InTime{squared, minimumLoss}, l},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if derive(tc.law, tc.of) == nil {
				t.Error("the wrong law passed")
			}
		})
	}
	one := model.SGD{LearningRate: 0.1, BatchSize: 1}
	if Temperature(one, 8) == Temperature(model.SGD{LearningRate: 0.1, BatchSize: 2}, 8) {
		t.Error("T does not depend on B")
	}
}
