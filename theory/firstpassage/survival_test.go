package firstpassage

import (
	"fmt"
	"math"
	"testing"

	"sgdescape/theory/diffusion"
)

// constant is a function of one value.
func constant(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// betweenEnds is the survival of Brownian motion (g² = 1) between absorbing ends at
// -1 and 1, by images where few of them count and by modes elsewhere. Source: closed form.
func betweenEnds(start float64) func(t float64) float64 {
	up, down := 1-start, 1+start
	return func(t float64) float64 {
		if t < 0.3 {
			left := 0.0
			for k := range 8 {
				sign, shift := 1-2*float64(k%2), 2*float64(k)
				left += sign * (math.Erfc((shift+up)/math.Sqrt(2*t)) + math.Erfc((shift+down)/math.Sqrt(2*t)))
			}
			return 1 - left
		}
		sum := 0.0
		for j := 1.0; j < 40; j += 2 {
			sum += 4 / (math.Pi * j) * math.Sin(j*math.Pi/2*down) * math.Exp(-j*j*math.Pi*math.Pi/8*t)
		}
		return sum
	}
}

// insideBall is the survival of Brownian motion (g² = 1) in three dimensions from
// the center of the unit ball. Source: closed form,
//
//	P(T < t) = sqrt(8/(pi t)) sum_{j>=0} exp(-(2j+1)²/(2t))
//	S(t) = 2 sum_{j>=1} (-1)^(j+1) exp(-j² pi² t/2)
func insideBall(t float64) float64 {
	sum := 0.0
	if t < 0.5 {
		for j := 1.0; j < 20; j += 2 {
			sum += math.Exp(-j * j / (2 * t))
		}
		return 1 - math.Sqrt(8/(math.Pi*t))*sum
	}
	for j := 1.0; j < 20; j++ {
		sum += 2 * math.Cos(math.Pi*(j+1)) * math.Exp(-j*j*math.Pi*math.Pi*t/2)
	}
	return sum
}

// TestSurvival_ErrorHolds holds the survival function against closed forms at all
// times: it must not miss them by more than it says. Next to an end two Krylov
// spaces agree long before either is right, and from the center of a ball both
// overshoot 1.
func TestSurvival_ErrorHolds(t *testing.T) {
	type problem struct {
		name, source string
		solve        func() (*Exit, error)
		survival     func(t float64) float64
		from         float64 // in units of the mean: S must be known from there on
	}
	problems := []problem{{
		"ball", "closed form", RadialProcess{Dim: 3, Drift: constant(0), RadialNoise: constant(1), TangentialNoise: constant(1), Radius: 1}.Solve,
		insideBall, 0,
	}}
	for _, tc := range []struct{ start, from float64 }{
		{0, 0}, {-0.5, 0}, {-0.9, 0}, {-0.97, 0.01}, {-0.99, 0.01}, {0.99, 0.01}, {-0.999, 0.05},
	} {
		problems = append(problems, problem{fmt.Sprintf("start=%v", tc.start), "closed form", OneD{
			Process: diffusion.Process{Drift: constant(0), Noise: constant(1)}, Start: tc.start, Lower: -1, Upper: 1,
			LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing,
		}.Solve, betweenEnds(tc.start), tc.from})
	}
	for _, p := range problems {
		t.Run(p.name, func(t *testing.T) {
			e, err := p.solve()
			s := spectrum(t, e, err)
			if !(s.SurvivalError() <= survivalTolerance) || !(s.SurvivalFrom() <= p.from*e.MeanTime()) {
				t.Fatalf("S is known from %v T on, to %v; want %v T", s.SurvivalFrom()/e.MeanTime(), s.SurvivalError(), p.from)
			}
			for x := 1e-4; x < 40; x *= 1.1 {
				at := x * e.MeanTime()
				got, want := s.Survival(at), p.survival(at)
				if at < s.SurvivalFrom() {
					if !math.IsNaN(got) {
						t.Errorf("S(%v T) = %v before the time from which it is known, want NaN", x, got)
					}
				} else if !(math.Abs(got-want) <= s.SurvivalError()+1e-14) { // rounding of the closed form
					t.Errorf("S(%v T) = %v, want %v; stated error %v", x, got, want, s.SurvivalError())
				}
			}
		})
	}
}

// TestSurvival_ManyDimensions: where modes of huge weight and alternating sign meet,
// S must not rise, and not be less before a time than at it.
func TestSurvival_ManyDimensions(t *testing.T) {
	for _, p := range []Radial{
		{Dim: 30, BatchOverEtaH: 5, Ratio: 2, Curvature: 1},
		{Dim: 30, BatchOverEtaH: 10, Ratio: 2, Curvature: 1},
		{Dim: 60, BatchOverEtaH: 10, Ratio: 3, Curvature: 1},
	} {
		e, err := p.Process().Solve()
		s := spectrum(t, e, err)
		if !(s.SurvivalError() <= survivalTolerance) || !(s.SurvivalFrom() <= e.MeanTime()) {
			t.Fatalf("%+v: S is known from %v T on, to %v", p, s.SurvivalFrom()/e.MeanTime(), s.SurvivalError())
		}
		before := 1.0
		for x := 1e-4; x < 40; x *= 1.1 {
			now := s.Survival(x * e.MeanTime())
			if math.IsNaN(now) {
				continue
			}
			if now > before+s.SurvivalError() {
				t.Errorf("%+v: S rises from %v to %v at %v T; stated error %v", p, before, now, x, s.SurvivalError())
			}
			before = now
		}
	}
}
