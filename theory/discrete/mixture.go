package discrete

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// mixtureChain draws b moments a step, independently unless drawn is set.
type mixtureChain struct {
	eta, edge float64
	one       []moment
	b         int
	shrink    float64 // standard deviation of the mean of b moments over that of independent ones
	drawn     *subset // how they are drawn without replacement
	near      float64 // |theta - theta*| from which the law of a step changes
}

// withoutReplacement returns the chain whose b moments, all equally likely, are
// different ones (Mori2022, Eq. 8).
func (c mixtureChain) withoutReplacement() mixtureChain {
	n := len(c.one)
	c.shrink = math.Sqrt(float64(n-c.b) / float64(n-1))
	c.drawn = newSubset(n, c.b)
	return c
}

func (c mixtureChain) interval() (float64, float64) { return -c.edge, c.edge }

func (c mixtureChain) finest() [2]float64 {
	_, low := c.jump(-c.edge)
	_, high := c.jump(c.edge)
	return [2]float64{low / 50, high / 50}
}

func (c mixtureChain) core() focus { return focus{0, c.near} }

// jump returns the mean and the standard deviation of eta times the minibatch
// gradient at z.
func (c mixtureChain) jump(z float64) (mean, sd float64) {
	for _, m := range c.one {
		mean += m.weight * (m.a*z - m.b)
	}
	for _, m := range c.one {
		g := m.a*z - m.b - mean
		sd += m.weight * g * g
	}
	return c.eta * mean, c.eta * c.shrink * math.Sqrt(sd/float64(c.b))
}

// roughness: as many points as a tenth of a second or so pays for.
func (c mixtureChain) roughness() int {
	if c.b > 1 {
		return 2
	}
	return min(max(100000/len(c.one), 3), 16)
}

// compare: the jumps of T lie among the nodes of a mesh by chance; when few moments
// make them large, two meshes can agree where both are wrong.
func (c mixtureChain) compare(s Settings) (others []resolution, factor float64) {
	if c.b > 1 || len(c.one) > 1000 {
		return nil, 2
	}
	other := func(sixths int, widen float64) resolution {
		return resolution{Settings{Order: min(24, max(3, s.Order*sixths/6)), Nodes: s.Nodes}, widen}
	}
	factor = 2
	if len(c.one) <= 16 {
		factor = 4
	}
	return []resolution{other(5, 3), other(7, 3), other(8, 1)}, factor
}

// perDeviation is the number of points of the grid in a standard deviation of a
// step. What they lack falls with the third power of it, where that of a Gaussian
// quadrature falls exponentially with the nodes. So that the distance to the coarser
// resolution, which has 7/8 of the nodes, still exceeds the error, the number is
// quadratic in them: 32 or 24.5.
func perDeviation(s Settings) float64 { return float64(s.Nodes*s.Nodes) / 32 }

// mostPoints bounds the grid of a transform, which has most points at the minimum.
const mostPoints = 1 << 22

// points returns about how many points hold the interval twice over there.
func (c mixtureChain) points(s Settings) float64 {
	_, sd := c.jump(0)
	return 4 * c.edge / sd * perDeviation(s)
}

func (c mixtureChain) steps(s Settings) step {
	if c.b == 1 {
		return c.pointwise()
	}
	return func(z float64, emit func(next, weight float64)) {
		mean, sd := c.jump(z)
		c.convolved(z, mean, sd, perDeviation(s)).within(z-c.edge, z+c.edge, func(jump, weight float64) {
			emit(math.Max(-c.edge, math.Min(z-jump, c.edge)), weight)
		})
	}
}

func (c mixtureChain) below(s Settings, level float64) func(z float64) float64 {
	return func(z float64) float64 {
		sum := 0.0
		add := func(_, weight float64) { sum += weight }
		if c.b > 1 {
			mean, sd := c.jump(z)
			c.convolved(z, mean, sd, perDeviation(s)).within(z-level, z+c.edge, add)
			return sum
		}
		c.pointwise()(z, func(next, weight float64) {
			if next <= level {
				add(next, weight)
			}
		})
		return sum
	}
}

// A gridLaw is a law on equidistant points.
type gridLaw struct {
	first, spacing float64
	weights        []float64
}

// within calls emit with the points inside [low, high] and with weights that
// integrate a law which is smooth between the points. Where an end lies delta cells
// beyond the last point inside, m, the integral up to it is
//
//	sum_i g_i + (delta - 1/2) g_m + (delta²/2 - 1/12) (g_m - g_(m-1))
//
// up to the second difference (the formula of Euler and Maclaurin). Where there are
// too few points inside for that, cells of the grid are cut.
func (g gridLaw) within(low, high float64, emit func(next, weight float64)) {
	at := func(i int) float64 { return g.first + g.spacing*float64(i) }
	from := max(0, int(math.Ceil((low-g.first)/g.spacing)))
	to := min(len(g.weights)-1, int(math.Floor((high-g.first)/g.spacing)))
	if to-from < 3 {
		for i := max(0, from-1); i <= min(len(g.weights)-1, to+1); i++ {
			left, right := math.Max(at(i)-g.spacing/2, low), math.Min(at(i)+g.spacing/2, high)
			if left < right {
				emit((left+right)/2, g.weights[i]*(right-left)/g.spacing)
			}
		}
		return
	}
	below, above := (at(from)-low)/g.spacing, (high-at(to))/g.spacing
	for i := from; i <= to; i++ {
		weight := g.weights[i]
		switch i {
		case from:
			weight *= 0.5 + below + (below*below/2 - 1./12)
		case from + 1:
			weight *= 1 - (below*below/2 - 1./12)
		case to - 1:
			weight *= 1 - (above*above/2 - 1./12)
		case to:
			weight *= 0.5 + above + (above*above/2 - 1./12)
		}
		if math.Abs(weight) > negligible {
			emit(at(i), weight)
		}
	}
}

