package benchmarks

import (
	"fmt"
	"sync"
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sgd"
)

// dataSize is N of the finite data sets, that of the published experiment.
const dataSize = 10000

// regressions holds the data sets by d; making one takes milliseconds.
var regressions = map[int]func() *dataset.Regression{}

func init() {
	for _, d := range []int{1, 2, 5, 10} {
		regressions[d] = sync.OnceValue(func() *dataset.Regression { return must(dataset.Gaussian(1, dataSize, d, 1)) })
	}
}

// BenchmarkSGDStep is one block of discrete SGD on a linear regression (Mori2022,
// Eq. 2), with minibatches from the population of Gaussian inputs or from a
// data set of N = 10000, with and without replacement.
func BenchmarkSGDStep(b *testing.B) {
	for _, c := range sgdCases {
		c.run(b)
	}
}

var sgdCases = makeSGDCases()

func makeSGDCases() []stepCase {
	var cases []stepCase
	for _, source := range []string{"population", "with", "without"} {
		for _, d := range []int{1, 2, 5, 10} {
			for _, size := range []int{1, 10} {
				if source == "without" && size == 1 {
					continue // the same as with replacement
				}
				cases = append(cases, lazily(fmt.Sprintf("source=%s/d=%d/B=%d", source, d, size),
					func() stepProblem { return sgdProblem(source, d, size) }))
			}
		}
	}
	return cases
}

func sgdProblem(source string, d, batch int) stepProblem {
	p := model.SGD{LearningRate: eta, BatchSize: batch}
	var (
		problem landscape.Valley
		sigma   noise.Model
	)
	if source == "population" {
		population := must(dataset.NewPopulation(d, 1))
		problem, sigma = population, must(noise.NewGaussianInputs(population, batch))
	} else {
		data := regressions[d]()
		p.DatasetSize, p.Sampling = data.Len(), must(model.ParseSampling(source))
		problem, sigma = data, must(noise.NewExact(data, p))
	}
	return stepProblem{
		process:   must(sgd.New(problem, p)),
		landscape: problem,
		noise:     sigma,
		start:     offset(problem.Minimum()),
	}
}
