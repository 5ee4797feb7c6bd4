package quasipotential

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// bent is the curved double well
//
//	L = L0 + dL (1 - x²)² + k (y - c (1 - x²))²/2
//
// with minima (-1, 0), (1, 0) and the saddle (0, c). For c != 0 the eigenvectors
// of the Hessian turn along the way.
type bent struct{ floor, height, k, c float64 }

func (bent) Dim() int            { return 2 }
func (bent) minimum() []float64  { return []float64{-1, 0} }
func (l bent) saddle() []float64 { return []float64{0, l.c} }
func (l bent) Loss(z []float64) float64 {
	q := 1 - z[0]*z[0]
	u := z[1] - l.c*q
	return l.floor + l.height*q*q + l.k*u*u/2
}
func (l bent) Grad(dst, z []float64) {
	q := 1 - z[0]*z[0]
	u := z[1] - l.c*q
	dst[0] = -4*l.height*z[0]*q + l.k*u*2*l.c*z[0]
	dst[1] = l.k * u
}
func (l bent) Hessian(dst *mat.SymDense, z []float64) {
	x := z[0]
	u := z[1] - l.c*(1-x*x)
	dst.SetSym(0, 0, l.height*(12*x*x-4)+l.k*(4*l.c*l.c*x*x+2*l.c*u))
	dst.SetSym(0, 1, 2*l.k*l.c*x)
	dst.SetSym(1, 1, l.k)
}

// exponential is L = exp(x^T K x/2), whose drift -grad log L = -K x is linear.
type exponential struct{ k *mat.SymDense }

func (e exponential) Dim() int { return e.k.SymmetricDim() }
func (e exponential) product(x []float64) []float64 {
	n := len(x)
	out := make([]float64, n)
	for i := range n {
		for j := range n {
			out[i] += e.k.At(i, j) * x[j]
		}
	}
	return out
}
func (e exponential) Loss(x []float64) float64 { return math.Exp(floats.Dot(x, e.product(x)) / 2) }
func (e exponential) Grad(dst, x []float64) {
	floats.ScaleTo(dst, e.Loss(x), e.product(x))
}
func (e exponential) Hessian(dst *mat.SymDense, x []float64) {
	l, kx := e.Loss(x), e.product(x)
	for i := range x {
		for j := i; j < len(x); j++ {
			dst.SetSym(i, j, l*(e.k.At(i, j)+kx[i]*kx[j]))
		}
	}
}

// linearPotential is the quasi-potential of dx = -K x dt + sqrt(2 eps A) dW in
// closed form: V = x^T Q^-1 x/2 with K Q + Q K = 2A (Gardiner2009, ch. 4). The
// Lyapunov equation is solved in the eigenbasis of K, Q_ij = 2 A_ij/(k_i + k_j).
func linearPotential(k, a *mat.SymDense, x []float64) float64 {
	n := len(x)
	var eigen mat.EigenSym
	eigen.Factorize(k, true)
	values := eigen.Values(nil)
	var v, av, vav mat.Dense
	eigen.VectorsTo(&v)
	av.Mul(a, &v)
	vav.Mul(v.T(), &av)
	q := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			q.SetSym(i, j, 2*vav.At(i, j)/(values[i]+values[j]))
		}
	}
	var chol mat.Cholesky
	chol.Factorize(q)
	var vx, solved mat.VecDense
	vx.MulVec(v.T(), mat.NewVecDense(n, x))
	if err := chol.SolveVecTo(&solved, &vx); err != nil {
		panic(err)
	}
	return mat.Dot(&vx, &solved) / 2
}
