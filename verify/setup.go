package verify

import (
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/theory/firstpassage"
)

// A Setup is an escape problem of one's own,
//
//	d theta = -grad L dt + sqrt(eta Sigma(theta)) dW            (Mori2022, Eq. 4)
//
// from the minimum over the saddle to the minimum beyond, or through the loss
// threshold c L*. The landscape may be of the catalogue, or any loss through
// [landscape.NewFunc] or [landscape.FromProblem] with [landscape.WithPassage] or
// [landscape.WithMinimum], which check the critical points.
type Setup struct {
	Landscape    landscape.Valley // a [landscape.Passage] unless LossRatio is set
	Noise        noise.Model      // Sigma, per minibatch
	LearningRate float64          // eta > 0
	LossRatio    float64          // c > 1: exit at L = c L*; 0: beyond the saddle
	// Dt is the step in t; 0 stands for 0.01/h, where h is the largest curvature,
	// up or down, at the minimum, the saddle and the minimum beyond: a hundredth of
	// the shortest relaxation time; or for what is shorter of two: a fiftieth of the
	// time in which the noise at the minimum alone lifts the loss to c L*, which is so
	// for c - 1 < eta h/(2B) with the noise of Eq. 6; and a fiftieth, for an exit over a
	// saddle a twentieth, of the relaxation time where the loss is stiffest around the
	// minimum, up to the loss at the exit. That is a cautious choice for a landscape
	// about which nothing else is known. Before a threshold the rate is too high by h dt/2
	// times the barrier of log L over T, in first order of the step; the default is
	// short enough to leave 3 % of that. The steps of a run are its time over Dt, so a
	// Dt of one's own decides how far a budget of steps reaches: in the double
	// well of the catalogue (T = 0.32) the rate is right to 2 % up to Dt = 0.16/h and
	// some 4 % too high at 0.32/h, at a sixteenth and a thirtieth of the cost. State
	// one, then halve it: the verdict must not move. Not used with Process.
	Dt float64
	// Process is a simulator to use in place of Euler-Maruyama, with its own
	// step; nil for none.
	Process escape.Process
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field, or the critical point at which the noise is not a covariance
// ([noise.Check]).
func (s Setup) Validate() error {
	hasLandscape, hasNoise, hasProcess := !absent(s.Landscape), !absent(s.Noise), !absent(s.Process)
	d := model.CheckDomain("setup").
		That(hasLandscape, "landscape L", "nil", "a landscape with a minimum"+constructorError).
		That(hasNoise || hasProcess, "noise Sigma", "nil", "a noise model"+constructorError).
		Positive("learning rate eta", s.LearningRate).
		NonNegative("step dt", s.Dt)
	if s.LossRatio != 0 {
		d.Above(1, "loss ratio c", s.LossRatio)
	} else if hasLandscape {
		_, ok := s.Landscape.(landscape.Passage)
		d.That(ok, "landscape L", "without a saddle", "a landscape.Passage, or a loss ratio c")
	}
	if hasLandscape && hasNoise {
		d.That(s.Noise.Dim() == s.Landscape.Dim(), "dimension of the noise Sigma", s.Noise.Dim(), "that of the landscape")
	}
	if hasLandscape && hasProcess {
		d.That(s.Process.Dim() == s.Landscape.Dim(), "dimension of the process", s.Process.Dim(), "that of the landscape")
	}
	if d.Err() == nil && hasLandscape && hasNoise {
		s.checkNoise(d)
	}
	return d.Err()
}

// checkNoise refuses noise that is no covariance at a critical point.
func (s Setup) checkNoise(d *model.Domain) {
	d.Include(noise.Check(s.Noise, "minimum theta*", s.Landscape.Minimum()))
	if d.Err() == nil && absent(s.Process) {
		sigma := mat.NewSymDense(s.Landscape.Dim(), nil)
		s.Noise.Covariance(sigma, s.Landscape.Minimum())
		d.That(mat.Norm(sigma, 1) > 0, "noise Sigma at the minimum theta*", "zero", "some: runs that start there never leave")
	}
	if p, ok := s.Landscape.(landscape.Passage); ok && s.LossRatio == 0 && d.Err() == nil {
		d.Include(noise.Check(s.Noise, "saddle theta^s", p.Saddle()))
		if d.Err() == nil {
			d.Include(noise.Check(s.Noise, "minimum beyond", p.Beyond()))
		}
	}
}

// ensemble returns the runs, without horizon, replicas and seed.
func (s Setup) ensemble() (escape.Ensemble, error) {
	if err := s.Validate(); err != nil {
		return escape.Ensemble{}, err
	}
	process := s.Process
	if absent(process) {
		euler, err := sde.New(sde.Config{Landscape: s.Landscape, Noise: s.Noise, LearningRate: s.LearningRate, Dt: s.step()})
		if err != nil {
			return escape.Ensemble{}, err
		}
		process = euler
	}
	if p, ok := process.(*sde.Process); ok {
		if err := p.CheckStep(s.Landscape.Minimum()); err != nil {
			return escape.Ensemble{}, err
		}
		if err := p.CheckBlock(s.wayOut()); err != nil {
			return escape.Ensemble{}, err
		}
	}
	return escape.Ensemble{Process: process, Start: s.Landscape.Minimum(), Exit: s.exit()}, nil
}

// wayOut returns points on the way: from the minimum over the saddle to the
// minimum beyond, or away from the minimum to both sides along every coordinate.
func (s Setup) wayOut() [][]float64 {
	minimum := s.Landscape.Minimum()
	points := [][]float64{minimum}
	if p, ok := s.Landscape.(landscape.Passage); ok && s.LossRatio == 0 {
		const pieces = 4
		for _, leg := range [][2][]float64{{minimum, p.Saddle()}, {p.Saddle(), p.Beyond()}} {
			for k := range pieces {
				point := make([]float64, len(minimum))
				for i, x := range leg[0] {
					point[i] = x + (leg[1][i]-x)*float64(k+1)/pieces
				}
				points = append(points, point)
			}
		}
		return points
	}
	far := math.Sqrt(s.Landscape.Loss(minimum) / s.stiffness()) // where L is some 3/2 L*
	for i := range minimum {
		for _, step := range []float64{-far, far} {
			point := append([]float64(nil), minimum...)
			point[i] += step
			points = append(points, point)
		}
	}
	return points
}

// exit is the loss threshold, or the plane through the minimum beyond, at right
// angles to the way from the saddle.
func (s Setup) exit() escape.Rule {
	if s.LossRatio != 0 {
		return escape.LossAbove(s.LossRatio * s.Landscape.Loss(s.Landscape.Minimum()))
	}
	p := s.Landscape.(landscape.Passage)
	beyond, saddle, offset := p.Beyond(), p.Saddle(), 0.0
	normal := make([]float64, len(beyond)) // not in beyond, which may be the landscape's own
	for i, x := range beyond {
		normal[i] = x - saddle[i]
		offset += normal[i] * x
	}
	return escape.BeyondPlane(normal, offset)
}

// timePerStep is what a unit of the process's clock is worth in t near the
// minimum: 1, or 1/L* in internal time.
func (s Setup) timePerStep() float64 {
	if !absent(s.Process) && s.Process.InLogTime() {
		return 1 / s.Landscape.Loss(s.Landscape.Minimum())
	}
	return 1
}

// stiffness is the largest curvature, up or down, at the critical points.
func (s Setup) stiffness() float64 {
	points := [][]float64{s.Landscape.Minimum()}
	if p, ok := s.Landscape.(landscape.Passage); ok {
		points = append(points, p.Saddle(), p.Beyond())
	}
	largest := 0.0
	for _, theta := range points {
		eigenvalues := landscape.Spectrum(s.Landscape, theta)
		largest = math.Max(largest, math.Max(-eigenvalues[0], eigenvalues[len(eigenvalues)-1]))
	}
	return largest
}

// slowness is the smallest curvature at the minimum.
func (s Setup) slowness() float64 { return landscape.Spectrum(s.Landscape, s.Landscape.Minimum())[0] }

// Exact returns the law that the setup obeys exactly, in one dimension: 1/MFPT
// by quadrature of the diffusion. An error wraps [model.ErrDomain] when the
// landscape has more dimensions.
func (s Setup) Exact() (RateLaw, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	err := model.CheckDomain("exact law").
		That(s.Landscape.Dim() == 1, "number of parameters n", s.Landscape.Dim(), "1").
		That(!absent(s.Noise), "noise Sigma", "nil", "a noise model").Err()
	if err != nil {
		return nil, err
	}
	var passage firstpassage.OneD
	if s.LossRatio != 0 {
		passage, err = firstpassage.NewThreshold(s.Landscape, s.Noise, s.LearningRate, s.LossRatio)
	} else {
		passage, err = firstpassage.NewPassage(s.Landscape, s.Noise, s.LearningRate, s.Landscape.(landscape.Passage).Beyond())
	}
	if err != nil {
		return nil, err
	}
	exit, err := passage.Solve()
	if err != nil {
		return nil, err
	}
	return logRate(-exit.LogMeanTime()), nil
}

// logRate is a law by its logarithm.
type logRate float64

func (l logRate) LogEscapeRate() float64 { return float64(l) }

// EscapeRate returns kappa.
func (l logRate) EscapeRate() float64 { return math.Exp(float64(l)) }

// MinimumHessian returns H*, the Hessian of a valley at its minimum, which
// [noise.NewLossProportional] and the power laws ask for. Of no landscape, nil,
// it is the empty matrix, which they refuse.
func MinimumHessian(l landscape.Valley) *mat.SymDense {
	if absent(l) {
		return new(mat.SymDense)
	}
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, l.Minimum())
	return h
}

