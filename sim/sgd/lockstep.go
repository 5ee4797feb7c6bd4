package sgd

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// drawRows is the number of draws that a lane makes at a time.
const drawRows = lane.BlockSteps

// ownRows bounds the numbers of rows of which each worker has a copy: 2 MB, about
// what a core has of cache for itself. Two workers that read the same rows take up
// to a tenth longer (measured, Xeon of family 6).
const ownRows = 1 << 18

// maxSubset is the largest minibatch without replacement that is drawn for all
// lanes before it is used.
const maxSubset = 1024

// lockstep is the loop that takes all lanes through a step together: draws for
// all lanes, then residuals and updates for all lanes. It gives the bits of the
// general path.
type lockstep struct {
	p     *Process
	watch lane.Watch
	set   vector.Set
	n     int
	rate  float64 // eta/B
	beta  float64

	rows    []float64 // of the process, or a copy
	draws   draws
	subset  *subset   // with B > 1 without replacement
	batch   []float64 // eta times the gradient of the minibatch, d x Width
	normals []float64 // inputs and target of a population's sample, (d+1) x Width

	minimum   []float64
	safe2     float64 // squared distance from the minimum up to which nobody is outside
	near2     float64 // what it is for a distance that is carried on, see [turn]
	distance2 *[lane.Width]float64
	theta     []float64
}

// newLockstep returns nil if subsets have to be drawn that are too large.
func newLockstep(p *Process, w lane.Watch) *lockstep {
	b := p.sgd.BatchSize
	subsets := p.sgd.Sampling == model.WithoutReplacement && b > 1
	if subsets && b > maxSubset {
		return nil
	}
	k := &lockstep{
		p: p, watch: w, set: vector.Best(), n: p.n, beta: p.beta,
		rate:  p.rate(),
		batch: lane.Own[float64](p.n * lane.Width),
		theta: lane.Own[float64](p.n),

		distance2: (*[lane.Width]float64)(lane.Own[float64](lane.Width)),
	}
	if r := p.regression; r != nil {
		k.minimum, k.rows = r.Minimum(), p.rows
		if len(k.rows) <= ownRows {
			k.rows = slices.Clone(k.rows)
		}
		drawn := drawRows
		if subsets {
			members := newSubset(r.Len(), b)
			k.subset, drawn = &members, b
		}
		k.draws = newDraws(drawn, r.Len(), p.stride)
	} else {
		k.minimum = p.population.Minimum()
		k.normals = lane.Own[float64]((p.n + 1) * lane.Width)
	}
	k.safe2 = k.safeDistance2()
	k.near2 = k.safe2
	if k.rows != nil && turns(k.n) {
		k.near2 = k.nearDistance2()
	}
	return k
}

// safeDistance2 bounds the loss by the largest eigenvalue of the Hessian:
// L* + lambda r²/2 <= level wherever r² is at most the result. The relative
// margin of 1e-9 is far above rounding. With other exits the result is -1, so
// that every step is looked at, or infinite when there is no exit.
func (k *lockstep) safeDistance2() float64 {
	switch k.watch.Monitor {
	case lane.Nothing:
		return math.Inf(1)
	case lane.Loss:
		h := mat.NewSymDense(k.n, nil)
		k.p.problem.Hessian(h, k.minimum)
		var eig mat.EigenSym
		if !eig.Factorize(h, false) {
			return -1
		}
		lambda := eig.Values(nil)[k.n-1]
		return 2 * (k.watch.Level - k.p.problem.Loss(k.minimum)) / lambda * (1 - 1e-9)
	}
	return -1
}

// Extra returns the length of the velocity, which exists with momentum only.
func (k *lockstep) Extra() int { return k.p.velocity() }

// Begin has nothing to prepare.
func (k *lockstep) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (k *lockstep) Advance(s *lane.State, active, steps int) {
	if k.rows != nil && k.p.sgd.BatchSize == 1 && k.beta == 0 && unrolled(k.n) {
		k.advanceSingle(s, active, steps)
		return
	}
	for step := 1; step <= steps; step++ {
		clear(k.batch)
		k.sumBatch(s, active)
		if k.move(s, active) {
			for j, r2 := range k.distance2[:active] {
				if !(r2 <= k.safe2) {
					k.far(s, j, step)
				}
			}
		}
	}
}

// advanceSingle makes steps with one sample in a dimension with loops of its
// own.
func (k *lockstep) advanceSingle(s *lane.State, active, steps int) {
	inVectors := whole(k.set, active)
	for done := 0; done < steps; done += drawRows {
		rows := min(drawRows, steps-done)
		k.draws.fill(s, active, rows, k.p.sgd.DatasetSize, 0)
		if turns(k.n) {
			k.measure(s, active)
		}
		for made, far := 0, false; made < rows && inVectors > 0; {
			made, far = k.stepVector(s, made, rows, inVectors)
			if far {
				k.lookAround(s, inVectors, done+made)
			}
		}
		if inVectors < active {
			k.singles(s, inVectors, active, done, rows)
		}
	}
}

// sumBatch draws minibatches and adds up their gradients.
func (k *lockstep) sumBatch(s *lane.State, active int) {
	b := k.p.sgd.BatchSize
	switch {
	case k.rows == nil:
		for range b {
			k.sumPopulation(s, active)
		}
	case k.subset != nil:
		k.draws.fillSubsets(s, active, k.subset)
		k.sum(s, active, b)
	default:
		for left := b; left > 0; left -= drawRows {
			rows := min(drawRows, left)
			k.draws.fill(s, active, rows, k.p.sgd.DatasetSize, 0)
			k.sum(s, active, rows)
		}
	}
}

// unrolled tells the dimensions that have loops of their own.
func unrolled(d int) bool { return d == 1 || d == 2 || d == 5 || d == 10 }

