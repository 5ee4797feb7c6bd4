package rate

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// ErrResolution is wrapped by the error of [FirstOrder] when finite differences
// of the Hessian do not settle. Source: a convention of this package.
var ErrResolution = errors.New("derivatives not resolved")

// FirstOrder returns the coefficient c_1 of the first correction to the law of n
// outliers,
//
//	kappa = kappa_17 [1 + c_1 T + O(T²)]                    (kappa_17: Mori2022, Eq. 17)
//
// for noise that is isotropic in all n directions of the landscape (Mori2022,
// Eqs. 20, 21), T = eta h*/B. It depends on the landscape alone. The asymptotic
// series has further corrections that are exponentially small in T.
//
// # Derivation
//
// In t the generator is L (T Laplace - grad U . grad) with U = log L, reversible
// for the density L^-(1/T+1), and kappa is the capacity between the wells over
// the mass of the well that is left (Bovier2004), up to exponentially small
// terms. Derivatives of U are taken in the eigenbasis of its Hessian u_i; M_i =
// 1/|u_i|, repeated indices are summed, and
//
//	S = -1/8 U_iijj M_i M_j + 1/8 (U_iik M_i)² M_k + 1/12 U_ijk² M_i M_j M_k
//
// Laplace's expansion of the mass at the minimum is S_* with -n/2 from its
// factor 1/L. At the saddle, with x along u_x = -a, the Dirichlet form is
// expanded about its minimiser f_0, df_0/dx ~ exp(-a x²/2T), which weighs
// functions with a Gaussian of covariance T M: that is S_s again. The minimiser
// also follows the cubic term of U, by the solution in Hermite polynomials of
// its equation, which lowers the capacity by
//
//	G = (U_xii M_i)²/(4a) + 1/2 U_xij² M_i M_j/(a + |u_i| + |u_j|)
//	c_1 = S_s - G - S_* + n/2                              (closed form)
//
// G vanishes where U is even about the saddle. In one dimension c_1 is what
// Laplace's method gives for Kramers' two integrals.
//
// Third and fourth derivatives are central differences of the Hessian,
// extrapolated twice: about nine digits for a Hessian in closed form, and an
// error wrapping [ErrResolution] when a Hessian by differences is too noisy for
// three. An error wraps [model.ErrDomain] when the minimum or the saddle is not
// one.
func FirstOrder(l landscape.Passage) (float64, error) {
	if err := model.CheckDomain("first-order correction").That(l != nil, "landscape L", l, "a landscape with a saddle").Err(); err != nil {
		return math.NaN(), err
	}
	atMin, err := newJet(l, l.Minimum(), "minimum", 0)
	if err != nil {
		return math.NaN(), err
	}
	atSad, err := newJet(l, l.Saddle(), "saddle", 1)
	if err != nil {
		return math.NaN(), err
	}
	c1 := atSad.loops() - atSad.yield() - atMin.loops() + float64(l.Dim())/2
	if noise := atSad.noise + atMin.noise; !(noise <= firstOrderTolerance*(1+math.Abs(c1))) {
		return math.NaN(), fmt.Errorf("first-order correction: c_1 = %.4g is uncertain by %.2g: %w", c1, noise, ErrResolution)
	}
	return c1, nil
}

// firstOrderTolerance is the largest uncertainty of c_1 that is accepted,
// relative to 1 + |c_1|.
const firstOrderTolerance = 1e-3

// A jet holds derivatives of U = log L at a critical point, in the eigenbasis of
// its Hessian and in units of the thermal lengths M_i^(1/2) at T = 1.
type jet struct {
	u       []float64     // eigenvalues of the Hessian of U, ascending
	cubic   [][][]float64 // U_ijk (M_i M_j M_k)^(1/2)
	quartic [][]float64   // U_iijj M_i M_j
	noise   float64       // change of the sums in the last extrapolation
}

