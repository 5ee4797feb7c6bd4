//go:build !amd64 || purego

package sde

// Without vector instructions these are never called.

func (rows) amplitudesVector(_, _ *laneRow, _, _, _ float64, _ int)             {}
func (rows) quotientsVector(_, _ *laneRow, _, _, _ float64, _ int)              {}
func (rows) complementsVector(_, _ *laneRow, _ float64, _ int)                  {}
func (rows) clockVector(_, _, _ *laneRow, _, _, _ float64, _ int)               {}
func (rows) moveVector(_, _, _ []float64, _, _ *laneRow, _, _ int)              {}
func (rows) decayVector(_, _ []float64, _, _, _ *laneRow, _, _ int)             {}
func (rows) decayAlongVector(_, _ []float64, _, _ *laneRow, _ *along, _, _ int) {}
func (rows) triangleVector(_, _ []float64, _, _ int)                            {}
func (rows) crossedVector(_, _ *laneRow, _ float64, _ int) (none uint64)        { return none }
func (rows) unpositiveVector(_ *laneRow, _ int) (none uint64)                   { return none }