// pointwise sums the mixture point by point. Many points are first shared out
// between the two neighbours on a grid of 1/150 of the standard deviation of a
// step, which keeps the mean and adds at most 1/(4 150²) to the variance.
func (c mixtureChain) pointwise() step {
	_, sd := c.jump(0)
	wanted := math.Ceil(300 * c.edge / sd)
	if !(wanted <= float64(len(c.one)/2)) {
		return func(z float64, emit func(next, weight float64)) {
			for _, m := range c.one {
				if next := z - c.eta*(m.a*z-m.b); math.Abs(next) <= c.edge {
					emit(next, m.weight)
				}
			}
		}
	}
	cells := int(wanted)
	spacing := 2 * c.edge / float64(cells)
	return func(z float64, emit func(next, weight float64)) {
		shared := make([]float64, cells+2)
		for _, m := range c.one {
			next := z - c.eta*(m.a*z-m.b)
			if !(math.Abs(next) <= c.edge) {
				continue
			}
			x := (next + c.edge) / spacing
			i := min(int(x), cells)
			f := x - float64(i)
			shared[i] += m.weight * (1 - f)
			shared[i+1] += m.weight * f
		}
		for i, weight := range shared {
			if weight > 0 {
				emit(math.Min(spacing*float64(i)-c.edge, c.edge), weight)
			}
		}
	}
}

// convolved returns the law of eta times the minibatch gradient at z.
func (c mixtureChain) convolved(z, mean, sd, perDeviation float64) gridLaw {
	b := float64(c.b)
	part := func(m moment) float64 { // one sample's share, about the mean
		return (c.eta*(m.a*z-m.b) - mean) / b
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range c.one {
		low, high = math.Min(low, part(m)), math.Max(high, part(m))
	}
	spacing := sd / perDeviation
	// The transform is periodic. What it wraps round must land outside the
	// interval: the period holds the interval twice over and all of the sum, or
	// as much of it as is not astronomically rare.
	reach := math.Min(b*(high-low), math.Max(40*sd, 8*(high-low)))
	half := int(math.Ceil((2*c.edge + math.Abs(mean) + reach) / spacing))
	size := 1
	for size < 2*half+2 {
		size *= 2
	}
	shared := newOnGrid(size)
	for _, m := range c.one {
		shared.add(part(m)/spacing, m.weight)
	}
	fft := fourier.NewFFT(size)
	shared.transform = fft.Coefficients(nil, shared.law)
	wrapped := fft.Sequence(nil, c.sum(shared))
	law := gridLaw{first: mean - spacing*float64(size/2), spacing: spacing, weights: make([]float64, size)}
	for i := range law.weights {
		law.weights[i] = wrapped[(i+size/2)%size] / float64(size)
	}
	return law
}

// sum returns the Fourier coefficients of the law of the sum of b values.
func (c mixtureChain) sum(one *onGrid) []complex128 {
	all := make([]complex128, len(one.transform))
	for i, z := range one.transform {
		if c.drawn != nil {
			all[i] = c.drawn.characteristic(func(k int) complex128 { return one.mean(k * i) }, func() []complex128 { return one.each(i) })
			continue
		}
		power := complex(1, 0)
		for k := c.b; k > 0; k /= 2 {
			if k%2 == 1 {
				power *= z
			}
			z *= z
		}
		all[i] = power
	}
	return all
}

// onGrid is the law of one value on the points 0, ..., size-1 of a periodic grid,
// and its transform.
type onGrid struct {
	law       []float64
	at        []int     // the point next to every value
	beyond    []float64 // how far the value lies beyond it, f from -1/2 to 1/2
	transform []complex128
	turns     []complex128 // exp(-2 pi i l/size)
}

func newOnGrid(size int) *onGrid { return &onGrid{law: make([]float64, size)} }

// add shares a value among three points, by weights with the moments 1, f, f²: the
// mean and the variance of the law are exact.
func (g *onGrid) add(x, weight float64) {
	size, nearest := len(g.law), math.Round(x)
	f := x - nearest
	at := func(k float64) int { return (int(nearest+k)%size + size) % size }
	g.law[at(-1)] += weight * (f*f - f) / 2
	g.law[at(0)] += weight * (1 - f*f)
	g.law[at(1)] += weight * (f*f + f) / 2
	g.at, g.beyond = append(g.at, at(0)), append(g.beyond, f)
}

// mean returns the mean of the transforms of the values at the frequency i. They
// are periodic, and those at i and -i conjugate.
func (g *onGrid) mean(i int) complex128 {
	if i %= len(g.law); i < len(g.transform) {
		return g.transform[i]
	}
	return cmplx.Conj(g.transform[len(g.law)-i])
}

// each returns the transforms of the values at the frequency i.
func (g *onGrid) each(i int) []complex128 {
	size := len(g.law)
	if g.turns == nil {
		g.turns = make([]complex128, size)
		for l := range g.turns {
			g.turns[l] = cmplx.Rect(1, -2*math.Pi*float64(l)/float64(size))
		}
	}
	turn, out := g.turns[i], make([]complex128, len(g.at))
	for j, f := range g.beyond {
		out[j] = g.turns[g.at[j]*i%size] * complex(1-f*f*(1-real(turn)), f*imag(turn))
	}
	return out
}
