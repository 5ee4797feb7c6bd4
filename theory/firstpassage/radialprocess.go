package firstpassage

import (
	"math"

	"sgdescape/model"
	"sgdescape/theory/diffusion"
)

// RadialProcess is the first passage of the radius r = |theta| of an isotropic
// diffusion in n dimensions, from Start to Radius. With noise of variance g_r²
// along theta and g_t² in each of the n-1 directions across it, Itô's formula
// gives
//
//	dr = [a(r) + (n-1) g_t²(r)/(2r)] dt + sqrt(g_r²(r)) dW     (closed form; Mori2022, Eq. 4)
//
// where a = -dL/dr. The accuracy is that of [OneD].
type RadialProcess struct {
	Dim             int                     // n >= 1
	Drift           func(r float64) float64 // a(r) = -dL/dr
	RadialNoise     func(r float64) float64 // g_r²(r) > 0
	TangentialNoise func(r float64) float64 // g_t²(r) > 0; not used when n = 1
	Start           float64                 // 0 <= Start < Radius
	Radius          float64                 // absorbing

	// MonitoringInterval is the time between two looks at the process; see [OneD].
	MonitoringInterval float64
}

// InClock returns the process in the clock with d tau = rate(r) dt: drift and
// noise are divided by the rate. With rate = L the loss-proportional noise
// becomes additive (Mori2022, Eqs. 14, 15), and times are in tau.
func (p RadialProcess) InClock(rate func(r float64) float64) RadialProcess {
	slow := func(f func(r float64) float64) func(r float64) float64 {
		if f == nil {
			return nil
		}
		return func(r float64) float64 { return f(r) / rate(r) }
	}
	p.Drift, p.RadialNoise, p.TangentialNoise = slow(p.Drift), slow(p.RadialNoise), slow(p.TangentialNoise)
	return p
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (p RadialProcess) Validate() error {
	return model.CheckDomain("radial first passage").
		AtLeast(1, "dimension n", p.Dim).
		That(p.Drift != nil, "drift a", "nil", "a function").
		That(p.RadialNoise != nil, "radial noise g_r²", "nil", "a function").
		That(p.TangentialNoise != nil || p.Dim <= 1, "tangential noise g_t²", "nil", "a function").
		Positive("radius", p.Radius).
		That(p.Start >= 0 && p.Start < p.Radius, "start", p.Start, "a radius below that of the exit").
		NonNegative("monitoring interval dt", p.MonitoringInterval).Err()
}

// Process returns the diffusion of the radius.
func (p RadialProcess) Process() diffusion.Process {
	if p.Dim == 1 {
		return diffusion.Process{Drift: p.Drift, Noise: p.RadialNoise}
	}
	half := float64(p.Dim-1) / 2
	return diffusion.Process{
		Drift: func(r float64) float64 { return p.Drift(r) + half*p.TangentialNoise(r)/r },
		Noise: p.RadialNoise,
	}
}

// Solve returns the solved first passage. The error wraps [model.ErrDomain],
// [diffusion.ErrResolution] or [ErrAccuracy].
func (p RadialProcess) Solve() (*Exit, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	process := p.Process()
	end := p.Radius + shift(process, p.Radius, p.MonitoringInterval)
	mesh, err := diffusion.NewRadialMesh(process, p.Dim, end, p.Start)
	if err != nil {
		return nil, err
	}
	return newExit(mesh, diffusion.Reflecting, diffusion.Absorbing)
}

// NewProportionalValley returns the radius of the isotropic quadratic valley
// L* + h r²/2 with loss-proportional noise (Mori2022, Eq. 13), from the minimum
// to the loss c L*,
//
//	a = -h r,  g_r² = g_t² = 2 T L(r),  T = eta h/B
//
// It has the mean time of [Radial], and everything else an [Exit] knows.
func NewProportionalValley(n int, curvature, minimumLoss, temperature, ratio float64) (RadialProcess, error) {
	err := model.CheckDomain("radial first passage").
		AtLeast(1, "dimension n", n).
		Positive("curvature h", curvature).
		Positive("loss L* at the minimum", minimumLoss).
		Positive("temperature T = eta h/B", temperature).
		Above(1, "loss ratio c", ratio).Err()
	noise := func(r float64) float64 { return 2 * temperature * (minimumLoss + curvature*r*r/2) }
	return RadialProcess{
		Dim: n, Radius: math.Sqrt(2 * minimumLoss * (ratio - 1) / curvature),
		Drift:       func(r float64) float64 { return -curvature * r },
		RadialNoise: noise, TangentialNoise: noise,
	}, err
}

// NewGaussianInputs returns the radius of the diffusion limit with the exact
// covariance of regression on standard normal inputs with independent targets
// of variance s² (Mori2022, Eqs. 4, 8), from the minimum to the loss c L*,
//
//	L = (s² + r²)/2,  a = -r,  g_r² = eta (s² + 2r²)/B,  g_t² = eta (s² + r²)/B
//
// For c -> infinity log T grows with log c at [GaussianInputsSlope].
func NewGaussianInputs(d int, learningRate, batchSize, noiseVariance, ratio float64) (RadialProcess, error) {
	err := model.CheckDomain("radial first passage of Gaussian inputs").
		AtLeast(1, "dimension d", d).
		Positive("learning rate eta", learningRate).
		Positive("batch size B", batchSize).
		Positive("noise variance s²", noiseVariance).
		Above(1, "loss ratio c", ratio).Err()
	s2, e := noiseVariance, learningRate/batchSize
	return RadialProcess{
		Dim: d, Radius: math.Sqrt(s2 * (ratio - 1)),
		Drift:           func(r float64) float64 { return -r },
		RadialNoise:     func(r float64) float64 { return e * (s2 + 2*r*r) },
		TangentialNoise: func(r float64) float64 { return e * (s2 + r*r) },
	}, err
}

// GaussianInputsSlope returns the limit of d log T/d log c of
// [NewGaussianInputs],
//
//	B/(2 eta) + 1/2 - (d-1)/4
//
// where the decoupled theory has B/eta + 1 - d/2. Source: closed form, Psi of
// the radius far out.
func GaussianInputsSlope(d int, learningRate, batchSize float64) float64 {
	return batchSize/(2*learningRate) + 0.5 - float64(d-1)/4
}
