package generator

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

func TestEscape_Conditions(t *testing.T) {
	names := func(p Axisymmetric) (out []string) {
		for _, c := range escape(t, p, Options{Resolution: 1, Grids: 2}).Conditions {
			out = append(out, c.Name)
		}
		return out
	}
	if got := names(Channel(standardChannel(t, 2), 1./16)); len(got) != 0 {
		t.Errorf("conditions %v, want none", got)
	}
	if diff := cmp.Diff([]string{model.LowBarrier}, names(Channel(standardChannel(t, 2), 0.4))); diff != "" {
		t.Error(diff)
	}
	// A loss that grows like a logarithm holds no stationary density.
	slow := LossProportional(1, 0.5, func(x, _ float64) float64 {
		if x = math.Abs(x); x < 1 {
			return 1 + (1-x*x)*(1-x*x)
		}
		return 1 + 0.1*math.Log1p(40*(x-1)*(x-1))
	}, -1, 0, 1)
	if diff := cmp.Diff([]string{model.LowBarrier, model.NotNormalisable}, names(slow)); diff != "" {
		t.Error(diff)
	}
}

func TestEscape_RefusesNaNInTheBox(t *testing.T) {
	p := LossProportional(1, 0.2, func(x, _ float64) float64 {
		if x < -1.4 {
			return math.NaN()
		}
		return 1 + (1-x*x)*(1-x*x)
	}, -1, 0, 1)
	if _, err := p.Escape(Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("Escape: error %v, want ErrDomain", err)
	}
	if _, err := p.PrincipalEigenvalue(0, Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("PrincipalEigenvalue: error %v, want ErrDomain", err)
	}
	if _, err := p.MeanFirstPassageTime(0, Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("MeanFirstPassageTime: error %v, want ErrDomain", err)
	}
}

// A grid beyond what can be solved is refused before it is built, and by default
// one that is merely slow is solved on two grids in place of three.
func TestEscape_BoundsTheWork(t *testing.T) {
	for _, row := range []struct {
		temperature float64
		asked, want int // grids
	}{{0.25, 0, 3}, {100, 0, 2}, {100, 3, 3}} {
		p := Channel(standardChannel(t, 2), row.temperature)
		o, err := Options{Grids: row.asked}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := p.box(p.Minimum, p.Saddle, o); err != nil || b.grids != row.want {
			t.Errorf("T = %v: %d grids (%v), want %d", row.temperature, b.grids, err, row.want)
		}
	}
	for name, c := range map[string]landscape.ChannelParameters{
		"work":  {Dim: 2, Floor: 1e-8, Height: 1, Width: 1, KMin: 2, KSaddle: 3},
		"width": {Dim: 2, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 1e300},
	} {
		channel, err := landscape.NewChannel(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Channel(channel, 0.8).Escape(Options{}); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}

// The eigenvalue of a rate whose square underflows is found as that of any other:
// time in another unit changes no digit but by rounding.
func TestPrincipal_TinyUnit(t *testing.T) {
	rate := func(unit float64) float64 {
		p := LossProportional(1, 0.2, func(x, _ float64) float64 { return unit * (1 + (1-x*x)*(1-x*x)) }, -1, 0, 1)
		return escape(t, p, Options{Grids: 2}).Rate.Value / unit
	}
	if one, tiny := rate(1), rate(1e-170); !(relative(tiny, one) < 1e-9) {
		t.Errorf("rate %v, in a unit 1e170 times as long %v", one, tiny)
	}
}

// Where the population settles across the axis no faster than it leaves, the
// smallest eigenvalues crowd together. This is refused on the coarsest grid, after
// a bounded number of iterations.
func TestEscape_RateStandsApart(t *testing.T) {
	for name, c := range map[string]struct {
		temperature   float64
		floor, width  float64
		transverseLow float64 // km, with ks = 3/2 km
		apart         bool
	}{
		"standard":           {0.2, 1, 1, 2, true},
		"shallow across":     {0.2, 1, 1, 1e-3, true},
		"flat across":        {0.2, 1, 1, 1e-6, false},
		"narrow and hot":     {8e15, 1, 1e-8, 2, false},
		"no barrier at all":  {0.8, 1e20, 1, 2, false},
		"hardly any barrier": {0.8, 1e3, 1, 2, true},
	} {
		channel, err := landscape.NewChannel(landscape.ChannelParameters{
			Dim: 2, Floor: c.floor, Height: 1, Width: c.width, KMin: c.transverseLow, KSaddle: 1.5 * c.transverseLow})
		if err != nil {
			t.Fatal(err)
		}
		evaluations, p := 0, Channel(channel, c.temperature)
		speed := p.Speed
		p.Speed = func(x, r float64) float64 { evaluations++; return speed(x, r) }
		var b box
		for _, exit := range []float64{p.Beyond, p.Saddle} {
			if b, _, err = p.prepare(exit, Options{}); err != nil {
				t.Fatal(err)
			}
		}
		placing := evaluations
		_, err = p.Escape(Options{Grids: 2})
		if (err == nil) != c.apart || err != nil && !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want none: %v", name, err, c.apart)
		}
		// One evaluation a cell: the fine grid has four times as many.
		cells := (b.between + b.beyondLeft) * b.radial
		if went := evaluations - 2*placing; (went > 2*cells) != c.apart {
			t.Errorf("%s: %d evaluations for grids, the coarsest has %d cells; want more than one grid: %v", name, went, cells, c.apart)
		}
	}
}

// Eigenvalues within 8 % are not apart, those beyond 20 % are.
func TestPrincipal_Apart(t *testing.T) {
	for ratio, want := range map[float64]bool{1.001: false, 1.01: false, 1.2: true, 2: true} {
		net := newNetwork(2, 1) // two nodes that hardly know of each other
		net.couple(0, 1, 1e-6)
		net.kill(0, 1)
		net.kill(1, ratio)
		net.factorise()
		if lambda, _, apart := net.principal([]float64{1, 1}); apart != want {
			t.Errorf("ratio %v: lambda = %v, apart is %v, want %v", ratio, lambda, apart, want)
		}
	}
}
