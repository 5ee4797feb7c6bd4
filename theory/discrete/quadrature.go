package discrete

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// A rule is a Gauss-Legendre rule on [-1, 1], kept so that it is computed once
// and mapped to many intervals.
type rule struct{ x, w []float64 }

// newRule returns the rule of n nodes, or of 27 for n = 26: there
// quad.Legendre of gonum 0.17 is wrong, with weights that add up to 1.979. The
// rules of all other n up to 200 are right.
func newRule(n int) rule {
	if n == 26 {
		n = 27
	}
	r := rule{make([]float64, n), make([]float64, n)}
	quad.Legendre{}.FixedLocations(r.x, r.w, -1, 1)
	return r
}

// each calls f with the nodes and weights of the rule on [lo, hi].
func (r rule) each(lo, hi float64, f func(x, w float64)) {
	half := (hi - lo) / 2
	for i := range r.x {
		f(lo+half*(1+r.x[i]), half*r.w[i])
	}
}

// A focus is a point at which an integrand changes on a scale of its own.
type focus struct{ at, scale float64 }

// room returns the length on which a function that varies about the focus does so
// next to [lo, hi]: the scale, and farther out the distance. Without a scale it is
// infinite.
func (f focus) room(lo, hi float64) float64 {
	if !(f.scale > 0) {
		return math.Inf(1)
	}
	return f.scale + math.Max(0, math.Max(lo-f.at, f.at-hi))
}

// halve returns the edges of the panels after halving those that are longer than
// their room, again and again.
func (f focus) halve(edges []float64) []float64 {
	out := []float64{edges[0]}
	var add func(lo, hi float64)
	add = func(lo, hi float64) {
		if middle := lo + (hi-lo)/2; hi-lo > f.room(lo, hi) && lo < middle && middle < hi {
			add(lo, middle)
			add(middle, hi)
			return
		}
		out = append(out, hi)
	}
	for i := 1; i < len(edges); i++ {
		add(edges[i-1], edges[i])
	}
	return out
}

// crowded says whether [lo, hi] is so many times longer than its room that one rule
// no longer resolves the function.
func (f focus) crowded(lo, hi, times float64) bool { return hi-lo > times*f.room(lo, hi) }

// How many times its room one rule resolves: those of a normal, and those of a chi,
// which have fewer nodes.
const (
	normalRoom = 8
	chiRoom    = 3
)

// panels cuts [lo, hi] into panels no longer than widest that shrink by halves
// towards every focus down to its scale. It returns the edges, ascending.
func panels(lo, hi, widest float64, foci ...focus) []float64 {
	edges := []float64{lo, hi}
	n := int(math.Ceil((hi - lo) / widest))
	for i := 1; i < n; i++ {
		edges = append(edges, lo+(hi-lo)*float64(i)/float64(n))
	}
	for _, f := range foci {
		if !(f.at+widest >= lo && f.at-widest <= hi && f.scale > 0) {
			continue // far away, or NaN: a point that is never reached
		}
		edges = append(edges, f.at)
		for d := math.Min(f.scale, widest); d < 2*widest; d *= 2 {
			edges = append(edges, f.at-d, f.at+d)
		}
	}
	sort.Float64s(edges)
	out := edges[:0]
	for _, x := range edges {
		if x < lo || x > hi || (len(out) > 0 && x-out[len(out)-1] < 1e-14*(hi-lo)) {
			continue
		}
		out = append(out, x)
	}
	return out
}

// normalInterval returns P(lo < X < hi) for a normal X, without cancellation in
// either tail.
func normalInterval(lo, hi, mean, sd float64) float64 {
	a, b := (lo-mean)/(sd*math.Sqrt2), (hi-mean)/(sd*math.Sqrt2)
	if a > 0 {
		return 0.5 * (math.Erfc(a) - math.Erfc(b))
	}
	return 0.5 * (math.Erfc(-b) - math.Erfc(-a))
}

// Reach at which a density is cut: beyond lie 6e-15 or 8e-11 of a normal, and
// less than 4e-8 of a chi. The mass beyond is not lost, since every rule is
// scaled to the exact probability of its interval; only its place is.
const (
	normalReach       = 7.8 // standard deviations
	nestedNormalReach = 6.5 // with another quadrature inside
	chiReach          = 5.5
)

// negligible is a weight that cannot matter to a mean number of steps that
// float64 resolves.
const negligible = 1e-21