// constructorError ends what is said of a value that is nil.
const constructorError = " (nil is what a constructor returns beside its error)"

// absent reports whether x is nil, or a nil pointer or function in an interface,
// which is what a constructor returns beside its error.
func absent(x any) bool {
	switch v := reflect.ValueOf(x); v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func:
		return v.IsNil()
	}
	return false
}

func (c Trial) orDefault() Trial {
	if c.Alpha == 0 {
		c.Alpha = trialAlpha
	}
	if c.Steps == 0 {
		c.Steps = trialSteps
	}
	if c.Replicas == 0 {
		c.Replicas = trialReplicas
	}
	return c
}

func checkTrial(c Trial, kappa float64, band Band) error {
	return model.CheckDomain("trial").
		That(c.Alpha > 0 && c.Alpha < 1, "alpha", c.Alpha, "a number between 0 and 1").
		Positive("number of steps", c.Steps).
		AtLeast(1, "number of replicas", c.Replicas).
		Positive("predicted rate kappa", kappa).
		That(band.Low < band.High, "band", band, "low < high").
		That(band.Low > -1 || math.IsInf(band.Low, -1), "band", band,
			"a lower edge above -1, which no simulated rate is below: a band is of simulated/predicted - 1, and Within(0.05) is 5 %").Err()
}

