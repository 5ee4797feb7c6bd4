package sde

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// valley is Eq. 13 or 15 on the isotropic valley with h = 1, L* = 0.5, B = 1,
// eta = 0.1.
func valley(form Form, n int, dt float64) *Process { return valleyOf(form, n, dt, 0.1) }

func valleyOf(form Form, n int, dt, eta float64) *Process {
	l := must(landscape.NewIsotropicValley(n, 1, 0.5))
	h := mat.NewSymDense(n, nil)
	l.Hessian(h, make([]float64, n))
	return must(New(Config{Landscape: l, Noise: must(noise.NewLossProportional(l, h, 1)), LearningRate: eta, Dt: dt, Form: form}))
}

// started returns a state whose lanes are replicas 0, 1, ... at the start.
func started(p *Process, k lane.Kernel, start []float64) *lane.State {
	s := lane.NewState(p.Dim(), k.Extra())
	for j := range lane.Width {
		s.Start(j, 1, uint64(j), start)
		k.Begin(s, j)
	}
	return s
}

func benchmarkKernel(b *testing.B, p *Process, k lane.Kernel, start []float64) {
	s := started(p, k, start)
	b.ReportAllocs()
	for b.Loop() {
		k.Advance(s, lane.Width, lane.BlockSteps)
		clear(s.Hit[:])
	}
	perStep := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / (lane.Width * lane.BlockSteps)
	b.ReportMetric(perStep, "ns/step")
}

func BenchmarkStepNoise(b *testing.B) {
	w := lane.Watch{Monitor: lane.Loss, Level: 50}
	for _, n := range []int{1, 2, 5, 10} {
		l := must(dataset.NewPopulation(n, 1))
		p := must(New(Config{Landscape: l, Noise: must(noise.NewGaussianInputs(l, 1)), LearningRate: 0.1, Dt: 0.1}))
		b.Run(fmt.Sprintf("noise=gaussian-inputs/n=%d", n), func(b *testing.B) {
			benchmarkKernel(b, p, must(p.Kernel(w)), make([]float64, n))
		})
	}
}

func BenchmarkStepLandscape(b *testing.B) {
	well := must(landscape.NewDoubleWell(1, 1, 2))
	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 2, KMin: 2, KSaddle: 3}))
	quadratic := must(landscape.NewQuadraticValley(mat.NewSymDense(3, []float64{3, 1, 0, 1, 2, 0, 0, 0, 1}), nil, 0.5))
	for _, e := range []struct {
		name string
		l    landscape.Valley
	}{{"doublewell", well}, {"channel", channel}, {"quadratic", quadratic}, {"user", user{well}}} {
		for _, form := range []Form{Time, LogTime} {
			p := must(New(Config{Landscape: e.l, Noise: must(noise.NewLossIsotropic(e.l, 0.1, 0.1)), LearningRate: 0.1, Dt: 0.01, Form: form}))
			normal := make([]float64, p.n)
			normal[0] = 1
			w := lane.Watch{Monitor: lane.Plane, Normal: normal, Level: 50, Corrected: true}
			b.Run(fmt.Sprintf("landscape=%s/form=%v/n=%d", e.name, form, p.n), func(b *testing.B) {
				benchmarkKernel(b, p, must(p.Kernel(w)), e.l.Minimum())
			})
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, form := range []Form{Time, LogTime} {
		for _, n := range []int{1, 2, 10} {
			p := valley(form, n, 0.1)
			w := lane.Watch{Monitor: lane.Loss, Level: 50}
			b.Run(fmt.Sprintf("landscape=valley/loop=fused/form=%v/n=%d", form, n), func(b *testing.B) {
				benchmarkKernel(b, p, must(p.Kernel(w)), make([]float64, n))
			})
			b.Run(fmt.Sprintf("landscape=valley/loop=general/form=%v/n=%d", form, n), func(b *testing.B) {
				benchmarkKernel(b, p, p.general(w), make([]float64, n))
			})
		}
	}
}