// lookAround looks at the first lanes, of which some may be outside.
func (k *lockstep) lookAround(s *lane.State, lanes, step int) {
	for beyond := k.beyond(lanes); beyond != 0; beyond &= beyond - 1 {
		if j := bits.TrailingZeros64(beyond); s.Hit[j] == 0 {
			k.far(s, j, step)
		}
	}
}

// sum adds the samples in the first rows of the draws to the batch.
func (k *lockstep) sum(s *lane.State, active, rows int) {
	from := k.sumVector(s, active, rows)
	for r := range rows {
		where := k.draws.row(r)
		switch k.n {
		case 1:
			k.sum1(s, where, from, active)
		case 2:
			k.sum2(s, where, from, active)
		case 5:
			k.sum5(s, where, from, active)
		case 10:
			k.sum10(s, where, from, active)
		default:
			k.sumAny(s, where, from, active)
		}
	}
}

// sumAny is sum for any d.
func (k *lockstep) sumAny(s *lane.State, where *[lane.Width]int, from, to int) {
	for j := from; j < to; j++ {
		x := k.rows[where[j] : where[j]+k.n+1]
		e := float64(s.Theta[j]*x[0]) - x[k.n]
		for i := 1; i < k.n; i++ {
			e += float64(s.Theta[i*lane.Width+j] * x[i])
		}
		e *= k.rate
		for i := range k.n {
			k.batch[i*lane.Width+j] += float64(e * x[i])
		}
	}
}

// sumPopulation draws a sample of the population for each lane and adds it to
// the batch.
func (k *lockstep) sumPopulation(s *lane.State, active int) {
	for i := range k.n + 1 {
		s.Normals(k.normals[i*lane.Width : i*lane.Width+active])
	}
	from := k.sumPopulationVector(s, active)
	std := k.p.population.NoiseStd()
	e := k.normals[k.n*lane.Width+from : k.n*lane.Width+active]
	for j, theta := range s.Theta[from:active] {
		e[j] = float64(theta*k.normals[from+j]) - float64(std*e[j])
	}
	for i := 1; i < k.n; i++ {
		x := coordinate(k.normals, i, from, active)
		for j, theta := range coordinate(s.Theta, i, from, active) {
			e[j] += float64(theta * x[j])
		}
	}
	for j := range e {
		e[j] *= k.rate
	}
	for i := range k.n {
		x, batch := coordinate(k.normals, i, from, active), coordinate(k.batch, i, from, active)
		for j := range e {
			batch[j] += float64(e[j] * x[j])
		}
	}
}

// coordinate returns coordinate i of the lanes from index from to index to.
func coordinate(a []float64, i, from, to int) []float64 {
	return a[i*lane.Width+from : i*lane.Width+to]
}

// move subtracts the batch, or with momentum the velocity, from theta, and
// measures the distances. It tells whether anybody may be outside.
func (k *lockstep) move(s *lane.State, active int) (far bool) {
	from, far := k.moveVector(s, active)
	const mask = lane.Width - 1
	distance2 := k.distance2
	clear(distance2[from:active])
	for i, m := range k.minimum {
		theta, batch := (*[lane.Width]float64)(s.Theta[i*lane.Width:]), (*[lane.Width]float64)(k.batch[i*lane.Width:])
		if k.beta != 0 {
			velocity := (*[lane.Width]float64)(s.Extra[i*lane.Width:])
			for at := from; at < active; at++ {
				j := at & mask
				velocity[j] = batch[j] + float64(k.beta*velocity[j])
			}
			batch = velocity
		}
		for at := from; at < active; at++ {
			j := at & mask
			t := theta[j] - batch[j]
			theta[j] = t
			z := t - m
			distance2[j] += float64(z * z)
		}
	}
	for _, r2 := range distance2[from:active] {
		far = far || !(r2 <= k.safe2)
	}
	return far
}

// measure measures the distances that the steps of a block carry on. One beyond the
// safe distance becomes infinite, so that its lane is looked at after the next step.
func (k *lockstep) measure(s *lane.State, active int) {
	from, far := k.moveVector(s, active) // by an empty batch
	const mask = lane.Width - 1
	distance2 := k.distance2
	clear(distance2[from:active])
	for i, m := range k.minimum {
		theta := (*[lane.Width]float64)(s.Theta[i*lane.Width:])
		for at := from; at < active; at++ {
			j := at & mask
			z := theta[j] - m
			distance2[j] += float64(z * z)
		}
	}
	if far {
		for beyond := k.beyond(from); beyond != 0; beyond &= beyond - 1 {
			k.unsure(bits.TrailingZeros64(beyond))
		}
	}
	for j := from; j < active; j++ {
		k.unsure(j)
	}
}

// unsure makes the distance of a lane infinite if it is beyond the safe one.
func (k *lockstep) unsure(j int) {
	if k.distance2[j] > k.safe2 {
		k.distance2[j] = math.Inf(1)
	}
}

// distanceTo2 returns the squared distance of lane j from the minimum.
func (k *lockstep) distanceTo2(s *lane.State, j int) float64 {
	r2 := 0.0
	for i, m := range k.minimum {
		z := s.Theta[i*lane.Width+j] - m
		r2 += float64(z * z)
	}
	return r2
}

// far looks at a lane that may be outside, and measures its distance as measure
// does.
func (k *lockstep) far(s *lane.State, j, step int) {
	k.distance2[j] = k.distanceTo2(s, j)
	if k.distance2[j] <= k.safe2 {
		return
	}
	k.distance2[j] = math.Inf(1)
	s.Gather(k.theta, j)
	if outside(k.p, k.watch, k.theta) {
		s.Leave(j, step, 0)
	}
}
