package firstpassage

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"sgdescape/theory/diffusion"
)

// modes is a survival function as a sum over the modes of a Krylov space, with an
// estimate of its error. Times are in units of exp(scale).
type modes struct {
	scale    float64
	times    []float64   // 1/lambda_j, descending
	share    []float64   // survival from the start is sum_j share_j exp(-t/times_j)
	basis    [][]float64 // of the Krylov space, at the nodes
	vectors  [][]float64 // the modes in that basis
	norm     float64     // of the constant function 1, norm times the first of the basis
	eigenErr float64     // relative change of lambda_1 from the Krylov space before

	sums   []float64 // at survivalTimes
	errors []float64 // of S there
	err    float64   // largest error from the time from on
	early  float64   // before this time S is only known to lie between its value there and 1
	from   float64   // before this time S is not known; 0 when it is at all times
}

const (
	survivalTolerance = 1e-5
	survivalTarget    = 1e-9 // error at which the work ends
	survivalSafety    = 10   // of the error estimate over the change between two sizes of the space
	residualSafety    = 3    // of the error estimate over the residual
	maxSplits         = 12   // of the mesh
	finestNodes       = 3000 // no mesh beyond this is split
	earliest          = 1e-3 // times are resolved from this share of the mean time on
	latest            = 30   // up to this one
	latestResidual    = 3    // beyond it the residual only falls
	timesCompared     = 40
)

// survivalTimes are the times, in units of the mean, at which the error of the
// survival function is estimated.
var survivalTimes = func() (times []float64) {
	for i := range timesCompared {
		times = append(times, earliest*math.Pow(latest/earliest, float64(i)/(timesCompared-1)))
	}
	return times
}()

// sum is the sum over modes.
func (s *modes) sum(t float64) float64 {
	sum := 0.0
	for j, share := range s.share {
		sum += share * math.Exp(-t/s.times[j])
	}
	return sum
}

// survival is the survival function.
func (s *modes) survival(t float64) float64 { return math.Min(math.Max(s.sum(t), 0), 1) }

// principal returns the slowest mode at the nodes, positive.
func (s *modes) principal() []float64 {
	y := make([]float64, len(s.basis[0]))
	sign := math.Copysign(1, s.vectors[0][0])
	for i, v := range s.basis {
		floats.AddScaled(y, sign*s.vectors[0][i], v)
	}
	return y
}

// compare estimates the error of the survival function from a smaller Krylov
// space and from what no survival function does: leave [0, 1], or rise. Sums are
// compared as they are; cut to [0, 1] two wrong ones may agree.
func (s *modes) compare(other *modes, unit float64) {
	s.errors, s.sums = make([]float64, len(survivalTimes)), make([]float64, len(survivalTimes))
	for i, t := range survivalTimes {
		s.sums[i] = s.sum(t * unit)
	}
	s.eigenErr = math.Inf(1)
	if other != nil {
		s.eigenErr = math.Abs(s.times[0]/other.times[0] - 1)
	}
	later := 0.0
	for i := len(survivalTimes) - 1; i >= 0; i-- {
		if s.errors[i] = math.Inf(1); other == nil {
			continue
		}
		now := s.sums[i]
		impossible := math.Max(math.Max(-now, now-1), later-now)
		s.errors[i] = math.Max(math.Max(s.eigenErr, impossible), survivalSafety*math.Abs(now-other.sums[i]))
		later = now
	}
	s.resolve(unit)
}

// resolve chooses the first resolved time. The error stated is the largest at it
// and at later times. S before it lies between its value there and 1: the time is
// the one at which the larger of both errors is least. If that is too large, S is
// not known before the first time from which on its error is not.
func (s *modes) resolve(unit float64) {
	s.err, s.early, s.from = math.Inf(1), latest*unit, 0
	worst, tolerated, from := 0.0, math.Inf(1), math.Inf(1)
	for i := len(survivalTimes) - 1; i >= 0; i-- {
		t := survivalTimes[i] * unit
		worst = math.Max(worst, s.errors[i])
		if worst <= survivalTolerance {
			tolerated, from = worst, t
		}
		bound := worst
		if i > 0 {
			bound = math.Max(worst, 1-s.sums[i])
		}
		if bound <= s.err {
			s.err, s.early = bound, t
		}
	}
	if !(s.err <= survivalTolerance) {
		s.err, s.early, s.from = tolerated, from, from
	}
}

// resolved reports that no better survival function is asked for.
func (s *modes) resolved() bool { return s.from == 0 && s.err < survivalTarget }

// better reports that s is known from an earlier time on than other, or from the
// same to a smaller error.
func (s *modes) better(other *modes) bool {
	if s.from*math.Exp(s.scale-other.scale) == other.from {
		return s.err < other.err
	}
	return math.Log(s.from)+s.scale < math.Log(other.from)+other.scale
}

// survivalModes checks the modes against the equation that they solve, and repeats
// Lanczos on meshes that are finer where the check fails for their sake.
func (d discretised) survivalModes(first *modes, logMean float64) *modes {
	now, best := first, first
	for split := 0; ; split++ {
		unit := math.Exp(logMean - d.green.Scale)
		where, some := d.check(now, unit)
		if now != first && now.better(best) {
			best = now
		}
		if now.resolved() || !some || split == maxSplits || len(d.mesh.X) > finestNodes {
			return best
		}
		next, err := d.split(where)
		if err != nil {
			return best
		}
		d = next
		if _, now = d.lanczos(math.Exp(logMean - d.green.Scale)); now == nil {
			return best
		}
	}
}

