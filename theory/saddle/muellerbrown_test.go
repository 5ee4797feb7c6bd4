package saddle

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Stationary points of the potential of K. Müller and L. D. Brown, Theor. Chim.
// Acta 53 (1979) 75, as tabulated in the literature.
//
//go:embed testdata/mueller_brown.csv
var muellerBrownCSV []byte

type stationary struct {
	theta  []float64
	energy float64
	index  int
}

func muellerBrownTable(t testing.TB) []stationary {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(muellerBrownCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []stationary
	for _, record := range records[1:] {
		var v [4]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(record[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, stationary{v[:2], v[2], int(v[3])})
	}
	return out
}

// muellerBrown is the sum of four Gaussians of Müller and Brown.
type muellerBrown struct{}

var mb = struct{ A, a, b, c, x, y [4]float64 }{
	A: [4]float64{-200, -100, -170, 15},
	a: [4]float64{-1, -1, -6.5, 0.7},
	b: [4]float64{0, 0, 11, 0.6},
	c: [4]float64{-10, -10, -6.5, 0.7},
	x: [4]float64{1, 0, -0.5, -1},
	y: [4]float64{0, 0.5, 1.5, 1},
}

func (muellerBrown) terms(theta []float64, add func(v, gx, gy, a, b, c float64)) {
	for i := range mb.A {
		dx, dy := theta[0]-mb.x[i], theta[1]-mb.y[i]
		v := mb.A[i] * math.Exp(mb.a[i]*dx*dx+mb.b[i]*dx*dy+mb.c[i]*dy*dy)
		add(v, 2*mb.a[i]*dx+mb.b[i]*dy, mb.b[i]*dx+2*mb.c[i]*dy, mb.a[i], mb.b[i], mb.c[i])
	}
}

func (muellerBrown) Dim() int { return 2 }
func (m muellerBrown) Loss(theta []float64) (l float64) {
	m.terms(theta, func(v, _, _, _, _, _ float64) { l += v })
	return l
}
func (m muellerBrown) Grad(dst, theta []float64) {
	dst[0], dst[1] = 0, 0
	m.terms(theta, func(v, gx, gy, _, _, _ float64) {
		dst[0] += v * gx
		dst[1] += v * gy
	})
}
func (m muellerBrown) Hessian(dst *mat.SymDense, theta []float64) {
	var xx, xy, yy float64
	m.terms(theta, func(v, gx, gy, a, b, c float64) {
		xx += v * (gx*gx + 2*a)
		xy += v * (gx*gy + b)
		yy += v * (gy*gy + 2*c)
	})
	dst.SetSym(0, 0, xx)
	dst.SetSym(0, 1, xy)
	dst.SetSym(1, 1, yy)
}

func distance(a, b []float64) float64 { return floats.Distance(a, b, 2) }

func TestGolden_MuellerBrown(t *testing.T) {
	table := muellerBrownTable(t)
	for i, row := range table {
		if row.index != 0 { // a saddle
			continue
		}
		t.Run(fmt.Sprintf("minimum %d", i), func(t *testing.T) {
			p, err := Minimise(muellerBrown{}, []float64{row.theta[0] + 0.03, row.theta[1] - 0.02})
			if err != nil {
				t.Fatal(err)
			}
			if d := distance(p.Theta, row.theta); !(d < 1e-9) {
				t.Errorf("minimum at %v, want %v", p.Theta, row.theta)
			}
			if !(math.Abs(p.Loss-row.energy) < 1e-9) {
				t.Errorf("loss %v, want %v", p.Loss, row.energy)
			}
		})
	}
	// Each way out of a minimum leads to one of the two saddles.
	for _, way := range []struct {
		from, to  int
		direction []float64
	}{
		{0, 3, nil},
		{2, 3, []float64{1, -0.5}},
		{2, 4, []float64{-1, 0.5}},
	} {
		t.Run(fmt.Sprintf("saddle from %d to %d", way.from, way.to), func(t *testing.T) {
			p, err := Find(muellerBrown{}, table[way.from].theta, Options{Direction: way.direction})
			if err != nil {
				t.Fatal(err)
			}
			if d := distance(p.Theta, table[way.to].theta); !(d < 1e-9) {
				t.Errorf("saddle at %v, want %v", p.Theta, table[way.to].theta)
			}
			if !(math.Abs(p.Loss-table[way.to].energy) < 1e-9) {
				t.Errorf("loss %v, want %v", p.Loss, table[way.to].energy)
			}
			if p.Index() != 1 {
				t.Errorf("index %d", p.Index())
			}
		})
	}
}
