package verify

import (
	"context"
	"fmt"
	"math"

	"sgdescape/verify/problem"
)

// outlierCounts are the n for which Eq. 17 meets the exact rate of a channel.
var outlierCounts = []int{1, 2, 3, 5, 8}

// channelTemperatures are T = 1/2, ..., 1/128.
var channelTemperatures = []float64{1. / 2, 1. / 4, 1. / 8, 1. / 16, 1. / 32, 1. / 64, 1. / 128}

// outlierClaims judge Eq. 17 in n dimensions against the generator.
func outlierClaims() []Claim {
	var claims []Claim
	for _, n := range outlierCounts {
		claims = append(claims, Claim{
			ID: fmt.Sprintf("eq17-limit-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers the exact rate over the saddle of a channel, divided by Eq. 17, tends to 1 as T -> 0.", n),
			Left:      "exact generator", Right: "Eq. 17",
			Band: Within(1e-3), Reason: "the limit extrapolated from T = 1/64 and 1/128; the next order is 1e-4.", Expected: Agrees,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureChannel(ctx, env, n, false) },
		}, Claim{
			ID: fmt.Sprintf("eq17-order-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers the relative gap between Eq. 17 and the exact rate vanishes linearly in T.", n),
			Left:      "exact generator", Right: "Eq. 17",
			Band: Band{0.85, 1.15}, Reason: "order 1 of the gap, measured between T = 1/64 and 1/128, where the next order is about a tenth.", Expected: Agrees,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureChannel(ctx, env, n, true) },
		})
	}
	return claims
}

// channelGap is exact rate/Eq. 17 - 1, with the relative error of the generator.
type channelGap struct{ temperature, gap, numerical float64 }

// channelGaps follows the channel with km = 2, ks = 3 towards T = 0. With n
// outliers there is no stationary density for n >= n_c; such T are left out.
func channelGaps(ctx context.Context, env *Env, n int) ([]channelGap, error) {
	return Shared(ctx, env, fmt.Sprintf("channel-%d", n), func(ctx context.Context, env *Env) ([]channelGap, error) {
		var gaps []channelGap
		for i, temperature := range channelTemperatures {
			p, err := problem.NewChannel(problem.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3,
				Temperature: temperature, TemperatureGiven: true})
			if err != nil {
				return nil, err
			}
			if float64(n) >= env.Parts.CriticalCount(temperature) {
				continue
			}
			levels, _, err := env.Parts.Levels(ctx, p)
			if err != nil {
				return nil, err
			}
			exact := levels["T1"]
			gaps = append(gaps, channelGap{temperature, math.Expm1(*exact.LogRate - env.Parts.LogOutliers(p.PowerLaw())), *exact.RelativeError})
			env.Progress(i+1, len(channelTemperatures))
		}
		return gaps, nil
	})
}

func measureChannel(ctx context.Context, env *Env, n int, order bool) (Measurement, error) {
	gaps, err := channelGaps(ctx, env, n)
	if err != nil {
		return Measurement{}, err
	}
	table := Table{Title: "Exact rate over Eq. 17", Columns: []string{"T", "ratio - 1", "numerical error"}}
	points := Series{Name: fmt.Sprintf("gap of Eq. 17, n = %d", n), Mark: Points}
	var temperatures []float64
	for _, g := range gaps {
		table.AddRow(g.temperature, g.gap, g.numerical)
		points.Add(g.temperature, math.Abs(g.gap))
		temperatures = append(temperatures, g.temperature)
	}
	b, a := gaps[len(gaps)-1], gaps[len(gaps)-2]
	m := Measurement{
		Tables: []Table{table},
		Figure: &Figure{Title: fmt.Sprintf("Eq. 17 against the exact rate, n = %d", n), XLabel: "T = eta h*/B", YLabel: "|exact/Eq. 17 - 1|", XLog: true, YLog: true,
			Series: []Series{points, linear(temperatures, math.Abs(b.gap)/b.temperature)}},
	}
	if order {
		slope := localSlopes([]float64{a.temperature, b.temperature}, []float64{math.Abs(a.gap), math.Abs(b.gap)})[0]
		m.Effect = exact("order of the gap in T", slope, (a.numerical/math.Abs(a.gap)+b.numerical/math.Abs(b.gap))/math.Ln2, len(gaps))
	} else {
		m.Effect = exact("limit of exact/Eq. 17 - 1", 2*b.gap-a.gap, 2*b.numerical+a.numerical, len(gaps))
	}
	return m, nil
}