// A watch is for how long each run is watched.
type watch struct {
	horizon   model.Time
	allowance float64 // factor by which the rate may be higher than exits over exposure
	// wholeSteps is the budget with which the runs of a batch could be watched to
	// the end; 0 when they are.
	wholeSteps float64
}

// plan returns for how long each run is watched. A law that makes escapes too
// rare for the budget is given a shorter watch: too few exits confirm nothing, but
// many would refute it. Watched to the end the runs give 1/MFPT; cut short they
// give less, because none leaves while the population settles.
func (c Trial) plan(dt, kappa, settling float64) (watch, error) {
	transient := trialTransient * settling
	whole := math.Max(trialHorizon/kappa, transient)
	affordable := c.Steps * dt / float64(c.Replicas)
	err := model.CheckDomain("trial").That(affordable >= transient, "number of steps", c.Steps,
		fmt.Sprintf("%.3g or more, to watch every run of a batch for t = %.3g, %d relaxation times, or times to a threshold that is nearer", c.Steps*transient/affordable, transient, trialTransient)).Err()
	if affordable >= whole {
		return watch{horizon: model.Time(whole), allowance: 1}, err
	}
	return watch{horizon: model.Time(affordable), allowance: affordable / (affordable - trialSettling*settling),
		wholeSteps: c.Steps * whole / affordable}, err
}
