package sgd

import (
	"fmt"
	"math/rand/v2"

	"sgdescape/model"
)

// epochStream is the second word of the PCG seed of [Epochs.Run].
const epochStream = 0x65706f636873 // "epochs" in ASCII

// Batches is a loss whose minibatch gradient is computed at once, such as that
// of a network.
type Batches interface {
	// Len returns the number N of samples.
	Len() int
	// BatchGrad stores the gradient of the mean loss of the samples with these
	// indices in dst and returns that mean.
	BatchGrad(dst, theta []float64, batch []int) float64
}

// Epochs is minibatch SGD as networks are trained: the samples are shuffled, cut
// into minibatches of BatchSize, the last of which may be smaller, and each is
// used for one step
//
//	theta_{k+1} = theta_k - eta grad L_B(theta_k)  (Mori2022, Eq. 2)
//
// and then they are shuffled anew. The steps are a function of Seed: the
// generator is math/rand/v2's PCG with the words (Seed, 0x65706f636873).
type Epochs struct {
	LearningRate float64 // eta
	BatchSize    int     // B, at most N
	Seed         uint64
}

// Run changes theta by the given number of epochs, at least 0.
func (e Epochs) Run(theta []float64, loss Batches, epochs int) error {
	d := model.CheckDomain("training").
		Positive("learning rate eta", e.LearningRate).
		AtLeast(0, "number of epochs", epochs).
		That(loss != nil, "loss", "nil", "a loss over samples")
	if loss != nil {
		d.That(e.BatchSize >= 1 && e.BatchSize <= loss.Len(), "batch size B", e.BatchSize, fmt.Sprintf("an integer from 1 to N = %d", loss.Len()))
	}
	if err := d.Err(); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(e.Seed, epochStream))
	order := make([]int, loss.Len())
	for mu := range order {
		order[mu] = mu
	}
	grad := make([]float64, len(theta))
	for range epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for start := 0; start < len(order); start += e.BatchSize {
			loss.BatchGrad(grad, theta, order[start:min(start+e.BatchSize, len(order))])
			for i, g := range grad {
				theta[i] -= float64(e.LearningRate * g)
			}
		}
	}
	return nil
}
