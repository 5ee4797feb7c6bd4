package sgd_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/sim/sgd"
)

// parabola is the loss (theta - y_mu)²/2 in one dimension; it keeps the
// minibatches it was asked for.
type parabola struct {
	y       []float64
	batches [][]int
}

func (p *parabola) Len() int { return len(p.y) }

func (p *parabola) BatchGrad(dst, theta []float64, batch []int) float64 {
	p.batches = append(p.batches, slices.Clone(batch))
	dst[0] = 0
	loss := 0.0
	for _, mu := range batch {
		dst[0] += (theta[0] - p.y[mu]) / float64(len(batch))
		loss += (theta[0] - p.y[mu]) * (theta[0] - p.y[mu]) / 2 / float64(len(batch))
	}
	return loss
}

// TestEpochs: every epoch uses each sample once, in an order of its own, and
// theta is what Eq. 2 makes of these minibatches.
func TestEpochs(t *testing.T) {
	const epochs, eta = 3, 0.3
	run := func(seed uint64) (*parabola, float64) {
		p := &parabola{y: []float64{1, -2, 3, 5, -8, 13, 21}}
		theta := []float64{0.5}
		if err := (sgd.Epochs{LearningRate: eta, BatchSize: 3, Seed: seed}).Run(theta, p, epochs); err != nil {
			t.Fatal(err)
		}
		return p, theta[0]
	}
	p, got := run(7)
	if len(p.batches) != 3*epochs {
		t.Fatalf("%d minibatches, want %d", len(p.batches), 3*epochs)
	}
	var orders [][]int
	for e := range epochs {
		order := slices.Concat(p.batches[3*e : 3*e+3]...)
		orders = append(orders, order)
		sorted := slices.Clone(order)
		slices.Sort(sorted)
		if !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5, 6}) || len(p.batches[3*e+2]) != 1 {
			t.Errorf("epoch %d uses %v", e, p.batches[3*e:3*e+3])
		}
	}
	if slices.Equal(orders[0], orders[1]) && slices.Equal(orders[1], orders[2]) {
		t.Errorf("all epochs have the order %v", orders[0])
	}
	want := 0.5
	for _, batch := range p.batches {
		mean := 0.0
		for _, mu := range batch {
			mean += p.y[mu] / float64(len(batch))
		}
		want += eta * (mean - want)
	}
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("theta = %v, want %v", got, want)
	}
	if _, again := run(7); again != got {
		t.Errorf("the same seed gave %v and %v", got, again)
	}
	if _, other := run(8); other == got {
		t.Error("another seed gave the same")
	}
}

func TestReject_Epochs(t *testing.T) {
	p := &parabola{y: []float64{1, 2}}
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"nothing", sgd.Epochs{}.Run(nil, nil, -1), []string{"learning rate eta is 0", "number of epochs is -1", "loss is nil"}},
		{"batch", sgd.Epochs{LearningRate: math.NaN(), BatchSize: 3}.Run([]float64{1}, p, 1), []string{"learning rate eta is NaN", "batch size B is 3, want an integer from 1 to N = 2"}},
		{"no batch", sgd.Epochs{LearningRate: 1}.Run([]float64{1}, p, 1), []string{"batch size B is 0"}},
	} {
		if !errors.Is(row.err, model.ErrDomain) {
			t.Errorf("%s: error %v is no ErrDomain", row.name, row.err)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(row.err.Error(), want) {
				t.Errorf("%s: error %q does not say %q", row.name, row.err, want)
			}
		}
	}
}
