package sde

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

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
