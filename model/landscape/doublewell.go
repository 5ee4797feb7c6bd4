package landscape

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A DoubleWell is the symmetric one-dimensional double well
//
//	L(x) = L0 + dL (1 - (x/w)²)²
//
// with minima at -w and +w (loss L0, curvature 8 dL/w²) and a saddle at 0
// (loss L0 + dL, curvature -4 dL/w²).
type DoubleWell struct {
	floor, height, width float64
}

// NewDoubleWell returns the double well with floor L0 > 0, height dL > 0 and
// half-distance w > 0 between its minima.
func NewDoubleWell(floor, height, width float64) (*DoubleWell, error) {
	err := model.CheckDomain("double well").
		Positive("floor L0", floor).
		Positive("height dL", height).
		Positive("width w", width).Err()
	if err != nil {
		return nil, err
	}
	return &DoubleWell{floor: floor, height: height, width: width}, nil
}

// Floor returns L0, the loss at the minima.
func (d *DoubleWell) Floor() float64 { return d.floor }

// Height returns dL, the linear barrier.
func (d *DoubleWell) Height() float64 { return d.height }

// Width returns w; the minima are at -w and +w.
func (d *DoubleWell) Width() float64 { return d.width }

// Dim returns 1.
func (d *DoubleWell) Dim() int { return 1 }

// Minimum returns -w, the well in which escapes start.
func (d *DoubleWell) Minimum() []float64 { return []float64{-d.width} }

// Saddle returns 0.
func (d *DoubleWell) Saddle() []float64 { return []float64{0} }

// Beyond returns +w.
func (d *DoubleWell) Beyond() []float64 { return []float64{d.width} }

// Loss returns L(x).
func (d *DoubleWell) Loss(theta []float64) float64 {
	checkLen("double well", 1, theta)
	u := theta[0] / d.width
	q := 1 - float64(u*u)
	return d.floor + float64(d.height*q*q)
}

// Grad stores L'(x) = -4 (dL/w) (x/w) (1 - (x/w)²) in dst.
func (d *DoubleWell) Grad(dst, theta []float64) {
	checkLen("double well", 1, dst, theta)
	u := theta[0] / d.width
	dst[0] = -4 * d.height / d.width * u * (1 - float64(u*u))
}

// Hessian stores L”(x) = (4 dL/w²) (3 (x/w)² - 1) in dst.
func (d *DoubleWell) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("double well", 1, theta)
	u := theta[0] / d.width
	dst.SetSym(0, 0, 4*d.height/(d.width*d.width)*(float64(3*u*u)-1))
}