// split returns the generator on the mesh with some panels halved.
func (d discretised) split(where []bool) (discretised, error) {
	next := discretised{lower: d.lower, upper: d.upper}
	var err error
	if next.mesh, err = d.mesh.Split(where); err != nil {
		return next, err
	}
	if next.green, err = diffusion.NewGreen(next.mesh, d.lower, d.upper); err != nil {
		return next, err
	}
	if next.fine, err = next.mesh.Refined(); err != nil {
		return next, err
	}
	next.fineGreen, err = diffusion.NewGreen(next.fine, d.lower, d.upper)
	return next, err
}

// check adds to the error of the survival function u(x, t) = sum over modes how
// far it misses its equation,
//
//	G du/dt + u = 0,  u(x, 0) = 1                                  (Karlin1981)
//
// in the maximum over the mesh with every panel halved. Two Krylov spaces may agree
// where neither mesh nor space resolves u; the residual is large there. The error
// of u is made of residuals at earlier times, on which exp(-t/G) acts, a contraction in
// the maximum norm under which what is not resolved dies fast: an estimate, no bound,
// which closed forms keep by a wide margin.
//
// It returns the panels in which the mesh is to blame, which are those where the
// residual changes when panels are halved.
func (d discretised) check(s *modes, unit float64) (where []bool, some bool) {
	where = make([]bool, len(d.mesh.EdgeX)-1)
	perPanel := len(d.fine.X) / len(where)
	r := newResidual(&d)
	if r.glance(s, unit) {
		return where, false
	}
	worst := 0.0
	for i := len(survivalTimes) - 1; i >= 0; i-- {
		t := survivalTimes[i] * unit
		if survivalTimes[i] > latestResidual {
			continue
		}
		if t < s.early || !(worst <= 1) {
			s.errors[i] = math.Inf(1) // not needed, or hopeless
			continue
		}
		found := residualSafety * r.at(s, t)
		s.errors[i] = math.Max(s.errors[i], found)
		worst = math.Max(worst, s.errors[i])
		if !(worst > survivalTarget) || s.sums[i] > 1-survivalTarget {
			continue // resolved, or to be replaced by 1
		}
		for j, change := range r.ofMesh() {
			if math.Abs(change) > survivalTarget/(2*residualSafety) {
				where[j/perPanel], some = true, true
			}
		}
	}
	s.resolve(unit)
	return where, some
}

// residual evaluates G du/dt + u.
type residual struct {
	d        *discretised
	u, slope []float64 // u and du/dt at the nodes
	edges    []float64

	fine, fineSlope, onFine []float64 // at the nodes of the fine mesh
	fineEdges               []float64
	ratio                   float64 // of the unit of the fine Green function to the other
}

func newResidual(d *discretised) *residual {
	n, fine := len(d.mesh.X), len(d.fine.X)
	return &residual{
		d: d, u: make([]float64, n), slope: make([]float64, n), edges: make([]float64, len(d.mesh.EdgeX)),
		fine: make([]float64, fine), fineSlope: make([]float64, fine), onFine: make([]float64, fine),
		fineEdges: make([]float64, len(d.fine.EdgeX)), ratio: math.Exp(d.fineGreen.Scale - d.green.Scale),
	}
}

// glance reports that the residual is below the target at a few of the times, from the
// first that matters. As it falls with time, no others are looked at then.
func (r *residual) glance(s *modes, unit float64) bool {
	if !s.resolved() {
		return false
	}
	const every = 8
	next := 0
	for i, at := range survivalTimes {
		if t := at * unit; t < s.early || at > latestResidual || i < next {
			continue
		}
		next = i + every
		found := residualSafety * r.at(s, at*unit)
		if !(found < survivalTarget) {
			return false
		}
		s.err = math.Max(s.err, found)
	}
	return true
}

// at returns the largest residual at time t, and keeps those at all nodes.
func (r *residual) at(s *modes, t float64) float64 {
	inBasis, slopeInBasis := make([]float64, len(s.basis)), make([]float64, len(s.basis))
	for j, vector := range s.vectors {
		c := vector[0] * s.norm * math.Exp(-t/s.times[j])
		for i, v := range vector {
			inBasis[i] += c * v
			slopeInBasis[i] -= c / s.times[j] * v
		}
	}
	clear(r.u)
	clear(r.slope)
	for i := range inBasis {
		floats.AddScaled(r.u, inBasis[i], s.basis[i])
		floats.AddScaled(r.slope, slopeInBasis[i], s.basis[i])
	}
	r.d.mesh.Refine(r.fine, r.u)
	r.d.mesh.Refine(r.fineSlope, r.slope)
	r.d.fineGreen.Apply(r.onFine, r.fineEdges, r.fineSlope)
	largest := 0.0
	for i, u := range r.fine {
		r.onFine[i] = r.onFine[i]*r.ratio + u
		largest = math.Max(largest, math.Abs(r.onFine[i]))
	}
	return largest
}

// ofMesh returns how much the residual, kept at the nodes of the fine mesh, differs
// from that on the mesh itself.
func (r *residual) ofMesh() []float64 {
	onMesh := make([]float64, len(r.u))
	r.d.green.Apply(onMesh, r.edges, r.slope)
	floats.Add(onMesh, r.u)
	change := make([]float64, len(r.fine))
	r.d.mesh.Refine(change, onMesh)
	floats.SubTo(change, r.onFine, change)
	return change
}
