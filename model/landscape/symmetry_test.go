package landscape_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/landscape"
)

// rotation draws an orthogonal n x n matrix.
func rotation(t *rapid.T, n int) *mat.Dense {
	var qr mat.QR
	qr.Factorize(mat.NewDense(n, n, rapid.SliceOfN(rapid.Float64Range(-1, 1), n*n, n*n).Draw(t, "Q")))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

func rotate(q mat.Matrix, theta []float64) []float64 {
	var image mat.VecDense
	image.MulVec(q, mat.NewVecDense(len(theta), append([]float64(nil), theta...)))
	return image.RawVector().Data
}

// TestProp_QuadraticMoves: theta -> Q theta + s, H -> a Q H Q^T/w², L* -> a L* with
// lengths scaled by w multiplies the loss by a.
func TestProp_QuadraticMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		h, minimum, theta, shift := positiveDefinite(t, n), point(t, n, "theta*"), point(t, n, "theta"), point(t, n, "s")
		floor, a, w, q := scale(t, "L*"), scale(t, "a"), scale(t, "w"), rotation(t, n)
		image := func(theta []float64) []float64 {
			z := rotate(q, theta)
			floats.Scale(w, z)
			floats.Add(z, shift)
			return z
		}
		var turned mat.Dense
		turned.Product(q, h, q.T())
		moved := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				moved.SetSym(i, j, a/(w*w)*(turned.At(i, j)+turned.At(j, i))/2)
			}
		}
		before, err1 := landscape.NewQuadraticValley(h, minimum, floor)
		after, err2 := landscape.NewQuadraticValley(moved, image(minimum), a*floor)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		// Lengths cancel against the shift: rounding is relative to it, squared.
		tol := 1e-12 * (1 + floats.Norm(shift, 2)/w)
		if got, want := after.Loss(image(theta)), a*before.Loss(theta); math.Abs(got-want) > tol*want {
			t.Fatalf("loss %v, want %v", got, want)
		}
		got, want := landscape.Spectrum(after, theta), landscape.Spectrum(before, theta)
		floats.Scale(a/(w*w), want)
		if !floats.EqualApprox(got, want, 1e-12*want[n-1]) {
			t.Fatalf("spectrum %v, want %v", got, want)
		}
	})
}

// TestProp_ChannelSymmetries: rotations about the axis and the reflection of the
// axis leave the loss alone, a scales it, lengths scale with w, and on the
// axis the channel is the double well.
func TestProp_ChannelSymmetries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(t, "n")
		a, w := scale(t, "a"), scale(t, "w'")
		p := landscape.ChannelParameters{Dim: n, Floor: scale(t, "L0"), Height: scale(t, "dL"), Width: scale(t, "w"), KMin: scale(t, "km"), KSaddle: scale(t, "ks")}
		channel, err1 := landscape.NewChannel(p)
		scaled, err2 := landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: a * p.Floor, Height: a * p.Height, Width: w * p.Width,
			KMin: a * p.KMin / (w * w), KSaddle: a * p.KSaddle / (w * w)})
		well, err3 := landscape.NewDoubleWell(p.Floor, p.Height, p.Width)
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				t.Fatal(err)
			}
		}
		theta := point(t, n, "theta")
		want := channel.Loss(theta)
		turned := append([]float64{-theta[0]}, rotate(rotation(t, n-1), theta[1:])...)
		if got := channel.Loss(turned); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("turned and reflected: %v, want %v", got, want)
		}
		long := append([]float64(nil), theta...)
		floats.Scale(w, long)
		if got := scaled.Loss(long); math.Abs(got-a*want) > 1e-12*a*want {
			t.Fatalf("scaled: %v, want %v", got, a*want)
		}
		axis := make([]float64, n)
		axis[0] = theta[0]
		if got, want := channel.Loss(axis), well.Loss(theta[:1]); math.Abs(got-want) > 1e-13*want {
			t.Fatalf("on the axis: %v, want %v", got, want)
		}
	})
}
