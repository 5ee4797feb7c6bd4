package stattest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A CovarianceTest asserts the covariance matrix of independent vectors. The
// vectors are whitened with Want = R R^T, so that y = R^-1 (x - mean) has the
// unit matrix as covariance, and each of the d(d+1)/2 means of y_i y_j is
// tested by a [MeanTest] at an equal part of alpha. Effects are
// |E y_i y_j - delta_ij|, relative errors of the matrix in its own metric.
//
// The mean subtracted is that of the sample and has an error, which moves n-1 times
// the mean of y_i y_j by delta_ij - z_i z_j, with z standard normal. It matters where
// sqrt(n) s, the noise of n products of standard deviation s, is small: for few
// vectors, and for those of two-point noise, all of whose squares are 1. With c the
// critical value of the MeanTest the half-width, times n, is the most that
//
//	sqrt(n) s a + z^2,   a^2 + z^2 = c^2
//
// can be: c sqrt(n) s where that is at least 2 c^2, as if the mean were known, and
// n s^2/4 + c^2 where it is not.
type CovarianceTest struct {
	Want  mat.Symmetric // d x d, positive definite
	Alpha float64
}

// Assert tests the n rows, each a vector of d numbers. It panics if Want is not
// positive definite. The statistic is the largest ratio of a deviation to its
// critical value, so the critical value is 1.
func (t CovarianceTest) Assert(rows mat.Matrix) Finding {
	n, d := rows.Dims()
	var chol mat.Cholesky
	if d != t.Want.SymmetricDim() || !chol.Factorize(t.Want) {
		panic(fmt.Sprintf("stattest: covariance of %d-vectors compared with a %d x %d matrix that must be positive definite", d, t.Want.SymmetricDim(), t.Want.SymmetricDim()))
	}
	var r mat.TriDense
	chol.LTo(&r)
	centred := mat.NewDense(n, d, nil)
	centred.Copy(rows)
	column := make([]float64, n)
	for j := range d {
		mat.Col(column, j, rows)
		mean := stat.Mean(column, nil)
		for i := range n {
			centred.Set(i, j, column[i]-mean)
		}
	}
	var y mat.Dense
	if err := y.Solve(&r, centred.T()); err != nil {
		panic("stattest: covariance to compare with is singular: " + err.Error())
	}
	f := Finding{N: n, Alpha: t.Alpha, Critical: 1, Detectable: t.Detectable(n)}
	if n < 2 { // one vector does not scatter: it says nothing, which is no agreement
		f.Statistic = math.NaN()
		return f.finish()
	}
	unbias := float64(n) / float64(n-1) // the sample mean was subtracted
	for i := range d {
		for j := range i + 1 {
			want := 0.0
			if i == j {
				want = 1
			}
			for k := range n {
				column[k] = unbias * y.At(i, k) * y.At(j, k)
			}
			m := momentsOf(column)
			half := productHalfWidth(n, m.sd, studentCritical(t.Alpha/pairs(d), n, m.skew))
			f.Effect = maxNaN(f.Effect, math.Abs(m.mean-want))
			f.Statistic = maxNaN(f.Statistic, math.Abs(m.mean-want)/half)
		}
	}
	return f.finish()
}

// productHalfWidth returns how far the mean of n products with sample standard
// deviation sd may be from its expectation, at the critical value c; see
// [CovarianceTest]. A smaller c counts as 1 where the error of the means does, z^2
// being mostly far below 1 and thus delta_ij - z_i z_j about 1.
func productHalfWidth(n int, sd, c float64) float64 {
	m := float64(n)
	if sd*math.Sqrt(m) >= 2*math.Max(c, 1) {
		return c * sd / math.Sqrt(m)
	}
	return sd*sd/4 + math.Max(c*c, 1)/(m-1)
}

func pairs(d int) float64 { return float64(d*(d+1)) / 2 }

// Detectable returns the smallest error e of an entry of the whitened covariance
// that n Gaussian vectors reveal with probability [DetectionPower]. The worst
// entries are the diagonal ones: squares of variance 1 + e are a gamma law with
// standard deviation (1+e) sqrt(2) and skewness sqrt(8). With d and d' the shifts
// along the tail and against it that a [MeanTest] finds, in standard deviations,
//
//	too large:  e = (1+e) sqrt(2) d,    e = sqrt(2) d /(1 - sqrt(2) d)
//	too small:  e = (1-e) sqrt(2) d',   e = sqrt(2) d'/(1 + sqrt(2) d')
func (t CovarianceTest) Detectable(n int) float64 {
	plan := MeanTest{Alpha: t.Alpha / pairs(t.Want.SymmetricDim()), Skewness: math.Sqrt(8)}
	against, along := plan.detectable(n)
	against, along = math.Sqrt2*against, math.Sqrt2*along
	if !(along < 1) || math.IsInf(against, 1) {
		return math.Inf(1)
	}
	return math.Max(along/(1-along), against/(1+against))
}

// Needed returns the number of vectors that reveals an error of the given size.
func (t CovarianceTest) Needed(effect float64) int { return needed(effect, t.Detectable) }