// normalRule computes E[g(X); lo < X < hi] for normal X: by Gauss-Hermite
// nodes when the whole bell lies inside, by Gauss-Legendre nodes that crowd
// towards the ends like a sine when an end cuts it, and by panels when g varies
// about a core much narrower than the bell.
type normalRule struct {
	bell, cut, panel rule
	reach            float64 // a bell that comes this close to an end is cut
	core             focus
}

func newNormalRule(n int, reach float64, core focus) normalRule {
	bell := rule{make([]float64, max(6, n/2)), make([]float64, max(6, n/2))}
	quad.Hermite{}.FixedLocations(bell.x, bell.w, math.Inf(-1), math.Inf(1))
	total := 0.0
	for i := range bell.x {
		bell.x[i] *= math.Sqrt2
		reach = math.Max(reach, bell.x[i])
		total += bell.w[i]
	}
	for i := range bell.w {
		bell.w[i] /= total
	}
	return normalRule{bell, newRule(n), newRule(max(8, n*2/5)), reach, core}
}

// each calls f with nodes inside (lo, hi) and weights that add up to
// P(lo < X < hi) exactly. A normal of standard deviation 0 is its mean.
func (q normalRule) each(lo, hi, mean, sd float64, f func(x, w float64)) {
	if !(sd > 0) {
		if mean >= lo && mean <= hi {
			f(mean, 1)
		}
		return
	}
	if first, last := math.Max(lo, mean-q.reach*sd), math.Min(hi, mean+q.reach*sd); q.core.crowded(first, last, normalRoom) {
		q.crowd(first, last, lo, hi, mean, sd, f)
		return
	}
	if mean-q.reach*sd > lo && mean+q.reach*sd < hi {
		inside := normalInterval(lo, hi, mean, sd)
		for i, z := range q.bell.x {
			f(mean+sd*z, q.bell.w[i]*inside)
		}
		return
	}
	centre, half := (lo+hi)/2, (hi-lo)/2
	from := math.Max(-1, (mean-q.reach*sd-centre)/half)
	to := math.Min(1, (mean+q.reach*sd-centre)/half)
	if !(from < to) {
		return
	}
	var xs, ws [2 * maxNodes]float64
	n, sum := 0, 0.0
	q.cut.each(math.Asin(from), math.Asin(to), func(psi, w float64) {
		sin, cos := math.Sincos(psi)
		x := centre + half*sin
		z := (x - mean) / sd
		xs[n], ws[n] = x, w*cos*math.Exp(-z*z/2)
		sum += ws[n]
		n++
	})
	if !(sum > 0) {
		return
	}
	scale := normalInterval(lo, hi, mean, sd) / sum
	for i := range n {
		f(xs[i], ws[i]*scale)
	}
}

// crowd is each by panels of [first, last], the part of the interval that the bell
// reaches, which shrink towards the core and are no longer than two deviations.
func (q normalRule) crowd(first, last, lo, hi, mean, sd float64, f func(x, w float64)) {
	n := math.Ceil((last - first) / (2 * sd))
	edges := make([]float64, 0, 64)
	for i := 0.0; i < n; i++ {
		edges = append(edges, first+(last-first)*i/n)
	}
	edges = q.core.halve(append(edges, last))
	scale := normalInterval(lo, hi, mean, sd) / normalInterval(first, last, mean, sd)
	if !(scale > 0) {
		return
	}
	scale /= sd * math.Sqrt(2*math.Pi)
	for i := 1; i < len(edges); i++ {
		q.panel.each(edges[i-1], edges[i], func(x, w float64) {
			z := (x - mean) / sd
			f(x, w*scale*math.Exp(-z*z/2))
		})
	}
}

// A chi is the law of the length of k standard normals.
type chi struct{ k, logNorm float64 }

func newChi(k int) chi {
	half := float64(k) / 2
	lg, _ := math.Lgamma(half)
	return chi{float64(k), -(half-1)*math.Ln2 - lg}
}

// density returns the density at u > 0.
func (c chi) density(u float64) float64 {
	if c.k > mostFactors {
		return math.Exp((c.k-1)*math.Log(u) - u*u/2 + c.logNorm)
	}
	power := 1.0 // u^(k-1), without a logarithm
	for i, square := int(c.k)-1, u; i > 0; i, square = i/2, square*square {
		if i%2 == 1 {
			power *= square
		}
	}
	return power * math.Exp(c.logNorm-u*u/2)
}

// mostFactors is the k up to which u^(k-1) neither overflows nor underflows where
// the density of chi_k matters.
const mostFactors = 64

