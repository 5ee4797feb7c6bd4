package diffusion

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// order is the number of Gauss-Legendre nodes of a panel.
const order = 16

// legendre holds what every panel shares, on the reference interval [-1, 1].
var legendre = func() (l struct {
	x, w  [order]float64
	upTo  [order][order]float64    // int_{-1}^{x_i} of the interpolant is sum_j upTo[i][j] w_j f_j
	rise  [order][order]float64    // upTo[i][j] w_j
	halve [2][order][order]float64 // the value of the interpolant of f at node i of a half is sum_j halve[half][i][j] f_j
	tails [2][order]float64        // the last two Legendre coefficients of f are sum_j tails[k][j] f_j
}) {
	quad.Legendre{}.FixedLocations(l.x[:], l.w[:], -1, 1)
	// values[i][k] is P_k(x_i), by the three-term recurrence.
	var values [order][order + 1]float64
	for i, x := range l.x {
		values[i][0], values[i][1] = 1, x
		for k := 1; k < order; k++ {
			values[i][k+1] = (float64(2*k+1)*x*values[i][k] - float64(k)*values[i][k-1]) / float64(k+1)
		}
	}
	for i, x := range l.x {
		for j := range order {
			sum := (x + 1) / 2 // k = 0
			for k := 1; k < order; k++ {
				// int_{-1}^x P_k = (P_{k+1} - P_{k-1})/(2k+1)
				sum += values[j][k] * (values[i][k+1] - values[i][k-1]) / 2
			}
			l.upTo[i][j] = sum
			l.rise[i][j] = sum * l.w[j]
		}
	}
	for half := range l.halve {
		for i, x := range l.x {
			at := (x + float64(2*half-1)) / 2
			before, now := 1.0, at // P_0, P_1
			for j := range order {
				l.halve[half][i][j] = l.w[j] / 2 // k = 0
			}
			for k := 1; k < order; k++ {
				for j := range order {
					l.halve[half][i][j] += float64(2*k+1) / 2 * l.w[j] * values[j][k] * now
				}
				before, now = now, (float64(2*k+1)*at*now-float64(k)*before)/float64(k+1)
			}
		}
	}
	for row := range l.tails {
		k := order - 1 - row
		for j := range order {
			l.tails[row][j] = float64(2*k+1) / 2 * l.w[j] * values[j][k]
		}
	}
	return l
}()

// tail estimates what the interpolation of f on the nodes of a panel leaves out.
func tail(f *[order]float64) float64 {
	var c [2]float64
	for row := range c {
		for j, v := range f {
			c[row] += legendre.tails[row][j] * v
		}
	}
	return math.Abs(c[0]) + math.Abs(c[1])
}

// A coordinate maps the variable q, in which panels are cut, to x.
type coordinate struct {
	x, dx func(q float64) float64
}

var identity = coordinate{
	x:  func(q float64) float64 { return q },
	dx: func(float64) float64 { return 1 },
}

// stretched is x = center + width sinh(q): even near the center, logarithmic
// far out, where power laws become exponentials.
func stretched(center, width float64) coordinate {
	return coordinate{
		x:  func(q float64) float64 { return center + width*math.Sinh(q) },
		dx: func(q float64) float64 { return width * math.Cosh(q) },
	}
}

// logarithmic is x = exp(q), for a radius.
var logarithmic = coordinate{x: math.Exp, dx: math.Exp}

// A panel is the process on [lo, hi] of q.
type panel struct {
	lo, hi    float64
	xLo, xHi  float64
	x         [order]float64
	weight    [order]float64 // of an integral over x
	logNoise  [order]float64 // log(2/g²)
	rise      [order]float64 // Psi(x_i) - Psi(xLo)
	riseAll   float64        // Psi(xHi) - Psi(xLo)
	worst     float64        // largest tail, relative to the tolerance: resolved when <= 1
	variation float64        // bound on the change of Psi
}

const (
	shapeTolerance = 1e-12 // of Psi, absolute
	valueTolerance = 1e-8  // of s and m, relative to their largest value in the panel
)

// newPanel evaluates the process on the panel; a bad value is returned as the
// point and ok = false.
func newPanel(p Process, c coordinate, lo, hi float64) (pan panel, badAt float64, ok bool) {
	pan.lo, pan.hi, pan.xLo, pan.xHi = lo, hi, c.x(lo), c.x(hi)
	half := (hi - lo) / 2
	var slope, scale, speed [order]float64
	steepest := 0.0
	for i, z := range legendre.x {
		q := lo + half*(1+z)
		x, dx := c.x(q), c.dx(q)
		a, g2 := p.Drift(x), p.Noise(x)
		if !(g2 > 0) || math.IsInf(g2, 1) || math.IsNaN(a) || math.IsInf(a, 0) {
			return pan, x, false
		}
		pan.x[i] = x
		pan.weight[i] = legendre.w[i] * half * dx
		pan.logNoise[i] = math.Log(2 / g2)
		slope[i] = 2 * a / g2 * dx
		steepest = max(steepest, math.Abs(slope[i]))
	}
	for i := range order {
		sum := 0.0
		for j, c := range &legendre.rise[i] {
			sum += c * slope[j]
		}
		pan.rise[i] = half * sum
		pan.riseAll += half * legendre.w[i] * slope[i]
	}
	pan.variation = 2 * half * steepest
	pan.worst = half * tail(&slope) / (shapeTolerance * max(1, pan.variation))
	if pan.variation > 50 {
		pan.worst = math.Inf(1) // the exponentials cannot be resolved
		return pan, 0, true
	}
	top := 0.0
	for i := range order {
		dx := pan.weight[i] / legendre.w[i]
		scale[i] = math.Exp(-pan.rise[i]) * dx
		speed[i] = math.Exp(pan.rise[i]+pan.logNoise[i]-pan.logNoise[0]) * dx
		top = max(top, scale[i])
	}
	pan.worst = max(pan.worst, tail(&scale)/(valueTolerance*top))
	top = 0
	for _, v := range speed {
		top = max(top, v)
	}
	pan.worst = max(pan.worst, tail(&speed)/(valueTolerance*top))
	return pan, 0, true
}
