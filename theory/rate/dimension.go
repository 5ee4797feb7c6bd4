package rate

import (
	"fmt"
	"math"
	"slices"

	"sgdescape/model"
)

// Dimension is the number of outliers read off a Hessian spectrum, with the gap
// that separates them from the bulk. Source: the gap rule of [EffectiveDimension].
type Dimension struct {
	Count     int     // n, the outlier count
	Gap       float64 // lambda_n/lambda_{n+1}; +Inf when nothing positive lies below
	Curvature float64 // geometric mean of the n outliers, a value for h*
}

// Parameters of the gap rule.
const (
	outlierReach = 100 // an outlier is at least lambda_1/100
	bulkFloor    = 1e4 // an eigenvalue below lambda_1/1e4 counts as lambda_1/1e4
	clearGap     = 2   // a gap below 2 is not clear
)

// EffectiveDimension reads the outlier count n of Eq. 17 off the eigenvalues of
// a Hessian at a minimum, in any order. The rule: sort them in descending
// order, raise everything below lambda_1/1e4 (negative rounding included) to
// that value, and cut where
//
//	lambda_n/lambda_{n+1}
//
// is largest among the n with lambda_n >= lambda_1/100 and lambda_n above the
// floor; the last eigenvalue counts as followed by one of its own size, so that
// a spectrum without any gap is all outliers. Ties go to the smaller n. Gap is the
// ratio of the two eigenvalues themselves, before anything is raised.
// The condition [NoGap] is set when the largest ratio is below 2.
// An error wraps [model.ErrDomain]: no eigenvalue is positive, or one is not
// finite. Source: outliers as in Mori2022, section 3; the numbers of the rule
// are a choice of this package.
func EffectiveDimension(eigenvalues []float64) (Dimension, []model.Condition, error) {
	d := model.CheckDomain("Hessian spectrum")
	for i, x := range eigenvalues {
		d.Finite(fmt.Sprintf("eigenvalue lambda[%d]", i), x)
	}
	d.AtLeast(1, "number of eigenvalues", len(eigenvalues))
	if err := d.Err(); err != nil {
		return Dimension{}, nil, err
	}
	lambda := slices.Clone(eigenvalues)
	slices.Sort(lambda)
	slices.Reverse(lambda)
	if err := d.Positive("largest eigenvalue lambda_1", lambda[0]).Err(); err != nil {
		return Dimension{}, nil, err
	}
	floor := lambda[0] / bulkFloor
	n, widest := len(lambda), 1.0
	for i := 0; i+1 < len(lambda) && lambda[i] >= lambda[0]/outlierReach; i++ {
		if ratio := lambda[i] / math.Max(lambda[i+1], floor); ratio > widest {
			n, widest = i+1, ratio
		}
	}
	out := Dimension{Count: n, Gap: math.Inf(1), Curvature: math.Exp(logAbsProduct(lambda[:n]) / float64(n))}
	if n < len(lambda) && lambda[n] > 0 {
		out.Gap = lambda[n-1] / lambda[n]
	}
	var noted []model.Condition
	if widest < clearGap {
		noted = append(noted, model.Condition{Name: NoGap,
			Detail: fmt.Sprintf("the widest gap of the spectrum is a factor %.4g, less than %d", widest, clearGap)})
	}
	return out, noted, nil
}
