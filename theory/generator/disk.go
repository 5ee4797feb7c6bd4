package generator

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A disk maps (s, phi) onto the valley of a [Planar] problem,
//
//	theta = theta* + C rho(s, phi) (cos phi, sin phi),  C C^T = H*^-1
//	rho = s (R(phi) + R(phi+pi))/2 + s² (R(phi) - R(phi+pi))/2
//
// where the threshold is at s = 1. The square term makes a diameter smooth across
// the minimum: (-s, phi) and (s, phi+pi) are one point.
type disk struct {
	p        Planar
	n, m     int // Chebyshev degree (odd), angles (even)
	half     int // radial points with 0 < s < 1
	s        []float64
	ds, dss  [][]float64
	dp, dpp  [][]float64
	c        [2][2]float64 // C
	inverse  [2][2]float64
	even     []float64 // (R(phi) + R(phi+pi))/2, and its derivatives
	even1    []float64
	even2    []float64
	odd      []float64 // (R(phi) - R(phi+pi))/2, and its derivatives
	odd1     []float64
	odd2     []float64
	sin, cos []float64
}

// disk places the mesh of degree n (odd) with m (even) angles.
func (p Planar) disk(n, m int) (*disk, error) {
	d := &disk{p: p, n: n, m: m, half: (n - 1) / 2}
	d.s, d.ds, d.dss = chebyshev(n)
	d.dp, d.dpp = fourier(m)

	h := mat.NewSymDense(2, nil)
	p.Landscape.Hessian(h, p.Minimum)
	check := model.CheckDomain("planar exit problem")
	a, b, e := h.At(0, 0), h.At(0, 1), h.At(1, 1)
	det := a*e - b*b
	if err := check.That(a > 0 && det > 0 && det < math.Inf(1), "Hessian H* at the minimum", [3]float64{a, b, e}, "a positive definite matrix").Err(); err != nil {
		return nil, err
	}
	// H = K K^T with K lower triangular; C = K^-T, C^-1 = K^T.
	k00 := math.Sqrt(a)
	k10 := b / k00
	k11 := math.Sqrt(det / a)
	d.inverse = [2][2]float64{{k00, k10}, {0, k11}}
	d.c = [2][2]float64{{1 / k00, -k10 / (k00 * k11)}, {0, 1 / k11}}

	reach := make([]float64, m)
	d.sin, d.cos = make([]float64, m), make([]float64, m)
	for j := range m {
		d.sin[j], d.cos[j] = math.Sincos(2 * math.Pi * float64(j) / float64(m))
		r, ok := d.threshold(j)
		if !ok {
			return nil, check.That(false, "loss ratio c", p.LossRatio, "a threshold that every ray from the minimum meets").Err()
		}
		reach[j] = r
	}
	d.even, d.odd = make([]float64, m), make([]float64, m)
	for j, r := range reach {
		opposite := reach[(j+m/2)%m]
		d.even[j], d.odd[j] = (r+opposite)/2, (r-opposite)/2
		// rho must grow with s.
		check.That(math.Abs(d.odd[j]) < 0.45*d.even[j], "shape of the valley", fmt.Sprintf("%.3g to %.3g", r, opposite), "opposite reaches from the minimum within a factor 2.6")
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	d.even1, d.even2 = apply(d.dp, d.even), apply(d.dpp, d.even)
	d.odd1, d.odd2 = apply(d.dp, d.odd), apply(d.dpp, d.odd)
	return d, nil
}

// point returns theta at distance rho along ray j.
func (d *disk) point(rho float64, j int) [2]float64 {
	y0, y1 := rho*d.cos[j], rho*d.sin[j]
	return [2]float64{
		d.p.Minimum[0] + d.c[0][0]*y0 + d.c[0][1]*y1,
		d.p.Minimum[1] + d.c[1][0]*y0 + d.c[1][1]*y1,
	}
}

// threshold returns the first rho at which ray j meets L = c L*, by a scan and
// bisection.
func (d *disk) threshold(j int) (float64, bool) {
	l := d.p.Landscape
	target := d.p.LossRatio * l.Loss(d.p.Minimum)
	above := func(rho float64) bool {
		x := d.point(rho, j)
		return l.Loss(x[:]) >= target
	}
	// In a quadratic valley the threshold is at rho0.
	rho0 := math.Sqrt(2 * (target - l.Loss(d.p.Minimum)))
	low, high := 0.0, 0.0
	for k := 1; ; k++ {
		if k > 1000 {
			return 0, false
		}
		if high = rho0 * 0.02 * float64(k); above(high) {
			break
		}
		low = high
	}
	for range 60 {
		if middle := (low + high) / 2; above(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return (low + high) / 2, true
}

// rho and its derivatives at (s, phi_j).
func (d *disk) rho(s float64, j int) (v, vs, vp, vss, vsp, vpp float64) {
	v = s*d.even[j] + s*s*d.odd[j]
	vs = d.even[j] + 2*s*d.odd[j]
	vp = s*d.even1[j] + s*s*d.odd1[j]
	vss = 2 * d.odd[j]
	vsp = d.even1[j] + 2*s*d.odd1[j]
	vpp = s*d.even2[j] + s*s*d.odd2[j]
	return v, vs, vp, vss, vsp, vpp
}

// coefficients returns those of the backward generator in (s, phi),
//
//	L f = Dss f_ss + 2 Dsp f_sp + Dpp f_pp + bs f_s + bp f_p
//	D^ab = grad q^a . D grad q^b,  b^a = grad q^a . (b - sum_cd D^cd d²y/dq^c dq^d)
//
// which is Itô's formula for q = (s, phi) (Gardiner2009, ch. 4).
func (d *disk) coefficients(s float64, j int, sigma *mat.SymDense) (dss, dsp, dpp, bs, bp float64, ok bool) {
	v, vs, vp, vss, vsp, vpp := d.rho(s, j)
	theta := d.point(v, j)
	var g [2]float64
	d.p.Landscape.Grad(g[:], theta[:])
	d.p.Noise.Covariance(sigma, theta[:])
	s00, s01, s11 := sigma.At(0, 0), sigma.At(0, 1), sigma.At(1, 1)
	if !(s00 > 0 && s00*s11-s01*s01 > 0) {
		return 0, 0, 0, 0, 0, false
	}
	eta := d.p.LearningRate
	// Drift and diffusion in y = C^-1 (theta - theta*).
	i := d.inverse
	b0 := -(i[0][0]*g[0] + i[0][1]*g[1])
	b1 := -(i[1][0]*g[0] + i[1][1]*g[1])
	m00, m01 := i[0][0]*s00+i[0][1]*s01, i[0][0]*s01+i[0][1]*s11
	m10, m11 := i[1][0]*s00+i[1][1]*s01, i[1][0]*s01+i[1][1]*s11
	d00 := eta / 2 * (m00*i[0][0] + m01*i[0][1])
	d01 := eta / 2 * (m00*i[1][0] + m01*i[1][1])
	d11 := eta / 2 * (m10*i[1][0] + m11*i[1][1])

	// Along n = (cos, sin) and t = (-sin, cos).
	c, sn := d.cos[j], d.sin[j]
	bn, bt := b0*c+b1*sn, -b0*sn+b1*c
	dnn := d00*c*c + 2*d01*c*sn + d11*sn*sn
	dnt := (d11-d00)*c*sn + d01*(c*c-sn*sn)
	dtt := d00*sn*sn - 2*d01*c*sn + d11*c*c

	// y_s = vs n, y_p = vp n + v t; so grad s = (n - (vp/v) t)/vs, grad p = t/v.
	sN, sT := 1/vs, -vp/(v*vs)
	pT := 1 / v
	dss = sN*sN*dnn + 2*sN*sT*dnt + sT*sT*dtt
	dsp = pT * (sN*dnt + sT*dtt)
	dpp = pT * pT * dtt
	// y_ss = vss n, y_sp = vsp n + vs t, y_pp = (vpp - v) n + 2 vp t.
	an := bn - (dss*vss + 2*dsp*vsp + dpp*(vpp-v))
	at := bt - (2*dsp*vs + dpp*2*vp)
	return dss, dsp, dpp, sN*an + sT*at, pT * at, true
}

// index of the unknown at radial point k = 1..half (s from large to small) and
// angle j.
func (d *disk) index(k, j int) int { return (k-1)*d.m + j }

// operator returns minus the generator on functions that vanish at s = 1.
func (d *disk) operator() *mat.Dense {
	size := d.half * d.m
	a := mat.NewDense(size, size, nil)
	sigma := mat.NewSymDense(2, nil)
	// fold maps the Chebyshev point q on the diameter of angle j to an unknown;
	// points with s < 0 lie on the opposite ray.
	fold := func(q, j int) int {
		if q <= d.half {
			return d.index(q, j)
		}
		return d.index(d.n-q, (j+d.m/2)%d.m)
	}
	for k := 1; k <= d.half; k++ {
		for j := range d.m {
			dss, dsp, dpp, bs, bp, ok := d.coefficients(d.s[k], j, sigma)
			row := a.RawRowView(d.index(k, j))
			if !ok {
				dss = math.NaN() // surfaces as an error in meanTime
			}
			for q := 1; q < d.n; q++ {
				row[fold(q, j)] -= dss*d.dss[k][q] + bs*d.ds[k][q]
			}
			for l := range d.m {
				row[d.index(k, l)] -= dpp*d.dpp[j][l] + bp*d.dp[j][l]
				if l == j {
					continue
				}
				cross := 2 * dsp * d.dp[j][l]
				for q := 1; q < d.n; q++ {
					row[fold(q, l)] -= cross * d.ds[k][q]
				}
			}
		}
	}
	return a
}

// meanTime solves -L f = 1 and returns f at the minimum, by the polynomial
// through every diameter, averaged over angles.
func (d *disk) meanTime(lu *mat.LU) (float64, error) {
	size := d.half * d.m
	one := mat.NewVecDense(size, nil)
	for i := range size {
		one.SetVec(i, 1)
	}
	var f mat.VecDense
	if err := lu.SolveVecTo(&f, false, one); err != nil && !usable(err) {
		return 0, d.singular()
	}
	t := d.atMinimum(&f)
	if math.IsNaN(t) || math.IsInf(t, 0) {
		return 0, d.singular()
	}
	return t, nil
}

// usable reports whether the error is gonum's remark on a large condition number.
func usable(err error) bool {
	c, ok := err.(mat.Condition)
	return ok && !math.IsInf(float64(c), 1) && !math.IsNaN(float64(c))
}

func (d *disk) singular() error {
	return model.CheckDomain("planar exit problem").
		That(false, "covariance Sigma", "singular, or not finite, in the valley", "positive definite everywhere").Err()
}

// atMinimum interpolates to s = 0 with Chebyshev's barycentric weights
// (-1)^k; the end points carry f = 0.
func (d *disk) atMinimum(f *mat.VecDense) float64 {
	sum := 0.0
	for j := range d.m {
		top, bottom := 0.0, 0.0
		for q := range d.n + 1 {
			w := (1 - 2*float64(q%2)) / -d.s[q]
			if q == 0 || q == d.n {
				bottom += w / 2
				continue
			}
			value := 0.0
			if q <= d.half {
				value = f.AtVec(d.index(q, j))
			} else {
				value = f.AtVec(d.index(d.n-q, (j+d.m/2)%d.m))
			}
			top += w * value
			bottom += w
		}
		sum += top / bottom
	}
	return sum / float64(d.m)
}

// principal returns the eigenvalue of -L closest to zero, which is real and
// simple (Perron and Frobenius), by inverse iteration.
func (d *disk) principal(lu *mat.LU) (float64, error) {
	size := d.half * d.m
	f := mat.NewVecDense(size, nil)
	for i := range size {
		f.SetVec(i, 1)
	}
	lambda := 0.0
	for range 500 {
		var g mat.VecDense
		if err := lu.SolveVecTo(&g, false, f); err != nil && !usable(err) {
			return 0, d.singular()
		}
		// The eigenfunction is positive, so its value at the minimum is a scale.
		next := d.atMinimum(f) / d.atMinimum(&g)
		f.ScaleVec(next, &g)
		if math.Abs(next-lambda) <= 1e-13*math.Abs(next) {
			return next, nil
		}
		lambda = next
	}
	return lambda, nil
}
