package firstpassage

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/theory/diffusion"
)

// OneD is the first passage of dX = a dt + sqrt(g²) dW (Itô; Gardiner2009) from
// Start to the absorbing ends of an interval. At least one end is absorbing; an
// infinite end must be reflecting, which there means natural: never reached.
//
//	T(x) = int_x^upper s(y) int_lower^y m(z) dz dy          (lower reflecting, upper absorbing)
//
// with s = exp(-Psi), m = (2/g²) exp(Psi), Psi = int 2a/g² dx. Relative accuracy
// is returned by [Exit.RelativeError]; for smooth a and g² it is 1e-11, or 1e-14
// times the height of the barrier in Psi if that is more. Above [ErrAccuracy]'s limit of 1e-8 Solve fails. A second well, farther out on
// an infinite side and behind a barrier of more than 41 in Psi, is not seen.
type OneD struct {
	Process      diffusion.Process
	Start        float64
	Lower, Upper float64
	LowerEnd     diffusion.Boundary
	UpperEnd     diffusion.Boundary

	// MonitoringInterval is the time dt between two looks at the process, 0 for
	// continuous watching. Absorbing ends are moved outwards by
	//	0.5826 sqrt(g²(end) dt)              (Chernoff1965, Broadie1997)
	// which is exact to first order in sqrt(dt).
	MonitoringInterval float64
}

// boundaryShift is -zeta(1/2)/sqrt(2 pi), the mean overshoot of a Gaussian
// random walk in units of its step (Chernoff1965).
const boundaryShift = 0.58259715793901067

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (p OneD) Validate() error {
	return model.CheckDomain("first passage").
		That(p.Process.Drift != nil, "drift a", "nil", "a function").
		That(p.Process.Noise != nil, "noise g²", "nil", "a function").
		Finite("start", p.Start).
		That(p.Lower < p.Upper, "region", fmt.Sprintf("[%v, %v]", p.Lower, p.Upper), "lower < upper").
		That(p.Lower <= p.Start && p.Start <= p.Upper, "start", p.Start, "a number in the region").
		That(!(p.Start == p.Lower && p.LowerEnd == diffusion.Absorbing || p.Start == p.Upper && p.UpperEnd == diffusion.Absorbing),
			"start", p.Start, "a point that is no absorbing end").
		That(p.LowerEnd == diffusion.Absorbing || p.UpperEnd == diffusion.Absorbing, "ends", "both reflecting", "at least one absorbing end").
		That(p.LowerEnd != diffusion.Absorbing || !math.IsInf(p.Lower, 0), "lower end", p.Lower, "finite, for an absorbing end").
		That(p.UpperEnd != diffusion.Absorbing || !math.IsInf(p.Upper, 0), "upper end", p.Upper, "finite, for an absorbing end").
		NonNegative("monitoring interval dt", p.MonitoringInterval).Err()
}

// Solve returns the solved first passage. The error wraps [model.ErrDomain],
// [diffusion.ErrResolution] or [ErrAccuracy].
func (p OneD) Solve() (*Exit, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	region := diffusion.Region{Lower: p.Lower, Upper: p.Upper, Start: p.Start}
	if p.LowerEnd == diffusion.Absorbing {
		region.Lower -= shift(p.Process, p.Lower, p.MonitoringInterval)
	}
	if p.UpperEnd == diffusion.Absorbing {
		region.Upper += shift(p.Process, p.Upper, p.MonitoringInterval)
	}
	mesh, err := diffusion.NewMesh(p.Process, region)
	if err != nil {
		return nil, err
	}
	return newExit(mesh, p.LowerEnd, p.UpperEnd)
}

// shift returns how far an absorbing end moves outwards when it is watched at
// intervals dt.
func shift(p diffusion.Process, end, dt float64) float64 {
	if dt == 0 {
		return 0
	}
	return boundaryShift * math.Sqrt(p.Noise(end)*dt)
}

func accuracyError(what string, reached, wanted float64) error {
	return fmt.Errorf("%s: relative error %.2g, want %.2g: %w", what, reached, wanted, ErrAccuracy)
}
