package generator

import (
	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// RegressionExit returns the planar problem of a linear regression with two
// inputs on a given data set: SGD's diffusion limit with the exact covariance of
// the minibatch gradient (Mori2022, Eqs. 4, 8), from the minimum to the loss
// ratio c. An error wraps [model.ErrDomain].
func RegressionExit(data *dataset.Regression, sgd model.SGD, lossRatio float64) (Planar, error) {
	d := model.CheckDomain("regression in the plane").That(data != nil, "data set", data, "a regression")
	if err := d.Err(); err != nil {
		return Planar{}, err
	}
	sigma, err := noise.NewExact(data, sgd)
	if err := d.Include(err).That(data.Dim() == 2, "inputs d", data.Dim(), "2").Err(); err != nil {
		return Planar{}, err
	}
	p := Planar{Landscape: data, Noise: sigma, LearningRate: sgd.LearningRate, Minimum: data.Minimum(), LossRatio: lossRatio}
	return p, p.Validate()
}
