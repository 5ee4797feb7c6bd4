package generator

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// An Axisymmetric problem is a reversible diffusion in n dimensions that is
// symmetric about an axis,
//
//	dz = a (-grad U dtau + sqrt(2T) dW_tau),  d tau = a dt
//	generator in t:  a (T Laplace f - grad U . grad f) = (a/m) div(T m grad f),  m = exp(-U/T)
//
// (Mori2022, Eqs. 14, 15, 20, 21: U = log L, a = L, T = eta h*/B). In the
// coordinate x and the distance r from the axis the measure carries the weight
// r^(n-2), and the generator is self-adjoint with mass m/a. With n = 1 there is
// no r.
type Axisymmetric struct {
	Dim         int                        // n, from 1 to 40
	Potential   func(x, r float64) float64 // U; even in r
	Speed       func(x, r float64) float64 // a = dtau/dt > 0; even in r
	Temperature float64                    // T > 0
	Minimum     float64                    // x of the minimum, on the axis
	Saddle      float64                    // x of the saddle, Minimum < Saddle < Beyond
	Beyond      float64                    // x of the minimum on the other side
}

// LossProportional returns the problem dz = -grad L dt + sqrt(2 T L) dW, the
// isotropic form of SGD's diffusion limit with T = eta h*/B (Mori2022, Eqs. 13,
// 20): U = log L and a = L. The loss must be positive and even in r.
func LossProportional(dim int, temperature float64, loss func(x, r float64) float64, minimum, saddle, beyond float64) Axisymmetric {
	return Axisymmetric{
		Dim:         dim,
		Potential:   func(x, r float64) float64 { return math.Log(loss(x, r)) },
		Speed:       loss,
		Temperature: temperature,
		Minimum:     minimum, Saddle: saddle, Beyond: beyond,
	}
}

// Langevin returns the comparator with constant noise, gradient Langevin
// dynamics dz = -grad L dt + sqrt(2D) dW (Mori2022, Eq. 5): U = L, T = D, a = 1.
func Langevin(dim int, diffusion float64, loss func(x, r float64) float64, minimum, saddle, beyond float64) Axisymmetric {
	return Axisymmetric{
		Dim:         dim,
		Potential:   loss,
		Speed:       func(x, r float64) float64 { return 1 },
		Temperature: diffusion,
		Minimum:     minimum, Saddle: saddle, Beyond: beyond,
	}
}

// Channel returns the problem [LossProportional] on a channel of the catalogue,
// dz = -grad L dt + sqrt(2 T L) dW with T = eta h*/B (Mori2022, Eqs. 13, 20).
func Channel(c *landscape.Channel, temperature float64) Axisymmetric {
	p := c.Parameters()
	loss := func(x, r float64) float64 {
		u := x / p.Width
		q := 1 - u*u
		return p.Floor + p.Height*q*q + c.TransverseCurvature(x)*r*r/2
	}
	return LossProportional(p.Dim, temperature, loss, -p.Width, 0, p.Width)
}

// maxDim bounds n: beyond it r^(n-2) leaves the range of float64 on one grid.
const maxDim = 40

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field (conventions of Mori2022, Eqs. 13-15).
func (p Axisymmetric) Validate() error {
	d := model.CheckDomain("axisymmetric problem").
		That(p.Dim >= 1 && p.Dim <= maxDim, "dimension n", p.Dim, fmt.Sprintf("an integer from 1 to %d", maxDim)).
		That(p.Potential != nil, "potential U", "nil", "a function").
		That(p.Speed != nil, "speed a", "nil", "a function").
		Positive("temperature T", p.Temperature).
		Finite("minimum x*", p.Minimum).
		Finite("saddle x^s", p.Saddle).
		Finite("minimum beyond", p.Beyond).
		That(p.Minimum < p.Saddle && p.Saddle < p.Beyond, "order of the planes", fmt.Sprint(p.Minimum, p.Saddle, p.Beyond), "minimum x* < saddle x^s < minimum beyond")
	if err := d.Err(); err != nil {
		return err
	}
	for _, at := range []struct {
		name string
		x    float64
	}{{"minimum", p.Minimum}, {"saddle", p.Saddle}, {"minimum beyond", p.Beyond}} {
		d.Finite("potential U at the "+at.name, p.Potential(at.x, 0))
		d.Positive("speed a at the "+at.name, p.Speed(at.x, 0))
	}
	return d.Err()
}

// Options of the solvers. The zero value asks for the defaults (source: choices
// of this package, tuned on the catalogue).
type Options struct {
	// Resolution is the number of cells per thermal length on the coarsest
	// grid; 0 stands for 2.
	Resolution float64
	// Grids is the number of nested grids, 2 or 3; 0 stands for 3, or for 2 where
	// the third would take more than a few seconds.
	Grids int
	// Tail is the fraction of the density below which the box is cut off;
	// 0 stands for 1e-6.
	Tail float64
}

func (o Options) withDefaults() (Options, error) {
	if o.Resolution == 0 {
		o.Resolution = 2
	}
	if o.Tail == 0 {
		o.Tail = 1e-6
	}
	err := model.CheckDomain("options of the generator").
		That(o.Resolution >= 0.5 && o.Resolution <= 64, "resolution", o.Resolution, "a number from 0.5 to 64, or 0 for the default").
		That(o.Grids == 0 || o.Grids == 2 || o.Grids == 3, "grids", o.Grids, "2 or 3, or 0 for the default").
		That(o.Tail > 0 && o.Tail <= 1e-2, "tail", o.Tail, "a number in (0, 0.01], or 0 for the default").Err()
	return o, err
}
