package discrete

import (
	"math"

	"sgdescape/model"
)

// MonitoringShift is -zeta(1/2)/sqrt(2 pi), the mean overshoot of a Gaussian
// random walk over a distant boundary in units of its step's standard deviation
// (Chernoff1965, Siegmund1979).
const MonitoringShift = 0.5825971579390106702051771876675512942137

// ShiftedBoundary returns the boundary at which a diffusion, watched in
// continuous time, exits as late as one that stands at the given boundary but is
// watched only once a step,
//
//	boundary' = boundary + 0.5826 sigma      outwards       (Chernoff1965, Siegmund1979, Broadie1997)
//
// where sigma is the standard deviation of one step at the boundary, sqrt(eta²
// Sigma) for SGD and sqrt(eta Sigma dt) for an Euler-Maruyama step dt. The
// start tells which way is outwards. Conversely, the exit time of the
// continuous diffusion is what a scheme yields whose boundary is moved inwards
// by the same length (a negative sigma).
//
// Domain: finite numbers, boundary different from start; otherwise an error
// wrapping [model.ErrDomain]. Accuracy: the error of the exit time is o(sigma),
// and nothing is known about it when sigma is not small against the distance
// over which the noise and the drift change.
func ShiftedBoundary(boundary, start, sigma float64) (float64, error) {
	err := model.CheckDomain("shifted boundary").
		Finite("boundary", boundary).
		Finite("start", start).
		Finite("standard deviation sigma of one step", sigma).
		That(boundary != start, "boundary", boundary, "a point different from the start").Err()
	if err != nil {
		return 0, err
	}
	return boundary + math.Copysign(MonitoringShift*sigma, sigma*(boundary-start)), nil
}
