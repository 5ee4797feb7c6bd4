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
			entry := MeanTest{Want: want, Alpha: t.Alpha / pairs(d)}.Assert(column)
			f.Effect = maxNaN(f.Effect, entry.Effect)
			f.Statistic = maxNaN(f.Statistic, entry.Margin())
		}
	}
	return f.finish()
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
