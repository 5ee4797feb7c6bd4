package dataset

import (
	"fmt"
	"math/rand/v2"

	"sgdescape/model"
)

// gaussianStream is the second word of the PCG seed of [Gaussian]. It is part
// of the identity of every data set, so changing it is value-breaking.
const gaussianStream = 0x67617573736961 // "gaussia" in ASCII

// maxNumbers bounds the inputs of a data set that is drawn: 1 GB of them.
const maxNumbers = 125_000_000

// Gaussian returns n samples of a [Population]: standard normal inputs in d
// dimensions and independent normal targets with standard deviation s > 0.
//
// The data set is a function of (seed, n, d, s). The generator is
// math/rand/v2's PCG with the words (seed, 0x67617573736961), normals are drawn by
// NormFloat64, sample by sample, inputs before the target. The first n samples
// of a larger data set with the same seed and d are the smaller data set.
func Gaussian(seed uint64, n, d int, noiseStd float64) (*Regression, error) {
	err := model.CheckDomain("Gaussian data set").
		MatrixDim("dimension d", d).
		AtLeast(1, "data-set size N", n).
		That(d < 1 || n <= maxNumbers/d, "data-set size N", n, fmt.Sprintf("at most %d/d samples: they are kept in memory", maxNumbers)).
		Positive("noise standard deviation s", noiseStd).Err()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, gaussianStream))
	inputs := make([]float64, 0, n*d)
	targets := make([]float64, n)
	for mu := range targets {
		for range d {
			inputs = append(inputs, rng.NormFloat64())
		}
		targets[mu] = noiseStd * rng.NormFloat64()
	}
	return NewRegression(inputs, targets, d)
}
