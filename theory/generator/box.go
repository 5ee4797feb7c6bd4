package generator

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// A box fixes everything about a grid but its fineness: the maps from uniform
// coordinates xi, rho to x, r, and how far they reach.
//
//	x = mid + a sinh(xi),  r = b sinh(rho)
//
// Spacing grows with the distance from the passage, so that power-law tails cost
// a logarithm. The planes left and right are nodes of every grid; cells in rho
// are centred, so that the axis is a face, on which the flux vanishes.
type box struct {
	left, right float64 // x of the two anchored planes
	mid, a      float64
	b           float64
	xiAnchor    float64 // the planes are at xi = -xiAnchor and +xiAnchor
	between     int     // intervals between the planes on the coarsest grid
	beyondLeft  int     // intervals to the left of the left plane
	rhoStep     float64
	radial      int // cells in rho; 1 when n = 1
	grids       int // nested grids, each twice as fine as the one before
	capped      bool
}

func (b box) x(xi float64) float64  { return b.mid + b.a*math.Sinh(xi) }
func (b box) dx(xi float64) float64 { return b.a * math.Cosh(xi) }
func (b box) r(rho float64) float64 { return b.b * math.Sinh(rho) }
func (b box) dr(rho float64) float64 {
	return b.b * math.Cosh(rho)
}

const (
	scanStep = 0.02  // step in log r of the scans that place the box
	maxReach = 25.0  // largest xi or rho: a factor exp(25) from the axis
	maxCells = 20000 // along one direction of the coarsest grid, between the planes or in rho
)

// box places the grid between the planes x = left and x = right.
func (p Axisymmetric) box(left, right float64, o Options) (box, error) {
	b := box{left: left, right: right, mid: (left + right) / 2, a: (right - left) / 2, xiAnchor: math.Asinh(1), radial: 1, b: 1, rhoStep: 1}
	length := right - left

	// Spacing along the axis from the thermal lengths sqrt(T/|U''|) at the planes
	// and at a saddle between them: what crosses it decides, however rare it is.
	sigma := length
	stations := []float64{left, right}
	if left < p.Saddle && p.Saddle < right {
		stations = append(stations, p.Saddle)
	}
	for _, x := range stations {
		e := 1e-3 * length
		curvature := (p.Potential(x+e, 0) - 2*p.Potential(x, 0) + p.Potential(x-e, 0)) / (e * e)
		if s := math.Sqrt(p.Temperature / math.Abs(curvature)); s < sigma {
			sigma = s
		}
	}
	step := math.Min(0.25, sigma*math.Sqrt2/length) / o.Resolution
	between := math.Ceil(2 * b.xiAnchor / step)
	if !(between <= maxCells) { // before it is a whole number, which may overflow
		return b, model.CheckDomain("axisymmetric problem").
			That(false, "temperature T", p.Temperature, "a thermal length that a grid can resolve").Err()
	}

	b.between = int(between)

	logTail := math.Log(o.Tail)
	if p.Dim > 1 {
		peak, width, reach := math.Inf(1), math.Inf(1), 0.0
		for _, x := range stations {
			at, w, far, ok := p.profile(x, length, logTail)
			if !ok {
				return b, model.CheckDomain("axisymmetric problem").
					That(false, "temperature T", p.Temperature, "a value at which the stationary density r^(n-2) exp(-U/T)/a can be normalised (Mori2022, Eq. 19)").Err()
			}
			peak, width, reach = math.Min(peak, at), math.Min(width, w), math.Max(reach, far)
		}
		b.b = peak
		// d rho/d log r = tanh(rho) is 1/sqrt(2) at r = b.
		b.rhoStep = math.Min(0.35, width/math.Sqrt2) / o.Resolution
		rho := math.Asinh(reach / b.b)
		if rho > maxReach {
			rho, b.capped = maxReach, true
		}
		radial := math.Ceil(rho / b.rhoStep)
		if !(radial <= maxCells) {
			return b, model.CheckDomain("axisymmetric problem").
				That(false, "temperature T", p.Temperature, "a width of the density across the axis that a grid can resolve").Err()
		}
		b.radial = int(radial)
	}
	p.reachLeft(&b, logTail)
	return b, p.chooseGrids(&b, o)
}

