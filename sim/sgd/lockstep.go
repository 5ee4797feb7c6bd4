package sgd

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// lockstep is the loop that takes all lanes through a step together: draws for
// all lanes, then residuals and updates for all lanes. It gives the bits of the
// general path.
type lockstep struct {
	p     *Process
	watch lane.Watch
	n     int
	rate  float64 // eta/B
	beta  float64

	rows    []float64 // of the process
	nData   uint64
	at      [lane.Width]int // where the drawn sample of a lane begins in rows
	batch   []float64       // eta times the gradient of the minibatch, d x Width
	normals []float64       // inputs and target of a population's sample, (d+1) x Width

	minimum []float64
	safe2   float64 // squared distance from the minimum up to which nobody is outside
	theta   []float64
}

// newLockstep returns nil if subsets have to be drawn, which is done lane by
// lane.
func newLockstep(p *Process, w lane.Watch) *lockstep {
	if p.sgd.Sampling == model.WithoutReplacement && p.sgd.BatchSize > 1 {
		return nil
	}
	k := &lockstep{
		p: p, watch: w, n: p.n, beta: p.beta,
		rate:  p.sgd.LearningRate / float64(p.sgd.BatchSize),
		batch: make([]float64, p.n*lane.Width),
		theta: make([]float64, p.n),
	}
	if r := p.regression; r != nil {
		k.minimum = r.Minimum()
		k.nData = uint64(r.Len())
		k.rows = p.rows
	} else {
		k.minimum = p.population.Minimum()
		k.normals = make([]float64, (p.n+1)*lane.Width)
	}
	k.safe2 = k.safeDistance2()
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
	single := k.p.sgd.BatchSize == 1 && k.beta == 0 && k.rows != nil
	for step := 1; step <= steps; step++ {
		if single && k.stepUnrolled(s, active, step) {
			continue
		}
		clear(k.batch)
		for range k.p.sgd.BatchSize {
			if k.rows != nil {
				k.draw(s, active)
				k.sum(s, active)
			} else {
				k.sumPopulation(s, active)
			}
		}
		k.apply(s, active, step)
	}
}

// stepUnrolled makes a step with B = 1 if d has a loop of its own.
func (k *lockstep) stepUnrolled(s *lane.State, active, step int) bool {
	switch k.n {
	case 2, 5, 10:
		k.draw(s, active)
	}
	switch k.n {
	case 1:
		k.step1(s, active, step)
	case 2:
		k.step2(s, active, step)
	case 5:
		k.step5(s, active, step)
	case 10:
		k.step10(s, active, step)
	default:
		return false
	}
	return true
}

// draw chooses a sample for each lane by Lemire's method, as
// [sgdescape/sim/stream.Source.Index] does.
func (k *lockstep) draw(s *lane.State, active int) {
	nData, width := k.nData, k.n+1
	for i := range active {
		j := i & (lane.Width - 1)
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		t := s1 << 17
		s2 ^= s0
		s3 ^= s1
		s.S1[j] = s1 ^ s2
		s.S0[j] = s0 ^ s3
		s.S2[j] = s2 ^ t
		s.S3[j] = bits.RotateLeft64(s3, 45)
		mu, low := bits.Mul64(word, nData)
		if low < nData {
			mu = k.redraw(s, j, mu, low)
		}
		k.at[j] = int(mu) * width
	}
}

// redraw finishes a draw that may have hit one of the surplus words.
//
//go:noinline
func (k *lockstep) redraw(s *lane.State, j int, mu, low uint64) uint64 {
	if low >= -k.nData%k.nData {
		return mu
	}
	src := s.Source(j)
	mu = src.Index(k.nData)
	s.SetSource(j, &src)
	return mu
}

// sum adds the drawn samples to the batch.
func (k *lockstep) sum(s *lane.State, active int) {
	switch k.n {
	case 1:
		k.sum1(s, active)
	case 2:
		k.sum2(s, active)
	case 5:
		k.sum5(s, active)
	case 10:
		k.sum10(s, active)
	default:
		k.sumAny(s, active)
	}
}

// sumAny is sum for any d.
func (k *lockstep) sumAny(s *lane.State, active int) {
	for j := range active {
		x := k.rows[k.at[j] : k.at[j]+k.n+1]
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
	std := k.p.population.NoiseStd()
	e := k.normals[k.n*lane.Width : k.n*lane.Width+active]
	for j, theta := range s.Theta[:active] {
		e[j] = float64(theta*k.normals[j]) - float64(std*e[j])
	}
	for i := 1; i < k.n; i++ {
		x := k.normals[i*lane.Width : i*lane.Width+active]
		for j, theta := range s.Theta[i*lane.Width : i*lane.Width+active] {
			e[j] += float64(theta * x[j])
		}
	}
	for j := range e {
		e[j] *= k.rate
	}
	for i := range k.n {
		x, batch := k.normals[i*lane.Width:i*lane.Width+active], k.batch[i*lane.Width:i*lane.Width+active]
		for j := range e {
			batch[j] += float64(e[j] * x[j])
		}
	}
}

// apply subtracts the batch, or with momentum the velocity, from theta and
// looks who is outside.
func (k *lockstep) apply(s *lane.State, active, step int) {
	var distance2 [lane.Width]float64
	for i := range k.n {
		theta, batch := s.Theta[i*lane.Width:i*lane.Width+active], k.batch[i*lane.Width:i*lane.Width+active]
		if k.beta != 0 {
			velocity := s.Extra[i*lane.Width : i*lane.Width+active]
			for j := range velocity {
				batch[j] += float64(k.beta * velocity[j])
				velocity[j] = batch[j]
			}
		}
		m := k.minimum[i]
		for j := range theta {
			theta[j] -= batch[j]
			z := theta[j] - m
			distance2[j] += float64(z * z)
		}
	}
	for j, r2 := range distance2[:active] {
		if !(r2 <= k.safe2) {
			k.far(s, j, step)
		}
	}
}

// far looks at a lane that may be outside.
func (k *lockstep) far(s *lane.State, j, step int) {
	s.Gather(k.theta, j)
	if outside(k.p, k.watch, k.theta) {
		s.Leave(j, step, 0)
	}
}
