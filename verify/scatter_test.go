package verify_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/verify"
	"sgdescape/verify/stattest"
	"sgdescape/verify/tol"
)

// watched is the result of runs that leave at the given times, watched to the
// horizon.
func watched(times []float64, horizon float64) *escape.Result {
	r := &escape.Result{}
	for _, t := range times {
		o := escape.Outcome{Time: model.Time(math.Min(t, horizon)), Censored: t > horizon}
		r.Exposure += o.Time
		if o.Censored {
			r.Censored++
		} else {
			r.Exits++
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

// oneRate returns the quantiles of n exit times of rate 1.
func oneRate(n int) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = -math.Log((float64(i) + 0.5) / float64(n))
	}
	return times
}

// TestScatter: the factor is the coefficient of variation where nothing is
// censored, and 1 at one rate, censored or not.
func TestScatter(t *testing.T) {
	uneven := make([]float64, 1000) // mean 10, variance 0.9 * 9² + 0.1 * 81²
	for i := range uneven {
		if uneven[i] = 1; i < 100 {
			uneven[i] = 91
		}
	}
	even := []float64{9, 10, 11}
	for _, c := range []struct {
		name    string
		times   []float64
		horizon float64
		want    float64
	}{
		{"mixture", uneven, math.Inf(1), math.Sqrt(0.9*81+0.1*6561) / 10},
		{"one rate", oneRate(1000), math.Inf(1), 1},
		{"one rate, half censored", oneRate(1000), math.Ln2, 1},
		{"one rate, most censored", oneRate(1000), 0.05, 1},
		{"narrow", even, math.Inf(1), 1},
		{"none left", even, 1, 1},
	} {
		var s verify.Scatter
		s.Add(watched(c.times[:len(c.times)/3], c.horizon))
		s.Add(watched(c.times[len(c.times)/3:], c.horizon))
		if err := tol.Close(s.Factor(), c.want, 1e-12); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if told := len(s.Conditions()) > 0; told != (c.want != 1) {
			t.Errorf("%s: %v", c.name, s.Conditions())
		}
	}
	var s verify.Scatter
	s.Add(watched(uneven, math.Inf(1)))
	rate := stattest.Interval{Estimate: 0.1, Low: 0.09, High: 0.11, Level: 0.95}
	wide := s.Widen(rate)
	for _, side := range [][2]float64{{wide.Low, rate.Low}, {wide.High, rate.High}} {
		if err := tol.Close(math.Log(side[0]/0.1)/math.Log(side[1]/0.1), 2.7, 1e-12); err != nil {
			t.Errorf("%v of %v: wider by %v", wide, rate, err)
		}
	}
}

// TestUnevenRate: runs start where the saddle is open, and find it narrow once
// they have spread along the soft valley across.
func TestUnevenRate(t *testing.T) {
	const eta, temperature = 1, 0.5
	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: 1, Height: 1, Width: 1, KMin: 0.01, KSaddle: 3}))
	s := verify.Setup{Landscape: channel, Noise: must(noise.NewLossIsotropic(channel, temperature, eta)), LearningRate: eta, Dt: 2e-3}
	law := verify.Rate(0.03)
	j, err := verify.Trial{Seed: 1, Steps: 1e9, Replicas: 512}.Judge(context.Background(), s, law, verify.Within(0.1))
	if err != nil {
		t.Fatal(err)
	}
	told := j.String()
	if !strings.Contains(told, "condition uneven-rate: the exit times scatter 1.") {
		t.Errorf("not told: %s", told)
	}
	narrow := stattest.RateSequence{Alpha: j.Effect.Alpha, Guess: float64(law)}.Interval(j.Exits)
	if !(j.Effect.High-j.Effect.Low > 1.2*(narrow.High-narrow.Low)/float64(law)) {
		t.Errorf("interval [%g, %g], that of one rate is %v", j.Effect.Low, j.Effect.High, narrow)
	}
}
