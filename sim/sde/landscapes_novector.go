//go:build !amd64 || purego

package sde

// Without vector instructions these are never called.

func (rows) polynomialVector(_, _, _ []float64, _ [][2]float64, _ int)    {}
func (rows) quadraticVector(_, _, _, _, _ []float64, _ float64, _, _ int) {}
func (*channelBlock) vector(_, _, _ []float64, _ int)                     {}
