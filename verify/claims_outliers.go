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

// namedTemperatures is how many of them, from the first, the table of ratios
// judges: T = 1/2 to 1/16.
const namedTemperatures = 4

// outlierClaims judge Eq. 17 in n dimensions against the generator.
func outlierClaims() []Claim {
	measure := func(n int, effect func(c channelTable) Effect) func(context.Context, *Env) (Measurement, error) {
		return func(ctx context.Context, env *Env) (Measurement, error) { return measureChannel(ctx, env, n, effect) }
	}
	var claims []Claim
	for _, n := range outlierCounts {
		claims = append(claims, Claim{
			ID: fmt.Sprintf("eq17-limit-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers the exact rate over the saddle of a channel, divided by Eq. 17, tends to 1 as T -> 0.", n),
			Left:      "exact generator", Right: "Eq. 17",
			Band: Within(1e-3), Reason: "the limit extrapolated from T = 1/64 and 1/128; the next order is 1e-4.", Expected: Agrees,
			Measure: measure(n, channelTable.limit),
		}, Claim{
			ID: fmt.Sprintf("eq17-order-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers the relative gap between Eq. 17 and the exact rate vanishes linearly in T.", n),
			Left:      "exact generator", Right: "Eq. 17",
			Band: Band{0.85, 1.15}, Reason: "order 1 of the gap, measured between T = 1/64 and 1/128, where the next order is about a tenth.", Expected: Agrees,
			Measure: measure(n, channelTable.order),
		}, Claim{
			ID: fmt.Sprintf("eq17-coefficient-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers the exact rate is Eq. 17 times 1 + c_1 T + O(T²), with the c_1 of first-order perturbation theory.", n),
			Left:      "exact generator, (exact/Eq. 17 - 1)/T as T -> 0", Right: "c_1 in closed form",
			Band: Within(5e-3), Reason: "the limit extrapolated from T = 1/32, 1/64 and 1/128; the next order is 1e-3 or less.", Expected: Agrees,
			Measure: measure(n, channelTable.coefficient),
		}, Claim{
			ID: fmt.Sprintf("eq17-table-n%d", n), Equation: "Eq. 17",
			Statement: fmt.Sprintf("With n = %d outliers exact/Eq. 17 - 1 is c_1 T up to a remainder of order T² at T = 1/2, 1/4, 1/8 and 1/16, where T1 exists.", n),
			Left:      "exact generator", Right: "Eq. 17 times 1 + c_1 T",
			Band: Band{0, 1 + float64(n*n)/4}, Reason: "the second order grows as n²; a wrong limit or a root of T would be divided by T² = 1/256.",
			Expected: Agrees, Pinned: tableRemainders[n],
			Measure: measure(n, channelTable.remainder),
		})
	}
	return claims
}

// tableRemainders pins the largest remainder over T² by n.
var tableRemainders = map[int]Band{1: {0.84, 0.86}, 2: {1.20, 1.22}, 3: {1.41, 1.43}, 5: {3.13, 3.17}, 8: {12.3, 12.5}}

// channelGap is exact rate/Eq. 17 - 1, with the relative error of the generator.
type channelGap struct{ temperature, gap, numerical float64 }