// newJet takes the derivatives at a critical point with the given number of
// negative curvatures.
func newJet(l landscape.Landscape, theta []float64, name string, index int) (jet, error) {
	n := l.Dim()
	loss := l.Loss(theta)
	hessian := mat.NewSymDense(n, nil)
	l.Hessian(hessian, theta)
	d := model.CheckDomain("first-order correction").Positive("loss L at the "+name, loss)
	var eigen mat.EigenSym
	d.That(finite(hessian) && eigen.Factorize(hessian, true), "Hessian at the "+name, "not finite", "finite numbers")
	if err := d.Err(); err != nil {
		return jet{}, err
	}
	mu := eigen.Values(nil)
	negative := 0
	for _, x := range mu {
		if x < 0 {
			negative++
		}
		d.That(x != 0, "curvature at the "+name, x, "a number other than 0")
	}
	d.That(negative == index, "negative curvatures at the "+name, negative, fmt.Sprintf("exactly %d", index))
	if err := d.Err(); err != nil {
		return jet{}, err
	}
	var basis mat.Dense
	eigen.VectorsTo(&basis)
	j := jet{u: make([]float64, n)}
	length := make([]float64, n) // M_i^(1/2)
	for i := range mu {
		j.u[i] = mu[i] / loss
		length[i] = 1 / math.Sqrt(math.Abs(j.u[i]))
	}
	// inUnits returns the Hessian of L, over L, in the basis and the units, at a
	// distance along one of its axes.
	point, turned, h := make([]float64, n), new(mat.Dense), mat.NewSymDense(n, nil)
	inUnits := func(axis int, distance float64) *mat.Dense {
		for i := range point {
			point[i] = theta[i] + distance*length[axis]*basis.At(i, axis)
		}
		l.Hessian(h, point)
		turned.Product(basis.T(), h, &basis)
		scaled := mat.NewDense(n, n, nil)
		scaled.Apply(func(i, k int, v float64) float64 { return v / loss * length[i] * length[k] }, turned)
		return scaled
	}
	j.quartic = make([][]float64, n)
	j.cubic = make([][][]float64, n)
	middle := inUnits(0, 0)
	for k := range n {
		j.quartic[k] = make([]float64, n)
		j.cubic[k] = make([][]float64, n)
		var odd, even [levelsOfDifference]*mat.Dense
		for level := range odd {
			step := firstDifference / math.Exp2(float64(level))
			up, down := inUnits(k, step), inUnits(k, -step)
			odd[level], even[level] = mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
			odd[level].Sub(up, down)
			odd[level].Scale(1/(2*step), odd[level])
			even[level].Add(up, down)
			even[level].Sub(even[level], middle)
			even[level].Sub(even[level], middle)
			even[level].Scale(1/(step*step), even[level])
		}
		third, thirdMoved := richardson(odd)
		fourth, fourthMoved := richardson(even)
		j.noise += math.Max(thirdMoved, fourthMoved)
		for i := range n {
			j.cubic[k][i] = third.RawRowView(i)
			// log(1+y) = y - y²/2 + ...: three pairings of two second derivatives.
			both := sign(mu[i]) * sign(mu[k])
			if i == k {
				both *= 3
			}
			j.quartic[k][i] = fourth.At(i, i) - both
		}
	}
	return j, nil
}

// Finite differences start at firstDifference thermal lengths and are halved.
const (
	firstDifference    = 1. / 32
	levelsOfDifference = 3
)

// richardson removes the errors of second and fourth order from differences with
// halved steps, and says by how much the last removal moved an entry.
func richardson(d [levelsOfDifference]*mat.Dense) (best *mat.Dense, moved float64) {
	best = mat.DenseCopyOf(d[0])
	best.Apply(func(i, k int, _ float64) float64 {
		r1 := (4*d[1].At(i, k) - d[0].At(i, k)) / 3
		r2 := (4*d[2].At(i, k) - d[1].At(i, k)) / 3
		value := (16*r2 - r1) / 15
		moved = math.Max(moved, math.Abs(value-r2))
		return value
	}, best)
	return best, moved
}

func sign(x float64) float64 { return math.Copysign(1, x) }

// loops returns S.
func (j jet) loops() float64 {
	sum := 0.0
	for k := range j.u {
		trace := 0.0
		for i := range j.u {
			sum -= j.quartic[k][i] / 8
			trace += j.cubic[k][i][i]
			for m := range j.u {
				sum += j.cubic[k][i][m] * j.cubic[k][i][m] / 12
			}
		}
		sum += trace * trace / 8
	}
	return sum
}

// yield returns G, with x the first direction.
func (j jet) yield() float64 {
	a := math.Abs(j.u[0])
	trace, sum := 0.0, 0.0
	for i, ui := range j.u {
		trace += j.cubic[0][i][i]
		for k, uk := range j.u {
			// U_xij² M_i M_j is the square of the scaled derivative over M_x = 1/a.
			sum += j.cubic[0][i][k] * j.cubic[0][i][k] * a / (2 * (a + math.Abs(ui) + math.Abs(uk)))
		}
	}
	return trace*trace/4 + sum
}
