package dataset

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A Regression is a finite data set of N samples with the linear model
// f = theta.x in d dimensions. It is immutable and safe for concurrent use.
type Regression struct {
	d       int
	inputs  []float64 // N x d, row-major
	targets []float64
	floor   float64

	hessian     []float64 // d x d, row-major, X^T X/N
	minimum     []float64
	minimumLoss float64
}

// maxCondition bounds the condition number of X: above it the columns are
// linearly dependent to within rounding.
const maxCondition = 1e12

// interpolationTolerance is the root mean square residual, relative to the
// scale of the data, below which a fit without error cannot be told from
// rounding.
const interpolationTolerance = 1e-12

// NewRegression returns the regression with the given inputs (N x d,
// row-major) and targets (length N), which are copied. N is the number of
// targets and must be at least d.
//
// Inputs whose columns are linearly dependent have no unique minimum and are
// refused, and so are data that a linear model fits without error (L* = 0).
func NewRegression(inputs, targets []float64, d int) (*Regression, error) {
	return newRegression(inputs, targets, d, 0)
}

// NewRegressionWithFloor is [NewRegression] with a constant floor >= 0 added to
// every per-sample loss, and therefore to L. With a floor > 0 interpolating
// data are accepted.
func NewRegressionWithFloor(inputs, targets []float64, d int, floor float64) (*Regression, error) {
	return newRegression(inputs, targets, d, floor)
}

func newRegression(inputs, targets []float64, d int, floor float64) (*Regression, error) {
	n := len(targets)
	c := model.CheckDomain("regression").
		MatrixDim("dimension d", d).
		NonNegative("floor", floor)
	if d >= 1 {
		c.That(len(inputs) == n*d, "number of inputs", len(inputs), fmt.Sprintf("N d = %d x %d", n, d)).
			That(n >= d, "data-set size N", n, fmt.Sprintf("at least d = %d samples", d))
		checkFinite(c, "input x", inputs, d)
	} else {
		c.AtLeast(1, "data-set size N", n)
	}
	checkFinite(c, "target y", targets, 1)
	if err := c.Err(); err != nil {
		return nil, err
	}
	r := &Regression{
		d:       d,
		inputs:  append([]float64(nil), inputs...),
		targets: append([]float64(nil), targets...),
		floor:   floor,
	}
	if err := r.fit(); err != nil {
		return nil, err
	}
	return r, nil
}

// checkFinite reports the first number of a row-major table with d columns that
// is not finite; samples are counted from 0.
func checkFinite(c *model.Domain, name string, table []float64, d int) {
	for i, x := range table {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			where := fmt.Sprintf("%s[%d]", name, i/d)
			if d > 1 {
				where += fmt.Sprintf("[%d]", i%d)
			}
			c.Finite(where, x)
			return
		}
	}
}

// checkColumns refuses the first column, counted from 1, whose curvature is not a
// positive number: a column of zeros, and one whose squares leave the range of
// the floating-point numbers.
func checkColumns(c *model.Domain, inputs []float64, d int) {
	n := float64(len(inputs) / d)
	for j := range d {
		meanSquare, largest := 0.0, 0.0
		for i := j; i < len(inputs); i += d {
			meanSquare += inputs[i] * inputs[i] / n
			largest = max(largest, math.Abs(inputs[i]))
		}
		switch {
		case largest == 0:
			c.That(false, fmt.Sprintf("input column %d", j+1), "0 in every sample", "numbers that differ from 0: leave the column out")
			return
		case !(meanSquare >= leastSquare) || math.IsInf(meanSquare, 1):
			c.That(false, fmt.Sprintf("mean square of input column %d", j+1), meanSquare, fmt.Sprintf("a finite number > 0, at least %g: rescale the column", leastSquare))
			return
		}
	}
}

