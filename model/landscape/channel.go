package landscape

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A Channel is the n-dimensional double well, symmetric about its axis x,
//
//	L(x, r) = L0 + dL (1 - (x/w)²)² + k(x) r²/2
//	k(x)    = km + (ks - km) exp(-4 (x/w)²)
//
// where r is the distance from the axis in the n-1 transverse directions. The
// minima are at x = -w and +w, where k is k(w) = km + (ks - km) exp(-4), and the
// saddle is the origin, where k is ks. With n = 1 it is a [DoubleWell].
type Channel struct {
	n                    int
	floor, height, width float64
	kMin, kSaddle        float64
}

// ChannelParameters are the parameters of a [Channel].
type ChannelParameters struct {
	Dim     int     // 1 <= n <= model.MaxDim, axis and transverse directions together
	Floor   float64 // L0 > 0
	Height  float64 // dL > 0
	Width   float64 // w > 0
	KMin    float64 // km > 0, transverse curvature far from the saddle
	KSaddle float64 // ks > 0, transverse curvature at the saddle
}

// NewChannel returns the channel with the given parameters.
func NewChannel(p ChannelParameters) (*Channel, error) {
	err := model.CheckDomain("channel").
		MatrixDim("dimension n", p.Dim).
		Positive("floor L0", p.Floor).
		Positive("height dL", p.Height).
		Positive("width w", p.Width).
		Positive("transverse curvature km", p.KMin).
		Positive("transverse curvature ks", p.KSaddle).Err()
	if err != nil {
		return nil, err
	}
	return &Channel{n: p.Dim, floor: p.Floor, height: p.Height, width: p.Width, kMin: p.KMin, kSaddle: p.KSaddle}, nil
}

// Parameters returns the parameters the channel was built from.
func (c *Channel) Parameters() ChannelParameters {
	return ChannelParameters{Dim: c.n, Floor: c.floor, Height: c.height, Width: c.width, KMin: c.kMin, KSaddle: c.kSaddle}
}

// TransverseCurvature returns k(x).
func (c *Channel) TransverseCurvature(x float64) float64 {
	u := x / c.width
	return c.kMin + float64((c.kSaddle-c.kMin)*math.Exp(-4*u*u))
}

// Dim returns n.
func (c *Channel) Dim() int { return c.n }

// Minimum returns (-w, 0, ..., 0), the well in which escapes start.
func (c *Channel) Minimum() []float64 { return c.onAxis(-c.width) }

// Saddle returns the origin.
func (c *Channel) Saddle() []float64 { return c.onAxis(0) }

// Beyond returns (+w, 0, ..., 0).
func (c *Channel) Beyond() []float64 { return c.onAxis(c.width) }

func (c *Channel) onAxis(x float64) []float64 {
	theta := make([]float64, c.n)
	theta[0] = x
	return theta
}

// Loss returns L(theta).
func (c *Channel) Loss(theta []float64) float64 {
	checkLen("channel", c.n, theta)
	u := theta[0] / c.width
	q := 1 - float64(u*u)
	return c.floor + float64(c.height*q*q) + float64(c.TransverseCurvature(theta[0])*radius2(theta)/2)
}

// Grad stores grad L(theta) in dst.
func (c *Channel) Grad(dst, theta []float64) {
	checkLen("channel", c.n, dst, theta)
	x := theta[0]
	u := x / c.width
	k := c.TransverseCurvature(x)
	dk := -8 * u / c.width * (k - c.kMin)
	dst[0] = float64(-4*c.height/c.width*u*(1-float64(u*u))) + float64(dk*radius2(theta)/2)
	for i := 1; i < c.n; i++ {
		dst[i] = k * theta[i]
	}
}

// Hessian stores the Hessian of L at theta in dst.
func (c *Channel) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("channel", c.n, theta)
	x := theta[0]
	u := x / c.width
	w2 := c.width * c.width
	k := c.TransverseCurvature(x)
	dk := -8 * u / c.width * (k - c.kMin)
	ddk := (float64(64*u*u) - 8) / w2 * (k - c.kMin)
	dst.Zero()
	dst.SetSym(0, 0, float64(4*c.height/w2*(float64(3*u*u)-1))+float64(ddk*radius2(theta)/2))
	for i := 1; i < c.n; i++ {
		dst.SetSym(0, i, dk*theta[i])
		dst.SetSym(i, i, k)
	}
}

// radius2 returns the squared distance from the axis.
func radius2(theta []float64) float64 {
	r2 := 0.0
	for _, z := range theta[1:] {
		r2 += float64(z * z)
	}
	return r2
}
