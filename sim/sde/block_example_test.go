package sde_test

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

// bent is a landscape of one's own, a valley along the parabola y = x²:
//
//	L = 1/2 + x²/2 + 2 q²,  q = y - x²
type bent struct{}

func (bent) Dim() int { return 2 }

func (bent) Loss(theta []float64) float64 {
	x, q := theta[0], theta[1]-theta[0]*theta[0]
	return 0.5 + x*x/2 + 2*q*q
}

func (bent) Grad(dst, theta []float64) {
	x, q := theta[0], theta[1]-theta[0]*theta[0]
	dst[0], dst[1] = x-8*x*q, 4*q
}

func (bent) Hessian(dst *mat.SymDense, theta []float64) {
	x, q := theta[0], theta[1]-theta[0]*theta[0]
	dst.SetSym(0, 0, 1-8*q+16*x*x)
	dst.SetSym(0, 1, -8*x)
	dst.SetSym(1, 1, 4)
}

// bentBlock is the same with Eval, which makes it an [sde.Block].
type bentBlock struct{ bent }

// Eval evaluates the lanes: the x of all of them come first, then their y.
// Coordinate i of lane j is at i*lane.Width + j, in theta as in grad.
func (bentBlock) Eval(theta, loss, grad []float64) {
	const x, y = 0 * lane.Width, 1 * lane.Width
	for j := range loss {
		at := theta[x+j]
		q := theta[y+j] - at*at
		loss[j] = 0.5 + at*at/2 + 2*q*q
		grad[x+j], grad[y+j] = at-8*at*q, 4*q
	}
}

// A landscape with Eval is simulated several times as fast as one without, and
// runs the same trajectories, to rounding. BenchmarkStepUserBlock and the row
// landscape=user of BenchmarkStepLandscape measure such a pair.
func ExampleBlock() {
	leave := func(mine landscape.Landscape) float64 {
		l, err := landscape.WithMinimum(mine, []float64{0, 0})
		if err != nil {
			panic(err)
		}
		sigma, err := noise.NewLossIsotropic(l, 0.2, 0.1) // T, eta
		if err != nil {
			panic(err)
		}
		process, err := sde.New(sde.Config{Landscape: l, Noise: sigma, LearningRate: 0.1, Dt: 0.01})
		if err != nil {
			panic(err)
		}
		if err := process.CheckBlock([][]float64{{0, 0}, {1, 0}, {0.3, -0.2}}); err != nil {
			panic(err)
		}
		result, err := escape.Ensemble{
			Process: process, Start: l.Minimum(), Exit: escape.BeyondPlane([]float64{1, 0}, 1), Horizon: 1000, Replicas: 500, Seed: 1,
		}.Run(context.Background())
		if err != nil {
			panic(err)
		}
		return float64(result.Exposure) / float64(result.Exits)
	}
	asBlock, inTurn := leave(bentBlock{}), leave(bent{})
	fmt.Printf("mean time to x > 1: %.0f\n", asBlock)
	fmt.Println("the same without Eval:", math.Abs(asBlock/inTurn-1) < 1e-3)
	// Output:
	// mean time to x > 1: 66
	// the same without Eval: true
}

// The lanes of a block, beside Loss and Grad.
func ExampleBlock_layout() {
	l := bent{}
	theta := make([]float64, 2*lane.Width)
	for j := range lane.Width {
		theta[j], theta[lane.Width+j] = float64(j)/10, 1
	}
	loss, grad := make([]float64, 3), make([]float64, 2*lane.Width)
	bentBlock{}.Eval(theta, loss, grad) // three lanes
	for j := range loss {
		point, slope := []float64{theta[j], theta[lane.Width+j]}, make([]float64, 2)
		l.Grad(slope, point)
		fmt.Printf("lane %d at %v: L = %.4f (%.4f), grad L = [%.3f %.3f] (%.3f)\n",
			j, point, loss[j], l.Loss(point), grad[j], grad[lane.Width+j], slope)
	}
	// Output:
	// lane 0 at [0 1]: L = 2.5000 (2.5000), grad L = [0.000 4.000] ([0.000 4.000])
	// lane 1 at [0.1 1]: L = 2.4652 (2.4652), grad L = [-0.692 3.960] ([-0.692 3.960])
	// lane 2 at [0.2 1]: L = 2.3632 (2.3632), grad L = [-1.336 3.840] ([-1.336 3.840])
}
