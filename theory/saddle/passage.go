package saddle

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A Passage holds what the escape rate of n outliers needs of a minimum and a
// saddle (Mori2022, Eq. 17): both Hessians on the outlier subspace, their
// determinants, and the escape direction.
type Passage struct {
	Minimum, Saddle *mat.SymDense // H* and H_s on the outlier subspace, n x n, in the basis Basis
	Basis           *mat.Dense    // P x n, orthonormal columns: the leading eigenvectors of H*
	OutlierCount    int           // n
	LossMinimum     float64       // L*
	LossSaddle      float64       // L_s
	EscapeCurvature float64       // |h_e^s|, of the negative eigenvalue on the subspace
	LogDetMinimum   float64       // log det H* over the subspace
	LogDetSaddle    float64       // log |det H_s| over the subspace
	// Captured is the squared length of the full escape direction's projection on
	// the subspace; 1 when the outliers hold all of it.
	Captured float64
	// EscapeOutlierCurvature is e^T H* e for the escape direction e within the
	// subspace: h*, or h_e* when the outliers differ (Mori2022, appendix).
	EscapeOutlierCurvature float64
}

// NewPassage restricts both Hessians to the outlier subspace, spanned by the
// eigenvectors of the outliers largest eigenvalues of H*,
//
//	H -> V^T H V,  V = (v_1 ... v_n)                   (Mori2022, Eq. 17)
//
// With outliers equal to the dimension nothing is left out. An error wrapping
// [model.ErrDomain] says when the minimum is not one, when the restricted H_s
// has not exactly one negative eigenvalue, or when L_s > L* > 0 fails.
func NewPassage(atMin, atSad Point, outliers int) (*Passage, error) {
	dim := len(atMin.Theta)
	d := model.CheckDomain("passage").
		AtLeast(1, "dimension", dim).
		That(len(atSad.Theta) == dim, "dimension of the saddle", len(atSad.Theta), fmt.Sprintf("that of the minimum, %d", dim)).
		That(outliers >= 1 && outliers <= dim, "outlier count n", outliers, fmt.Sprintf("an integer from 1 to %d", dim)).
		Positive("loss L* at the minimum", atMin.Loss).
		Above(atMin.Loss, "loss L_s at the saddle", atSad.Loss).
		That(atMin.Index() == 0, "index of the minimum", atMin.Index(), "0").
		That(atSad.Index() == 1, "index of the saddle", atSad.Index(), "1")
	if err := d.Err(); err != nil {
		return nil, err
	}
	n := outliers
	p := &Passage{OutlierCount: n, LossMinimum: atMin.Loss, LossSaddle: atSad.Loss,
		Minimum: mat.NewSymDense(n, nil), Saddle: mat.NewSymDense(n, nil)}
	p.Basis = mat.DenseCopyOf(atMin.Eigenvectors.Slice(0, dim, dim-n, dim))
	restrict(p.Minimum, p.Basis, atMin.Hessian)
	restrict(p.Saddle, p.Basis, atSad.Hessian)

	var eigen mat.EigenSym
	if !eigen.Factorize(p.Saddle, true) {
		return nil, d.That(false, "Hessian H_s on the outlier subspace", "not diagonalisable in float64", "finite numbers").Err()
	}
	mu := eigen.Values(nil)
	negative := 0
	for _, x := range mu {
		if x < 0 {
			negative++
		}
		p.LogDetSaddle += math.Log(math.Abs(x))
	}
	d.That(negative == 1, "negative eigenvalues of H_s on the outlier subspace", negative, "exactly 1").
		Finite("log |det H_s| on the outlier subspace", p.LogDetSaddle)
	if err := d.Err(); err != nil {
		return nil, err
	}
	for _, x := range atMin.Eigenvalues[dim-n:] {
		p.LogDetMinimum += math.Log(x)
	}
	p.EscapeCurvature = -mu[0]
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	e := vectors.ColView(0)
	p.EscapeOutlierCurvature = mat.Inner(e, p.Minimum, e)
	var projected mat.VecDense
	projected.MulVec(p.Basis.T(), atSad.Eigenvectors.ColView(0))
	p.Captured = mat.Dot(&projected, &projected)
	return p, nil
}

// restrict stores V^T H V in dst.
func restrict(dst *mat.SymDense, v *mat.Dense, h *mat.SymDense) {
	var hv, vhv mat.Dense
	hv.Mul(h, v)
	vhv.Mul(v.T(), &hv)
	n := dst.SymmetricDim()
	for i := range n {
		for j := i; j < n; j++ {
			dst.SetSym(i, j, (vhv.At(i, j)+vhv.At(j, i))/2)
		}
	}
}
