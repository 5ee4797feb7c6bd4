package sde

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

// blockUser is a user's landscape that evaluates blocks of lanes.
type blockUser struct {
	landscape.Valley
	calls *int
}

func (b blockUser) Eval(theta, loss, grad []float64) {
	*b.calls++
	const inverse2 = 1 / (1.5 * 1.5)
	for j := range loss {
		x := theta[j]
		q := 1 - float64(float64(x*x)*inverse2) // rounded, so that it is the same where multiply-adds are fused
		loss[j] = 1 + float64(q*q)
		grad[j] = -4 * inverse2 * x * q
	}
}

// TestBlock: a user's block is called for whole blocks, and gives what the same
// landscape gives one lane at a time, to rounding.
func TestBlock(t *testing.T) {
	calls := 0
	well := must(landscape.NewDoubleWell(1, 1, 1.5))
	l := blockUser{well, &calls}
	p := must(New(Config{Landscape: l, Noise: must(noise.NewLossIsotropic(l, 0.2, 0.1)), LearningRate: 0.1, Dt: 0.01}))
	scalar := user{well}
	q := must(New(Config{Landscape: scalar, Noise: must(noise.NewLossIsotropic(scalar, 0.2, 0.1)), LearningRate: 0.1, Dt: 0.01}))
	w := lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0, Corrected: true}
	fast, slow := must(p.Kernel(w)), must(q.Kernel(w))
	a, b := started(p, fast, well.Minimum()), started(q, slow, well.Minimum())
	fast.Advance(a, lane.Width, lane.BlockSteps)
	slow.Advance(b, lane.Width, lane.BlockSteps)
	if calls == 0 || calls > lane.BlockSteps+1 {
		t.Errorf("Eval was called %d times for %d steps", calls, lane.BlockSteps)
	}
	for j := range lane.Width {
		if x, y := a.Theta[j], b.Theta[j]; !(x-y < 1e-13 && y-x < 1e-13) {
			t.Errorf("lane %d is at %v and %v", j, x, y)
		}
	}
	if diff := cmp.Diff(b.Hit, a.Hit); diff != "" {
		t.Errorf("exits differ (-want +got):\n%s", diff)
	}
}

func BenchmarkStepUserBlock(b *testing.B) {
	calls := 0
	l := blockUser{must(landscape.NewDoubleWell(1, 1, 1.5)), &calls}
	for _, form := range []Form{Time, LogTime} {
		p := must(New(Config{Landscape: l, Noise: must(noise.NewLossIsotropic(l, 0.1, 0.1)), LearningRate: 0.1, Dt: 0.01, Form: form}))
		for name, w := range map[string]lane.Watch{"loss": {Monitor: lane.Loss, Level: 50}, "plane": {Monitor: lane.Plane, Normal: []float64{1}, Level: 50, Corrected: true}} {
			b.Run("form="+form.String()+"/exit="+name, func(b *testing.B) { benchmarkKernel(b, p, must(p.Kernel(w)), l.Minimum()) })
		}
	}
}

func BenchmarkNormals(b *testing.B) {
	s := started(valley(Time, 1, 0.1), newValley1(parabola{h: 1, floor: 1}, 0.1, lane.Watch{}), []float64{0})
	var x [lane.Width]float64
	for b.Loop() {
		s.Normals(x[:])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lane.Width, "ns/normal")
}

// sliced is a landscape that == cannot compare, as one with a slice in it is.
type sliced struct {
	blockUser
	coefficients []float64
}

// TestSeparable: the noise of a landscape of one's own is recognised by contents,
// so that the loop over all lanes is taken; that of another landscape is not, and
// in tau, which needs it, the error names both.
func TestSeparable(t *testing.T) {
	calls := 0
	inner := must(landscape.NewDoubleWell(1, 1, 1.5))
	outer := blockUser{inner, &calls}
	closure := func() {}
	type withFunction struct {
		landscape.Valley
		f func()
	}
	function := withFunction{inner, closure}
	for name, c := range map[string]struct {
		process, noise landscape.Landscape
		want           bool
	}{
		"value":               {outer, outer, true},
		"slice":               {sliced{outer, []float64{1, 2}}, sliced{outer, []float64{1, 2}}, true},
		"another slice":       {sliced{outer, []float64{1, 2}}, sliced{outer, []float64{1, 3}}, false},
		"function":            {function, function, false},
		"pointer to function": {&function, &function, true},
		"embedded":            {outer, inner, false},
	} {
		config := Config{Landscape: c.process, Noise: must(noise.NewLossIsotropic(c.noise, 0.2, 0.1)), LearningRate: 0.1, Dt: 0.01}
		p := must(New(config))
		k := must(p.Kernel(lane.Watch{Monitor: lane.Loss, Level: 3}))
		if _, all := k.(*blocks); p.Separable() != c.want || all != c.want {
			t.Errorf("%s: separable %v, kernel %T, want %v", name, p.Separable(), k, c.want)
		}
		config.Form = LogTime
		_, err := New(config)
		if (err == nil) != c.want {
			t.Errorf("%s: error %v in log time, want one: %v", name, err, !c.want)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("of the loss of %T, want noise proportional to the loss of the landscape itself, %T", c.noise, c.process)) {
			t.Errorf("%s: error %q does not name both landscapes", name, err)
		}
	}
}
