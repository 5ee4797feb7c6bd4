package generator

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// A Rectangle problem is the passage of a two-dimensional diffusion
//
//	d theta = -grad L dt + sqrt(eta Sigma(theta)) dW
//
// in Itô's sense (Mori2022, Eq. 4) from a point to the line theta_1 = Exit, such
// as a line through a saddle. Sigma is any positive definite covariance; there
// need be no detailed balance. The other three sides of the rectangle reflect, and
// should be so far out that the density is negligible there.
type Rectangle struct {
	Landscape    landscape.Landscape // of dimension 2
	Noise        noise.Model         // Sigma(theta), 2 x 2
	LearningRate float64             // eta > 0
	Start        []float64           // inside, usually the minimum
	Exit         float64             // theta_1 of the absorbing line
	Left         float64             // theta_1 of the opposite side, < Start[0]
	Low, High    float64             // theta_2 of the other sides, Low < Start[1] < High
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field (conventions of Mori2022, Eq. 4).
func (p Rectangle) Validate() error {
	d := model.CheckDomain("passage in a rectangle").
		That(p.Landscape != nil && p.Landscape.Dim() == 2, "landscape L", p.Landscape, "a landscape of dimension 2").
		That(p.Noise != nil && p.Noise.Dim() == 2, "covariance Sigma", p.Noise, "a noise model of dimension 2").
		Positive("learning rate eta", p.LearningRate).
		That(len(p.Start) == 2, "length of the start theta", len(p.Start), "2").
		Finite("exit line", p.Exit).Finite("left side", p.Left).Finite("low side", p.Low).Finite("high side", p.High)
	if err := d.Err(); err != nil {
		return err
	}
	return d.That(p.Left < p.Start[0] && p.Start[0] < p.Exit, "start theta_1", p.Start[0], "a number between the left side and the exit line").
		That(p.Low < p.Start[1] && p.Start[1] < p.High, "start theta_2", p.Start[1], "a number between the low and the high side").Err()
}

// rectangleMeshes lists degrees in theta_1 and theta_2.
var rectangleMeshes = [...][2]int{{20, 18}, {28, 24}, {36, 32}, {44, 40}, {54, 48}}

// Passage solves L f = -1 and L f = -lambda f with f = 0 on the exit line and no
// flux, n . Sigma grad f = 0, on the other sides (Gardiner2009, ch. 6), by
// collocation at Chebyshev points (Trefethen2000) and dense LU. Levels is
// at most 5; 0 stands for 4. What is said of accuracy at [Planar.Exit] holds here.
func (p Rectangle) Passage(o PlanarOptions) (PlanarExit, error) {
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.Levels == 0 {
		o.Levels = 4
	}
	d := model.CheckDomain("options of the passage in a rectangle").
		Positive("tolerance", o.Tolerance).
		That(o.Levels >= 2 && o.Levels <= len(rectangleMeshes), "levels", o.Levels, fmt.Sprintf("an integer from 2 to %d, or 0 for the default", len(rectangleMeshes)))
	if err := d.Include(p.Validate()).Err(); err != nil {
		return PlanarExit{}, err
	}
	var times, rates []float64
	var out PlanarExit
	for _, size := range rectangleMeshes[:o.Levels] {
		time, rate, ok := p.solve(size[0], size[1])
		if !ok {
			return PlanarExit{}, d.That(false, "covariance Sigma", "singular, or not finite, in the rectangle", "positive definite everywhere").Err()
		}
		times, rates = append(times, time), append(rates, rate)
		out.Unknowns = size[0] * (size[1] + 1)
		if out.MeanTime, out.PrincipalEigenvalue = settled(times), settled(rates); math.Max(out.MeanTime.RelativeError(), out.PrincipalEigenvalue.RelativeError()) < o.Tolerance {
			break
		}
	}
	return out, out.round(p.Landscape, p.Start, "passage in a rectangle")
}

// solve returns the mean time from the start and the principal eigenvalue on one
// mesh. Unknown (i, j), i = 1..nx and j = 0..ny, is the value at the Chebyshev
// point x_i, y_j; x_0 is the exit line.
func (p Rectangle) solve(nx, ny int) (time, rate float64, ok bool) {
	sx, dx, dxx := chebyshev(nx)
	sy, dy, dyy := chebyshev(ny)
	halfX, halfY := (p.Exit-p.Left)/2, (p.High-p.Low)/2
	midX, midY := (p.Exit+p.Left)/2, (p.High+p.Low)/2
	size := nx * (ny + 1)
	index := func(i, j int) int { return (i-1)*(ny+1) + j }

	a := mat.NewDense(size, size, nil)
	inside := make([]float64, size) // 1 in the interior, 0 on reflecting sides
	sigma := mat.NewSymDense(2, nil)
	var theta, g [2]float64
	for i := 1; i <= nx; i++ {
		for j := 0; j <= ny; j++ {
			theta = [2]float64{midX + halfX*sx[i], midY + halfY*sy[j]}
			p.Noise.Covariance(sigma, theta[:])
			s00, s01, s11 := sigma.At(0, 0), sigma.At(0, 1), sigma.At(1, 1)
			if !(s00 > 0 && s00*s11-s01*s01 > 0) {
				return 0, 0, false
			}
			row := a.RawRowView(index(i, j))
			first := func(cx, cy float64) { // cx d/dx + cy d/dy
				for q := 1; q <= nx; q++ {
					row[index(q, j)] += cx * dx[i][q] / halfX
				}
				for l := 0; l <= ny; l++ {
					row[index(i, l)] += cy * dy[j][l] / halfY
				}
			}
			if i == nx || j == 0 || j == ny {
				// The conormal derivative; in a corner that of the diagonal.
				var n0, n1 float64
				if i == nx {
					n0 = -1
				}
				if j == 0 {
					n1 = 1
				} else if j == ny {
					n1 = -1
				}
				first(n0*s00+n1*s01, n0*s01+n1*s11)
				continue
			}
			inside[index(i, j)] = 1
			p.Landscape.Grad(g[:], theta[:])
			first(g[0], g[1]) // minus the generator
			half := p.LearningRate / 2
			for q := 1; q <= nx; q++ {
				row[index(q, j)] -= half * s00 * dxx[i][q] / (halfX * halfX)
			}
			for l := 0; l <= ny; l++ {
				row[index(i, l)] -= half * s11 * dyy[j][l] / (halfY * halfY)
			}
			for q := 1; q <= nx; q++ {
				c := p.LearningRate * s01 * dx[i][q] / (halfX * halfY)
				for l := 0; l <= ny; l++ {
					row[index(q, l)] -= c * dy[j][l]
				}
			}
		}
	}
	var lu mat.LU
	lu.Factorize(a)
	wx := barycentric(sx, (p.Start[0]-midX)/halfX)
	wy := barycentric(sy, (p.Start[1]-midY)/halfY)
	at := func(f *mat.VecDense) float64 {
		s := 0.0
		for i := 1; i <= nx; i++ {
			for j := 0; j <= ny; j++ {
				s += wx[i] * wy[j] * f.AtVec(index(i, j))
			}
		}
		return s
	}
	f := mat.NewVecDense(size, inside)
	var solution mat.VecDense
	if err := lu.SolveVecTo(&solution, false, f); err != nil && !usable(err) {
		return 0, 0, false
	}
	time = at(&solution)
	// Inverse iteration; the right-hand side vanishes on the sides. The first
	// iterate is the mean time itself.
	for range 500 {
		scale := at(&solution)
		next := mat.NewVecDense(size, nil)
		for k := range size {
			next.SetVec(k, inside[k]*solution.AtVec(k)/scale)
		}
		if err := lu.SolveVecTo(&solution, false, next); err != nil && !usable(err) {
			return 0, 0, false
		}
		before := rate
		rate = 1 / at(&solution)
		if math.Abs(rate-before) <= 1e-13*math.Abs(rate) {
			break
		}
	}
	return time, rate, !math.IsNaN(time) && !math.IsNaN(rate)
}

// barycentric returns the values at s of the Lagrange polynomials through
// Chebyshev points.
func barycentric(points []float64, s float64) []float64 {
	w := make([]float64, len(points))
	sum := 0.0
	for k, x := range points {
		if x == s {
			w = make([]float64, len(points))
			w[k] = 1
			return w
		}
		w[k] = (1 - 2*float64(k%2)) / (s - x)
		if k == 0 || k == len(points)-1 {
			w[k] /= 2
		}
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return w
}
