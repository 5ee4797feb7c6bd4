package verify

import (
	"context"
	"fmt"
	"math"

	"sgdescape/verify/stattest"
)

// networkClaims judge the decoupling of Eq. 7 where the paper does, in a network
// (Fig. 1), at initialisation and trained. The matrices are as large as the number
// of parameters, 16 701, and are never formed; see package network.
func networkClaims() []Claim {
	trained := fmt.Sprintf("after %d epochs", fig1Epochs)
	return []Claim{
		leadingClaim("fig1-init", "at initialisation", 0),
		{
			ID: "fig1-init-largest", Equation: "Eq. 7, Fig. 1",
			Statement: "In the same network, at initialisation, the largest eigenvalue of mean(l C) is that of L mean(C) within 5 %.",
			Left:      "largest eigenvalue of mean(l C)", Right: "that of L mean(C)",
			Band:     Within(0.05),
			Reason:   "the noise along the largest eigenvalue goes into the exponent B/(eta h*) one to one, and eq18-t holds that to 5 %.",
			Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureLargest(ctx, env, 0) },
		},
		leadingClaim("fig1-trained", trained, fig1Epochs),
		{
			ID: "fig1-trained-largest", Equation: "Eq. 7, Fig. 1",
			Statement: fmt.Sprintf("In the same network, %s, the largest eigenvalue of mean(l C) is on average no larger than that of L mean(C).", trained),
			Left:      "largest eigenvalue of mean(l C)", Right: "that of L mean(C)",
			Band:     Band{math.Inf(-1), 0},
			Reason:   "an approximation that errs to both sides alike would not exceed 0.",
			Expected: Disagrees, Pinned: Band{0.08, 0.16}, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureLargest(ctx, env, fig1Epochs) },
		},
	}
}

// leadingClaim is that of Fig. 1 itself.
func leadingClaim(id, when string, epochs int) Claim {
	return Claim{
		ID: id, Equation: "Eq. 7, Fig. 1",
		Statement: fmt.Sprintf("In a ReLU network on the parity of handwritten digits, %s, the %d largest eigenvalues of mean(l C) are on average within a quarter of those of L mean(C).",
			when, fig1Leading),
		Left: "eigenvalues of mean(l C)", Right: "those of L mean(C)",
		Band:     Band{0, 0.25},
		Reason:   "the figure is logarithmic, and the eigenvalues compared span a factor of thirty: a quarter is the size of a point.",
		Expected: Agrees, Share: 1,
		Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureDecoupling(ctx, env, epochs) },
	}
}

// measureDecoupling averages the size of the relative difference of the leading
// eigenvalues over networks. The interval is that of independent networks, each
// with its own digits, initialisation and minibatches.
func measureDecoupling(ctx context.Context, env *Env, epochs int) (Measurement, error) {
	networks, err := fig1Spectra(ctx, env, epochs)
	if err != nil {
		return Measurement{}, err
	}
	sizes := make([][]float64, len(networks))
	for i, s := range networks {
		for rank := range fig1Leading {
			sizes[i] = append(sizes[i], math.Abs(s.difference(rank)))
		}
	}
	mean, err := stattest.ClusterMean(sizes, env.Alpha)
	if err != nil {
		return Measurement{}, err
	}
	return Measurement{
		Effect: Effect{Name: fmt.Sprintf("mean size of the relative difference of the %d largest eigenvalues", fig1Leading),
			Value: mean.Estimate, Low: math.Max(0, mean.Low), High: mean.High, N: len(networks), Unit: "networks"},
		Tables: []Table{eigenvalueTable(networks)},
		Figure: eigenvalueFigure(networks, fmt.Sprintf("Decoupling in a network after %d epochs: the %d largest eigenvalues", epochs, fig1Leading), fig1Leading),
		Notes:  []string{networkNote(networks, epochs)},
	}, nil
}

// measureLargest averages the relative difference of the largest eigenvalue,
// with its sign, over the same networks.
func measureLargest(ctx context.Context, env *Env, epochs int) (Measurement, error) {
	networks, err := fig1Spectra(ctx, env, epochs)
	if err != nil {
		return Measurement{}, err
	}
	differences := make([][]float64, len(networks))
	for i, s := range networks {
		differences[i] = []float64{s.difference(0)}
	}
	mean, err := stattest.ClusterMean(differences, env.Alpha)
	if err != nil {
		return Measurement{}, err
	}
	return Measurement{
		Effect: Effect{Name: "largest eigenvalue of mean(l C) / that of L mean(C) - 1",
			Value: mean.Estimate, Low: mean.Low, High: mean.High, N: len(networks), Unit: "networks"},
		Figure: eigenvalueFigure(networks, fmt.Sprintf("Decoupling in a network after %d epochs: the largest eigenvalue", epochs), 1),
		Notes:  []string{networkNote(networks, epochs)},
	}, nil
}

// eigenvalueTable lists the averages over networks.
func eigenvalueTable(networks []outputSpectra) Table {
	table := Table{Title: "Averages over networks", Columns: []string{"eigenvalue", "mean(l C)", "L mean(C)", "difference", "its size"}}
	n := float64(len(networks))
	for rank := range fig1Leading {
		var exact, decoupled, signed, size float64
		for _, s := range networks {
			exact += s.Exact[rank] / n
			decoupled += s.Decoupled[rank] / n
			signed += s.difference(rank) / n
			size += math.Abs(s.difference(rank)) / n
		}
		table.AddRow(rank+1, exact, decoupled, signed, size)
	}
	return table
}

// eigenvalueFigure draws the largest eigenvalues of every network against each
// other, with the diagonal.
func eigenvalueFigure(networks []outputSpectra, title string, ranks int) *Figure {
	figure := &Figure{Title: title, XLabel: "eigenvalue of L mean(C)", YLabel: "eigenvalue of mean(l C)", XLog: true, YLog: true}
	least, most := math.Inf(1), 0.0
	for rank := range ranks {
		series := Series{Name: fmt.Sprintf("eigenvalue %d", rank+1), Mark: Points}
		for _, s := range networks {
			series.Add(s.Decoupled[rank], s.Exact[rank])
			least, most = math.Min(least, s.Decoupled[rank]), math.Max(most, s.Decoupled[rank])
		}
		figure.Series = append(figure.Series, series)
	}
	diagonal := Series{Name: "Eq. 7", Mark: Curve}
	diagonal.Add(least, least)
	diagonal.Add(most, most)
	figure.Series = append(figure.Series, diagonal)
	return figure
}

func networkNote(networks []outputSpectra, epochs int) string {
	loss, traces := 0.0, 0.0
	for _, s := range networks {
		loss += s.Loss / float64(len(networks))
		traces += s.TraceRatio / float64(len(networks))
	}
	return fmt.Sprintf("64-%d-%d-1 units, %d digits, eta = %g, B = %d, %d epochs; on average L = %.4g and mean(l |grad f|²)/(L mean |grad f|²) = %.4g.",
		fig1Hidden, fig1Hidden, fig1Digits, fig1Eta, fig1Batch, epochs, loss, traces)
}