// The work of a solution is the number of multiplications on its finest grid;
// 1e9 take about half a second. The third grid is sixteen times the work of the
// second.
const (
	thirdGridWork = 5e9  // up to which three grids are the default
	defaultWork   = 2e10 // up to which two are
	maxWork       = 1e12 // whatever was asked for
	maxCouplings  = 5e8  // numbers kept, 4 GB
)

// chooseGrids sets the number of nested grids, or refuses a box that is more
// work than can be done.
func (p Axisymmetric) chooseGrids(b *box, o Options) error {
	cost := func(grids int) (couplings, work float64) {
		refine := float64(int(1) << (grids - 1))
		nx, nr := refine*float64(b.between+b.beyondLeft), 1.0
		if p.Dim > 1 {
			nr = refine * float64(b.radial)
		}
		band := math.Min(nx, nr)
		return nx * nr * band, nx * nr * band * band
	}
	limit := float64(maxWork)
	b.grids = o.Grids
	if o.Grids == 0 {
		b.grids, limit = 3, defaultWork
		if _, work := cost(3); work > thirdGridWork {
			b.grids = 2
		}
	}
	couplings, work := cost(b.grids)
	return model.CheckDomain("axisymmetric problem").
		That(work <= limit && couplings <= maxCouplings, "temperature T", p.Temperature,
			fmt.Sprintf("one at which the tails of the density and its width take a grid that can be solved: %d times %d cells are too many", b.between+b.beyondLeft, b.radial)).Err()
}

// logDensity is the logarithm of the stationary density per unit of log r (per
// unit of x alone when n = 1), up to a constant.
func (p Axisymmetric) logDensity(x, r float64) float64 {
	s := -p.Potential(x, r)/p.Temperature - math.Log(p.Speed(x, r))
	if p.Dim > 1 {
		s += float64(p.Dim-1) * math.Log(r)
	}
	return s
}

// profile scans the density of log r at fixed x: the place of its first peak, its
// width there, and the r beyond which it stays below the tail.
func (p Axisymmetric) profile(x, length, logTail float64) (peak, width, reach float64, ok bool) {
	at := func(k int) (r, v float64) {
		r = length * math.Exp(scanStep*float64(k))
		return r, p.logDensity(x, r)
	}
	const low, high = -900, 1400 // r from 1.5e-8 to 1.4e12 lengths
	_, v0 := at(low)
	_, v1 := at(low + 1)
	for k := low + 2; k < high; k++ {
		r2, v2 := at(k)
		if v1 >= v0 && v1 >= v2 {
			curvature := (v0 - 2*v1 + v2) / (scanStep * scanStep)
			peak, width = r2*math.Exp(-scanStep), math.Sqrt(1/math.Max(-curvature, 1e-2))
			top := v1
			reach = math.Inf(1)
			for ; k < high; k++ {
				r, v := at(k)
				if v < top+logTail {
					reach = r
					break
				}
			}
			return peak, width, reach, true
		}
		v0, v1 = v1, v2
	}
	return 0, 0, 0, false
}

// reachLeft extends the box to the left of the left plane until the density is
// below the tail at every r.
func (p Axisymmetric) reachLeft(b *box, logTail float64) {
	step := 2 * b.xiAnchor / float64(b.between)
	column := func(xi float64) float64 {
		top := math.Inf(-1)
		for j := range b.radial {
			r := b.r((float64(j) + 0.5) * b.rhoStep)
			top = math.Max(top, p.logDensity(b.x(xi), r)+math.Log(b.dx(xi)))
		}
		return top
	}
	// The well left of the exit is the measure of all mass; a deeper one beyond the
	// exit plays no part.
	reference := column(-b.xiAnchor)
	for b.beyondLeft = 1; ; b.beyondLeft++ {
		xi := b.xiAnchor + float64(b.beyondLeft)*step
		if column(-xi) < reference+logTail {
			return
		}
		if xi > maxReach {
			b.capped = true
			return
		}
	}
}

// enlarged returns the box with both reaches increased by a quarter.
func (b box) enlarged() box {
	b.beyondLeft += (b.beyondLeft + 3) / 4
	if b.radial > 1 {
		b.radial += (b.radial + 3) / 4
	}
	return b
}
