package generator

import "math"

// chebyshev returns the points x_k = cos(pi k/n), k = 0..n, and the matrices of
// the first and second derivative of the interpolant through them
// (Trefethen2000, ch. 6).
func chebyshev(n int) (x []float64, d1, d2 [][]float64) {
	x = make([]float64, n+1)
	weight := make([]float64, n+1)
	for k := range x {
		x[k] = math.Sin(math.Pi * float64(n-2*k) / float64(2*n)) // exactly odd
		weight[k] = 1 - 2*float64(k%2)
	}
	weight[0] *= 2
	weight[n] *= 2
	d1 = square(n + 1)
	for i := range x {
		sum := 0.0
		for j := range x {
			if i == j {
				continue
			}
			// x_i - x_j as a product of sines, which does not cancel.
			gap := 2 * math.Sin(math.Pi*float64(i+j)/float64(2*n)) * math.Sin(math.Pi*float64(j-i)/float64(2*n))
			d1[i][j] = weight[i] / (weight[j] * gap)
			sum += d1[i][j]
		}
		d1[i][i] = -sum // rows annihilate constants
	}
	d2 = square(n + 1)
	for i := range x {
		sum := 0.0
		for j := range x {
			if i == j {
				continue
			}
			gap := 2 * math.Sin(math.Pi*float64(i+j)/float64(2*n)) * math.Sin(math.Pi*float64(j-i)/float64(2*n))
			d2[i][j] = 2 * d1[i][j] * (d1[i][i] - 1/gap)
			sum += d2[i][j]
		}
		d2[i][i] = -sum
	}
	return x, d1, d2
}

// fourier returns the matrices of the first and second derivative of the
// trigonometric interpolant through m (even) equally spaced points on the circle
// (Trefethen2000, ch. 3).
func fourier(m int) (d1, d2 [][]float64) {
	d1, d2 = square(m), square(m)
	h := 2 * math.Pi / float64(m)
	for i := range m {
		for j := range m {
			if i == j {
				d2[i][i] = -math.Pi*math.Pi/(3*h*h) - 1./6
				continue
			}
			sign := 1 - 2*float64((i-j)&1)
			half := float64(i-j) * h / 2
			d1[i][j] = 0.5 * sign / math.Tan(half)
			s := math.Sin(half)
			d2[i][j] = -0.5 * sign / (s * s)
		}
	}
	return d1, d2
}

func square(n int) [][]float64 {
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
	}
	return a
}

func apply(a [][]float64, x []float64) []float64 {
	out := make([]float64, len(a))
	for i, row := range a {
		for j, v := range row {
			out[i] += v * x[j]
		}
	}
	return out
}
