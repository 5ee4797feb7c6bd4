package kernels

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sgdescape/model/noise"
	"sgdescape/sim/sde"
)

// sampledRuns is how many runs a sampled answer takes.
func sampledRuns() int {
	if *exits > 0 {
		return *exits / 2
	}
	return 4000
}

// sample simulates the diffusion in the plainest way, with the random numbers of
// math/rand/v2.
func (d diffusion) sample() answer {
	c := d.law(1)
	rng := rand.New(rand.NewPCG(2, 3))
	runs := make([]float64, sampledRuns())
	theta := make([]float64, len(d.start))
	for i := range runs {
		copy(theta, d.start)
		for k := 1; ; k++ {
			if c.Scheme == sde.WeakRungeKutta {
				weakStep(c, theta, rng)
			} else {
				eulerStep(c, theta, rng)
			}
			p := at(c, theta)
			if d.exit.left(theta, p.loss, p.grad, p.covariance.At) {
				runs[i] = float64(k)
				break
			}
		}
	}
	mean, sd := stat.MeanStdDev(runs, nil)
	return answer{mean: mean, error: sd / math.Sqrt(float64(len(runs))), sampled: true}
}

func eulerStep(c sde.Config, theta []float64, rng *rand.Rand) {
	p := at(c, theta)
	b := columns(p.covariance)
	for i := range theta {
		theta[i] += p.drift[i] * c.Dt
	}
	for _, column := range b {
		xi := rng.NormFloat64()
		for i, x := range column {
			theta[i] += x * xi
		}
	}
}

// columns returns the columns of the Cholesky factor.
func columns(sigma *mat.SymDense) [][]float64 {
	n := sigma.SymmetricDim()
	var cholesky mat.Cholesky
	if !cholesky.Factorize(sigma) {
		panic("kernels: no covariance")
	}
	var l mat.TriDense
	cholesky.LTo(&l)
	b := make([][]float64, n)
	for j := range b {
		b[j] = make([]float64, n)
		for i := j; i < n; i++ {
			b[j][i] = l.At(i, j)
		}
	}
	return b
}

// weakStep is Eq. 15.1.3 of Kloeden & Platen (1992), or Heun's method for
// constant noise.
func weakStep(c sde.Config, theta []float64, rng *rand.Rand) {
	n, dt, sqrtDt := len(theta), c.Dt, math.Sqrt(c.Dt)
	p := at(c, theta)
	a, b := p.drift, columns(p.noise)
	dw := make([]float64, n)
	euler, base, next := make([]float64, n), make([]float64, n), make([]float64, n)
	for j := range n {
		dw[j] = rng.NormFloat64() * sqrtDt
	}
	for i := range n {
		base[i] = theta[i] + a[i]*dt
		euler[i] = base[i]
		for j := range n {
			euler[i] += b[j][i] * dw[j]
		}
	}
	later := at(c, euler).drift
	for i := range n {
		next[i] = theta[i] + (later[i]+a[i])*dt/2
	}
	add := func(scale float64, column []float64) {
		for i, x := range column {
			next[i] += scale * x
		}
	}
	_, constant := c.Noise.(*noise.Isotropic)
	if constant || c.Form == sde.LogTime {
		for j := range n {
			add(dw[j], b[j])
		}
		copy(theta, next)
		return
	}
	// displaced returns the noise at from ± b^r sqrt(dt).
	displaced := func(from []float64, r int, sign float64) [][]float64 {
		to := make([]float64, n)
		for i := range n {
			to[i] = from[i] + sign*b[r][i]*sqrtDt
		}
		return columns(at(c, to).noise)
	}
	v := mat.NewDense(n, n, nil)
	for r := range n {
		v.Set(r, r, -dt)
		for j := range r {
			sign := dt
			if rng.Uint64()&1 == 0 {
				sign = -dt
			}
			v.Set(r, j, sign)
			v.Set(j, r, -sign)
		}
	}
	for j := range n {
		up, down := displaced(base, j, 1), displaced(base, j, -1)
		add(dw[j]/4, up[j])
		add(dw[j]/4, down[j])
		add(dw[j]/2, b[j])
		add((dw[j]*dw[j]-dt)/(4*sqrtDt), up[j])
		add(-(dw[j]*dw[j]-dt)/(4*sqrtDt), down[j])
		for r := range n {
			if r == j {
				continue
			}
			up, down := displaced(theta, r, 1), displaced(theta, r, -1)
			add(dw[j]/4, up[j])
			add(dw[j]/4, down[j])
			add(-dw[j]/2, b[j])
			cross := (dw[j]*dw[r] + v.At(r, j)) / (4 * sqrtDt)
			add(cross, up[j])
			add(-cross, down[j])
		}
	}
	copy(theta, next)
}