// cdf returns P(X < u) for u > 0.
func (c chi) cdf(u float64) float64 {
	switch c.k {
	case 1:
		return math.Erf(u / math.Sqrt2)
	case 2:
		return -math.Expm1(-u * u / 2)
	}
	return mathext.GammaIncReg(c.k/2, u*u/2)
}

// A chiRule computes E[g(X²); X < limit] for X ~ chi_k; with k = 0, X is 0. The
// weights add up to P(X < limit) exactly.
type chiRule struct {
	chi    chi
	lo, hi float64 // the reach of X
	whole  rule    // Gauss-Laguerre in X², for limits above hi
	cut    rule    // Gauss-Legendre in X, for limits below
	panel  rule    // the same for a panel of [lo, hi]
}

func newChiRule(k, n int) chiRule {
	if k == 0 {
		return chiRule{whole: rule{[]float64{0}, []float64{1}}}
	}
	mode := math.Sqrt(float64(k))
	whole := chiSquareRule(k, max(5, n*2/3))
	hi := math.Max(mode+chiReach, math.Sqrt(whole.x[len(whole.x)-1]))
	return chiRule{newChi(k), math.Max(0, mode-chiReach), hi, whole, newRule(n), newRule(max(6, n/2))}
}

// each calls f with values of X² and weights, for a g that varies with X on the
// given scale and beyond it on that of X itself; a scale of 0 for one that does not.
func (q chiRule) each(limit, scale float64, f func(x2, w float64)) {
	hi := math.Min(limit, q.hi)
	core := focus{0, math.Max(scale, leastOfChi)}
	switch {
	case q.chi.k > 0 && scale > 0 && hi > q.lo && core.crowded(q.lo, hi, chiRoom):
		q.crowd(core, hi, limit, f)
	case limit >= q.hi:
		inside := 1.0
		if q.chi.k > 0 && limit < q.hi+chiReach {
			inside = q.chi.cdf(limit)
		}
		for i, v := range q.whole.x {
			f(v, q.whole.w[i]*inside)
		}
	case limit > q.lo:
		var xs, ws [2 * maxNodes]float64
		n, sum := 0, 0.0
		q.cut.each(q.lo, limit, func(x, w float64) {
			xs[n], ws[n] = x*x, w*q.chi.density(x)
			sum += ws[n]
			n++
		})
		if !(sum > 0) {
			return
		}
		scale := q.chi.cdf(limit) / sum
		for i := range n {
			f(xs[i], ws[i]*scale)
		}
	}
}

// leastOfChi is the shortest scale that a rule resolves: a chi is below it with less
// than that probability.
const leastOfChi = 1e-10

// crowd is each by panels up to hi that shrink towards the core and are no longer
// than two deviations of a normal.
func (q chiRule) crowd(core focus, hi, limit float64, f func(x2, w float64)) {
	n := math.Ceil((hi - q.lo) / 2)
	edges := make([]float64, 0, 64)
	for i := 0.0; i < n; i++ {
		edges = append(edges, q.lo+(hi-q.lo)*i/n)
	}
	edges = core.halve(append(edges, hi))
	xs, ws := make([]float64, 0, 1024), make([]float64, 0, 1024)
	sum := 0.0
	for i := 1; i < len(edges); i++ {
		q.panel.each(edges[i-1], edges[i], func(x, w float64) {
			w *= q.chi.density(x)
			xs, ws, sum = append(xs, x*x), append(ws, w), sum+w
		})
	}
	if !(sum > 0) {
		return
	}
	scale := q.chi.cdf(limit) / sum
	for i, x2 := range xs {
		f(x2, ws[i]*scale)
	}
}

// chiSquareRule returns the n-node Gauss rule of the chi-square law with k
// degrees of freedom, from the three-term recurrence of the generalised
// Laguerre polynomials (Golub and Welsch 1969).
func chiSquareRule(k, n int) rule {
	alpha := float64(k)/2 - 1
	jacobi := mat.NewSymDense(n, nil)
	for i := range n {
		jacobi.SetSym(i, i, 2*float64(i)+1+alpha)
		if i > 0 {
			jacobi.SetSym(i-1, i, math.Sqrt(float64(i)*(float64(i)+alpha)))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(jacobi, true) {
		panic("discrete: the Gauss-Laguerre rule did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	r := rule{eigen.Values(nil), make([]float64, n)}
	for i := range r.x {
		r.x[i] *= 2
		r.w[i] = vectors.At(0, i) * vectors.At(0, i)
	}
	return r
}
