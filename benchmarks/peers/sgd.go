package peers

import (
	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/escape"
	"sgdescape/sim/sgd"
)

// samples is N, and sgdRatios holds the loss ratio c of the exit by d.
const samples = 10000

var sgdRatios = map[int]float64{1: 1.5, 10: 3.5}

// sgdData returns the data of src/data.h: inputs and targets, independent and
// uniform with variance 1, from SplitMix64.
func sgdData(d int) (*dataset.Regression, error) {
	state := uint64(d)
	uniform := func() float64 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		return (float64(z>>11)/(1<<53) - 0.5) * 3.4641016151377544
	}
	inputs, targets := make([]float64, samples*d), make([]float64, samples)
	for mu := range samples {
		for i := range d {
			inputs[mu*d+i] = uniform()
		}
		targets[mu] = uniform()
	}
	return dataset.NewRegression(inputs, targets, d)
}

// sgdEnsemble is the first passage of SGD with one sample.
func sgdEnsemble(d int) (escape.Ensemble, error) {
	data, err := sgdData(d)
	if err != nil {
		return escape.Ensemble{}, err
	}
	p, err := sgd.New(data, model.SGD{LearningRate: eta, BatchSize: 1, DatasetSize: samples})
	if err != nil {
		return escape.Ensemble{}, err
	}
	return escape.Ensemble{Process: p, Start: data.Minimum(), Exit: escape.LossAbove(sgdRatios[d] * data.MinimumLoss())}, nil
}
