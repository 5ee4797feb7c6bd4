package verify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/network"
	"sgdescape/sim/sgd"
	"sgdescape/verify/stattest"
)

// The experiment of Fig. 1, on fewer digits.
const (
	fig1Digits  = 500 // drawn for each network from all 1797
	fig1Hidden  = 100 // units in each of two hidden layers
	fig1Eta     = 0.01
	fig1Batch   = 100
	fig1Epochs  = 50
	fig1Leading = 5 // eigenvalues of each network that are compared
)

// outputSpectra are the largest eigenvalues of the two sides of Eq. 7 in one
// network, in descending order.
type outputSpectra struct {
	Exact     []float64 // of mean(l_mu C_mu)
	Decoupled []float64 // of L mean(C_mu)
	Loss      float64   // L
	// TraceRatio is mean(l_mu |grad f_mu|²)/(L mean |grad f_mu|²), that of the
	// traces.
	TraceRatio float64
}

// difference returns the relative difference of the eigenvalues of a rank.
func (s outputSpectra) difference(rank int) float64 { return s.Exact[rank]/s.Decoupled[rank] - 1 }

// fig1Spectra trains independent networks on digits of their own draw, for the
// given number of epochs, and returns their spectra, once for all claims.
func fig1Spectra(ctx context.Context, env *Env, epochs int) ([]outputSpectra, error) {
	return Shared(ctx, env, fmt.Sprintf("fig1-%d", epochs), func(ctx context.Context, env *Env) ([]outputSpectra, error) {
		networks := 32
		if epochs == 0 {
			networks = 64 // they cost little
		}
		return eachNetwork(ctx, env, "fig1", networks, func(seed uint64) (outputSpectra, error) { return fig1Network(env, seed, epochs) })
	})
}

// eachNetwork does the same with independent networks, as many as the profile
// makes of the given number, on all cores. Each has a seed of its own.
func eachNetwork[T any](ctx context.Context, env *Env, experiment string, networks int, do func(seed uint64) (T, error)) ([]T, error) {
	all := make([]T, env.Profile.Runs(networks))
	errs := make([]error, len(all))
	workers := env.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var pending sync.WaitGroup
	free := make(chan struct{}, workers)
	for i := range all {
		free <- struct{}{}
		env.Progress(i, len(all))
		pending.Go(func() {
			defer func() { <-free }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				all[i], errs[i] = do(stattest.DeriveSeed(env.SeedFor(experiment), uint64(i)))
			}
		})
	}
	pending.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fig1Network draws, trains and measures one network.
func fig1Network(env *Env, seed uint64, epochs int) (outputSpectra, error) {
	fit, err := parityNetwork(seed, fig1Digits, fig1Hidden)
	if err != nil {
		return outputSpectra{}, err
	}
	theta := fit.Glorot(seed)
	training := sgd.Epochs{LearningRate: fig1Eta, BatchSize: fig1Batch, Seed: seed}
	if err := env.Parts.Train(training, theta, fit, epochs); err != nil {
		return outputSpectra{}, err
	}
	losses, mean := env.Parts.SampleLosses(fit.Residuals(theta))
	constant := make([]float64, len(losses))
	for mu := range constant {
		constant[mu] = mean
	}
	gram := env.Parts.OutputGram(fit, theta)
	exact, decoupled := env.Parts.WeightedGram(gram, losses), env.Parts.WeightedGram(gram, constant)
	s := outputSpectra{Loss: mean, TraceRatio: mat.Trace(exact) / mat.Trace(decoupled)}
	if s.Exact, err = leadingEigenvalues(exact, fig1Leading); err != nil {
		return outputSpectra{}, err
	}
	s.Decoupled, err = leadingEigenvalues(decoupled, fig1Leading)
	return s, err
}

