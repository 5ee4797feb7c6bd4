package dataset

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sgdescape/model"
)

// DigitsParity returns the regression of the parity of the digits (even +1, odd
// -1) on their leading principal components, the default of real data:
//
//	x_mu,k = v_k.(p_mu - mean p)/sigma_k,  k = 1, ..., components
//
// where v_k is the direction of the k-th largest variance of the pixels p and
// sigma_k² that variance with divisor N. The inputs have mean 0 and variance 1
// and are uncorrelated, so that H = I up to rounding.
//
// There is no intercept. The inputs are centred, so that an intercept would be
// the mean m of the targets and would not change theta*: 891 digits are even and
// 906 odd, m = -15/1797, and leaving it out raises L* by m²/2 = 3.5e-5. The sign
// of a principal component is arbitrary; its weight of largest magnitude is made
// positive.
//
// Domain: 1 <= components <= 61, the rank of the pixels (three are always 0).
func DigitsParity(components int) (*Regression, error) {
	scores, err := digitScores()
	if err != nil {
		return nil, err
	}
	err = model.CheckDomain("digits parity").
		That(components >= 1 && components <= scores.rank, "number of principal components", components,
			fmt.Sprintf("an integer from 1 to the rank %d", scores.rank)).Err()
	if err != nil {
		return nil, err
	}
	n, _ := scores.matrix.Dims()
	inputs := make([]float64, 0, n*components)
	for mu := range n {
		inputs = append(inputs, scores.matrix.RawRowView(mu)[:components]...)
	}
	return NewRegression(inputs, scores.parity, components)
}

// scores are the standardised principal components of the digits.
type scores struct {
	matrix *mat.Dense // N x rank
	parity []float64
	rank   int
}

var digitScores = sync.OnceValues(func() (*scores, error) {
	images, err := Digits()
	if err != nil {
		return nil, err
	}
	return principalComponents(images)
})

// rankTolerance is the standard deviation of a component, relative to the
// largest, below which it is rounding.
const rankTolerance = 1e-10

func principalComponents(images *Images) (*scores, error) {
	n, pixels := images.Len(), images.Height*images.Width
	x := mat.NewDense(n, pixels, append([]float64(nil), images.Pixels...))
	for j := range pixels {
		column := mat.Col(nil, j, x)
		mean := stat.Mean(column, nil)
		for mu := range column {
			column[mu] -= mean
		}
		x.SetCol(j, column)
	}
	var pc stat.PC
	if !pc.PrincipalComponents(x, nil) {
		return nil, model.CheckDomain("digits parity").That(false, "pixels", "without principal components", "a matrix with a singular-value decomposition").Err()
	}
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	variances := pc.VarsTo(nil)

	s := &scores{parity: make([]float64, n)}
	for s.rank < len(variances) && math.Sqrt(variances[s.rank]) > rankTolerance*math.Sqrt(variances[0]) {
		s.rank++
	}
	directions := mat.DenseCopyOf(vectors.Slice(0, pixels, 0, s.rank))
	for k := range s.rank {
		v := mat.Col(nil, k, directions)
		// PC divides by N - 1; the mean of x² over the data is to be 1.
		sigma := math.Sqrt(variances[k] * float64(n-1) / float64(n))
		if largest(v) < 0 {
			sigma = -sigma
		}
		for i := range v {
			v[i] /= sigma
		}
		directions.SetCol(k, v)
	}
	s.matrix = new(mat.Dense)
	s.matrix.Mul(x, directions)
	for mu, label := range images.Labels {
		s.parity[mu] = 1 - 2*float64(label%2)
	}
	return s, nil
}

// largest returns the element of v with the largest magnitude.
func largest(v []float64) float64 {
	best := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(best) {
			best = x
		}
	}
	return best
}