// channelGaps follows the channel with km = 2, ks = 3 towards T = 0. With n
// outliers there is no stationary density for n >= n_c; such T are left out.
func channelGaps(ctx context.Context, env *Env, n int) ([]channelGap, error) {
	return Shared(ctx, env, fmt.Sprintf("channel-%d", n), func(ctx context.Context, env *Env) ([]channelGap, error) {
		var gaps []channelGap
		for i, temperature := range channelTemperatures {
			p, err := problem.NewChannel(channelAt(n, temperature))
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

// A channelTable is the gap of Eq. 17 at every temperature, falling, with the
// coefficient of its first order.
type channelTable struct {
	gaps []channelGap
	c1   float64
}

// last returns the gap at the k-th temperature from the end.
func (c channelTable) last(k int) channelGap { return c.gaps[len(c.gaps)-k] }

// limit extrapolates the gap to T = 0.
func (c channelTable) limit() Effect {
	a, b := c.last(2), c.last(1)
	return exact("limit of exact/Eq. 17 - 1", 2*b.gap-a.gap, 2*b.numerical+a.numerical, len(c.gaps)).of("temperatures")
}

// order is that of the gap in T.
func (c channelTable) order() Effect {
	a, b := c.last(2), c.last(1)
	slope := localSlopes([]float64{a.temperature, b.temperature}, []float64{math.Abs(a.gap), math.Abs(b.gap)})[0]
	return exact("order of the gap in T", slope, (a.numerical/math.Abs(a.gap)+b.numerical/math.Abs(b.gap))/math.Ln2, len(c.gaps)).of("temperatures")
}

// coefficient extrapolates gap/T to T = 0, twice, and subtracts c_1.
func (c channelTable) coefficient() Effect {
	value, numerical := 0.0, 0.0
	for k, weight := range []float64{8. / 3, -2, 1. / 3} { // of T, 2T and 4T: the orders T and T² cancel
		g := c.last(k + 1)
		value += weight * g.gap / g.temperature
		numerical += math.Abs(weight) * g.numerical / g.temperature
	}
	return exact("limit of (exact/Eq. 17 - 1)/T, less c_1", value-c.c1, numerical, len(c.gaps)).of("temperatures")
}

// remainder is the largest of |gap - c_1 T|/T² at the named temperatures.
func (c channelTable) remainder() Effect {
	worst, numerical, n := 0.0, 0.0, 0
	for _, g := range c.gaps {
		if g.temperature >= channelTemperatures[namedTemperatures-1] {
			t2 := g.temperature * g.temperature
			worst = math.Max(worst, math.Abs(g.gap-c.c1*g.temperature)/t2)
			numerical = math.Max(numerical, g.numerical/t2)
			n++
		}
	}
	return exact("largest |exact/Eq. 17 - 1 - c_1 T|/T², T = 1/2 to 1/16", worst, numerical, n).of("temperatures")
}

func measureChannel(ctx context.Context, env *Env, n int, effect func(channelTable) Effect) (Measurement, error) {
	gaps, err := channelGaps(ctx, env, n)
	if err != nil {
		return Measurement{}, err
	}
	p, err := problem.NewChannel(channelAt(n, channelTemperatures[0]))
	if err != nil {
		return Measurement{}, err
	}
	c1, err := env.Parts.FirstOrder(p.Landscape())
	if err != nil {
		return Measurement{}, err
	}
	table := Table{Title: "Exact rate over Eq. 17", Columns: []string{"T", "exact/Eq. 17", "1 + c_1 T", "remainder/T²", "numerical error"}}
	points := Series{Name: fmt.Sprintf("gap of Eq. 17, n = %d", n), Mark: Points}
	left := Series{Name: "gap of Eq. 17 times 1 + c_1 T", Mark: Points}
	for _, t := range channelTemperatures {
		if float64(n) >= env.Parts.CriticalCount(t) {
			table.AddRow(t, fmt.Sprintf("no T1: n >= n_c = %.3g", env.Parts.CriticalCount(t)), 1+c1*t, nil, nil)
		}
	}
	var temperatures []float64
	for _, g := range gaps {
		remainder := g.gap - c1*g.temperature
		table.AddRow(g.temperature, 1+g.gap, 1+c1*g.temperature, remainder/(g.temperature*g.temperature), g.numerical)
		points.Add(g.temperature, math.Abs(g.gap))
		left.Add(g.temperature, math.Abs(remainder))
		temperatures = append(temperatures, g.temperature)
	}
	return Measurement{
		Effect: effect(channelTable{gaps, c1}),
		Tables: []Table{table},
		Figure: &Figure{Title: fmt.Sprintf("Eq. 17 against the exact rate, n = %d", n), XLabel: "T = eta h*/B", YLabel: "|exact/law - 1|", XLog: true, YLog: true,
			Series: []Series{points, left, linear(temperatures, math.Abs(c1))}},
		Notes: []string{fmt.Sprintf("c_1 = %.6g. The remainder changes sign on the coarse temperatures, where terms exponentially small in T count as well, so that the gap alone shows its order only for small T.", c1)},
	}, nil
}

// channelAt is the channel of the claims.
func channelAt(n int, temperature float64) problem.ChannelParameters {
	return problem.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3, Temperature: temperature, TemperatureGiven: true}
}