// parityNetwork is the network of Fig. 1, with two layers of hidden units, on the
// parity of digits drawn without replacement: even is +1, odd -1, and the grey
// levels are divided by the largest.
func parityNetwork(seed uint64, digits, hidden int) (*network.Fit, error) {
	images, err := dataset.Digits()
	if err != nil {
		return nil, err
	}
	pixels := images.Height * images.Width
	net, err := network.New(pixels, hidden, hidden)
	if err != nil {
		return nil, err
	}
	const largestGrey = 16
	inputs, targets := make([]float64, 0, digits*pixels), make([]float64, 0, digits)
	for _, mu := range rand.New(rand.NewPCG(seed, 1)).Perm(images.Len())[:digits] {
		for _, p := range images.Pixels[mu*pixels : (mu+1)*pixels] {
			inputs = append(inputs, p/largestGrey)
		}
		targets = append(targets, 1-2*float64(images.Labels[mu]%2))
	}
	return network.NewFit(net, inputs, targets)
}

// sampleLosses returns l_mu of Eq. 1 and their mean L.
func sampleLosses(residuals []float64) ([]float64, float64) {
	losses, mean := make([]float64, len(residuals)), 0.0
	for mu, r := range residuals {
		losses[mu] = r * r / 2
		mean += losses[mu] / float64(len(residuals))
	}
	return losses, mean
}

// weightedGram returns sqrt(w_mu w_nu) G_{mu nu}/N, which has the non-zero
// eigenvalues of mean(w_mu grad f_mu grad f_mu^T).
func weightedGram(gram *mat.SymDense, weights []float64) *mat.SymDense {
	n := gram.SymmetricDim()
	weighted := mat.NewSymDense(n, nil)
	for mu := range n {
		for nu := mu; nu < n; nu++ {
			weighted.SetSym(mu, nu, math.Sqrt(weights[mu]*weights[nu])*gram.At(mu, nu)/float64(n))
		}
	}
	return weighted
}

// The subspace of leadingEigenvalues: how many directions more than eigenvalues
// it has, how often it is turned at the most, and the residual |A v - lambda v|,
// relative to lambda, at which it stops. An eigenvalue of A is no further from
// lambda than that, and far nearer where the next is not as near: the error goes
// with the square of the residual.
const (
	subspaceExtra  = 15
	subspaceRounds = 200
	subspaceError  = 1e-3
)

// leadingEigenvalues returns the k largest eigenvalues of a positive
// semidefinite matrix, in descending order, by simultaneous iteration with
// Rayleigh-Ritz (G. H. Golub, C. F. Van Loan, Matrix Computations, 8.2.4): all
// eigenvalues of 500 digits would take twenty times as long.
func leadingEigenvalues(a *mat.SymDense, k int) ([]float64, error) {
	n := a.SymmetricDim()
	size := min(n, k+subspaceExtra)
	rng := rand.New(rand.NewPCG(uint64(n), uint64(k))) // a start that is orthogonal to nothing
	q := mat.NewDense(n, size, nil)
	for i := range n {
		for j := range size {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	worst := math.Inf(1)
	for range subspaceRounds {
		var qr mat.QR
		qr.Factorize(q)
		var full, image, small mat.Dense
		qr.QTo(&full)
		basis := full.Slice(0, n, 0, size)
		image.Mul(a, basis)
		small.Mul(basis.T(), &image)
		ritz := mat.NewSymDense(size, nil)
		for i := range size {
			for j := i; j < size; j++ {
				ritz.SetSym(i, j, small.At(i, j))
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(ritz, true) {
			break
		}
		values := eigen.Values(nil) // ascending
		var vectors, directions, images mat.Dense
		eigen.VectorsTo(&vectors)
		directions.Mul(basis, &vectors)
		images.Mul(&image, &vectors)
		worst = 0
		leading := make([]float64, k)
		for i := range leading {
			column := size - 1 - i
			leading[i] = values[column]
			var residual mat.VecDense
			residual.AddScaledVec(images.ColView(column), -leading[i], directions.ColView(column))
			worst = math.Max(worst, mat.Norm(&residual, 2)/leading[i])
		}
		if worst <= subspaceError {
			return leading, nil
		}
		q = &images
	}
	return nil, fmt.Errorf("the %d largest eigenvalues of a %d x %d matrix: residual %g after %d rounds, want at most %g", k, n, n, worst, subspaceRounds, subspaceError)
}
