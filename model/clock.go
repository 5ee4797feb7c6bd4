package model

import "math"

// Steps counts updates of SGD: the index k of theta_k.
type Steps int64

// Time is t = eta k, the clock of dtheta = -grad L dt + ... (Mori2022, Eq. 4).
type Time float64

// InternalTime is tau, with d tau = L dt (Mori2022, Eq. 14). It carries the
// unit of loss times time.
type InternalTime float64

// Time returns t = eta k, in units of t.
func (k Steps) Time(learningRate float64) Time {
	return Time(learningRate * float64(k))
}

// Steps returns t/eta rounded to the nearest integer, so that it inverts
// [Steps.Time].
func (t Time) Steps(learningRate float64) Steps {
	return Steps(math.Round(float64(t) / learningRate))
}