// fit computes H, theta* by a QR factorization of X, and L*.
func (r *Regression) fit() error {
	n, d := r.Len(), r.d
	x := mat.NewDense(n, d, r.inputs)
	var qr mat.QR
	qr.Factorize(x)
	c := model.CheckDomain("regression")
	if checkColumns(c, r.inputs, d); c.Err() != nil {
		return c.Err()
	}
	cond := qr.Cond()
	if !(cond <= maxCondition) {
		return c.That(false, "condition number of the inputs X", cond,
			fmt.Sprintf("at most %g (linearly independent columns)", maxCondition)).Err()
	}
	var minimum mat.VecDense
	if err := qr.SolveVecTo(&minimum, false, mat.NewVecDense(n, r.targets)); err != nil {
		return c.Include(err).Err()
	}
	r.minimum = append([]float64(nil), minimum.RawVector().Data...)

	var h mat.SymDense
	h.SymOuterK(1/float64(n), x.T())
	r.hessian = make([]float64, d*d)
	for i := range d {
		for j := range d {
			r.hessian[i*d+j] = h.At(i, j)
		}
	}

	var residual2, target2, fitted2 float64
	for mu, y := range r.targets {
		f := r.output(r.minimum, mu)
		residual2 += float64((f - y) * (f - y))
		target2 += float64(y * y)
		fitted2 += float64(f * f)
	}
	r.minimumLoss = r.floor + residual2/(2*float64(n))
	largest := 0.0
	for _, y := range r.targets {
		largest = max(largest, math.Abs(y))
	}
	square := target2 / float64(n)
	c.That(largest == 0 || square >= leastSquare && !math.IsInf(target2+fitted2, 1), "mean square of the targets y", square,
		fmt.Sprintf("a finite number > 0, at least %g: rescale the targets", leastSquare))
	if err := c.Err(); err != nil {
		return err
	}
	rounding := interpolationTolerance * (math.Sqrt(target2) + math.Sqrt(fitted2)) // of the root of residual2
	if math.Sqrt(residual2) <= rounding {
		c.That(r.floor > 0, "minimum loss L*", r.minimumLoss,
			"> 0 (the data are fitted without error: add samples or noise, or, in Go, state a floor by NewRegressionWithFloor)")
		least := rounding * rounding / (2 * float64(n))
		c.That(r.floor == 0 || r.floor >= least, "floor", r.floor,
			fmt.Sprintf("at least %.3g, since the data are fitted without error and the loss is known to rounding only", least))
	}
	if err := c.Err(); err != nil {
		return err
	}
	return c.Include(checkMinimumLoss("minimum loss L*", r.minimumLoss)).Err()
}

// leastSquare is the least mean square of a column, and least L*: below, numbers
// that are made of them lose their digits to underflow.
const leastSquare = 1e-290

// checkMinimumLoss refuses an L* that is not positive, or loses digits.
func checkMinimumLoss(name string, l float64) error {
	return model.CheckDomain("data").That(l >= leastSquare && !math.IsInf(l, 1), name, l,
		fmt.Sprintf("a finite number > 0, at least %g: rescale the targets", leastSquare)).Err()
}

// Len returns the number N of samples.
func (r *Regression) Len() int { return len(r.targets) }

// Dim returns the number d of parameters.
func (r *Regression) Dim() int { return r.d }

// Inputs returns the inputs, N x d, row-major. The slice is shared and must not
// be changed.
func (r *Regression) Inputs() []float64 { return r.inputs }

// Targets returns the targets, of length N. The slice is shared and must not be
// changed.
func (r *Regression) Targets() []float64 { return r.targets }

// Input returns x_mu, of length d. The slice is shared and must not be changed.
func (r *Regression) Input(mu int) []float64 {
	return r.inputs[mu*r.d : (mu+1)*r.d : (mu+1)*r.d]
}

// Target returns y_mu.
func (r *Regression) Target(mu int) float64 { return r.targets[mu] }

// Floor returns the constant that was added to the loss, usually 0.
func (r *Regression) Floor() float64 { return r.floor }

// output returns f(theta, x_mu).
func (r *Regression) output(theta []float64, mu int) float64 {
	f := 0.0
	for i, x := range r.Input(mu) {
		f += float64(theta[i] * x)
	}
	return f
}

// SampleLoss returns l_mu(theta) = (theta.x_mu - y_mu)²/2, plus the floor.
func (r *Regression) SampleLoss(theta []float64, mu int) float64 {
	checkLen("regression", r.d, theta)
	e := r.output(theta, mu) - r.targets[mu]
	return r.floor + float64(e*e/2)
}

// SampleGrad stores grad l_mu(theta) = (theta.x_mu - y_mu) x_mu in dst.
func (r *Regression) SampleGrad(dst, theta []float64, mu int) {
	checkLen("regression", r.d, dst, theta)
	e := r.output(theta, mu) - r.targets[mu]
	for i, x := range r.Input(mu) {
		dst[i] = e * x
	}
}

func checkLen(what string, n int, slices ...[]float64) {
	for _, s := range slices {
		if len(s) != n {
			panic(fmt.Sprintf("dataset: %s has %d dimensions, got a slice of length %d", what, n, len(s)))
		}
	}
}
