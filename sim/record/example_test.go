package record_test

import (
	"context"
	"fmt"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/record"
	"sgdescape/sim/sgd"
)

// Samples of theta along SGD on a linear regression, one every 100 steps.
func ExampleSampler() {
	data, err := dataset.Gaussian(1, 1000, 1, 1) // seed, N, d, s
	if err != nil {
		panic(err)
	}
	process, err := sgd.New(data, model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 1000})
	if err != nil {
		panic(err)
	}
	samples, err := record.Sampler{
		Process: process, Start: data.Minimum(), BurnIn: 1000, Every: 100, PerReplica: 50, Replicas: 200, Seed: 1,
	}.Run(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(len(samples.Coordinate(0)), "samples")
	// Output:
	// 10000 samples
}
