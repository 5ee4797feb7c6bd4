package generator

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"
	"testing"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// The rates in channel_rate.csv were computed independently of this package and
// are good to 2e-4.
//
//go:embed testdata/channel_rate.csv
var channelRateCSV []byte

func readTable(t testing.TB, data []byte) [][]float64 {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	for _, record := range records[1:] {
		row := make([]float64, len(record))
		for i, s := range record {
			if row[i], err = strconv.ParseFloat(s, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func standardChannel(t testing.TB, n int) *landscape.Channel {
	t.Helper()
	c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eq17 is Mori2022, Eq. 17 for a channel whose n outliers are all its
// directions, written out here so that the test shares no code with the law.
func eq17(c *landscape.Channel, temperature float64) float64 {
	p := c.Parameters()
	n := float64(p.Dim)
	w2 := p.Width * p.Width
	hMin, hSad := 8*p.Height/w2, 4*p.Height/w2
	kMin, kSad := c.TransverseCurvature(-p.Width), c.TransverseCurvature(0)
	dets := hMin / hSad * math.Pow(kMin/kSad, n-1)
	return hSad / (2 * math.Pi) * math.Sqrt(dets) * math.Pow((p.Floor+p.Height)/p.Floor, -(1/temperature+1-n/2))
}

func relative(got, want float64) float64 { return math.Abs(got/want - 1) }

func TestGolden_ChannelRate(t *testing.T) {
	rows := readTable(t, channelRateCSV)
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("T=%v/n=%v", row[5], row[6]), func(t *testing.T) {
			c, err := landscape.NewChannel(landscape.ChannelParameters{
				Dim: int(row[6]), Floor: row[0], Height: row[1], Width: row[2], KMin: row[3], KSaddle: row[4]})
			if err != nil {
				t.Fatal(err)
			}
			e, err := Channel(c, row[5]).Escape(Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := relative(e.Rate.Value, row[7]); !(got < 2e-4) {
				t.Errorf("kappa = %v, want %v: relative error %.2g", e.Rate.Value, row[7], got)
			}
			if got := e.Rate.RelativeError(); !(got < 1e-4) {
				t.Errorf("estimated relative error %.2g, want < 1e-4", got)
			}
			if got := relative(eq17(c, row[5]), row[8]); !(got < 1e-12) {
				t.Errorf("Eq. 17 in this test is off by %.2g", got)
			}
		})
	}
}

// The exact rate over Eq. 17 is 1 + O(T): the gap halves with T.
func TestOrder_RateOverEq17IsLinearInT(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8} {
		t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) {
			c := standardChannel(t, n)
			var gaps []float64
			for _, temperature := range []float64{1. / 2, 1. / 4, 1. / 8, 1. / 16, 1. / 32, 1. / 64, 1. / 128} {
				var o Options
				if temperature < 1./8 {
					o.Resolution = 1.5 // fine enough there, and faster
				}
				e, err := Channel(c, temperature).Escape(o)
				if n == 8 && temperature == 1./2 {
					// n >= 2/T + 2: the density along r cannot be normalised.
					if !errors.Is(err, model.ErrDomain) {
						t.Fatalf("T = 1/2, n = 8: error %v, want ErrDomain", err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if r := e.Rate.RelativeError(); !(r < 1e-4) {
					t.Errorf("T = %v: estimated error %.2g", temperature, r)
				}
				gaps = append(gaps, e.Rate.Value/eq17(c, temperature)-1)
			}
			k := len(gaps)
			order := math.Log2(gaps[k-2] / gaps[k-1])
			before := math.Log2(gaps[k-3] / gaps[k-2])
			t.Logf("gaps %.5g, orders %.3f, %.3f", gaps, before, order)
			// gap = c T + d T² has order 1 + d T/(c log 2), whose deviation from 1 halves
			// with T; at n = 1 the coefficient c is small, hence the room.
			if !(math.Abs(order-1) < 0.12) || !(math.Abs(order-1) < 0.7*math.Abs(before-1)) {
				t.Errorf("order in T is %.3f after %.3f, want to approach 1 (gaps %v)", order, before, gaps)
			}
		})
	}
}

func TestEscape_RefusesBadProblems(t *testing.T) {
	good := Channel(standardChannel(t, 2), 0.25)
	rows := []struct {
		name   string
		change func(*Axisymmetric, *Options)
	}{
		{"dimension", func(p *Axisymmetric, _ *Options) { p.Dim = 0 }},
		{"dimension too high", func(p *Axisymmetric, _ *Options) { p.Dim = maxDim + 1 }},
		{"temperature", func(p *Axisymmetric, _ *Options) { p.Temperature = math.NaN() }},
		{"unresolvable temperature", func(p *Axisymmetric, _ *Options) { p.Temperature = 1e-12 }},
		{"potential", func(p *Axisymmetric, _ *Options) { p.Potential = nil }},
		{"speed", func(p *Axisymmetric, _ *Options) { p.Speed = nil }},
		{"speed at the minimum", func(p *Axisymmetric, _ *Options) { p.Speed = func(x, r float64) float64 { return 0 } }},
		{"planes", func(p *Axisymmetric, _ *Options) { p.Saddle = 2 }},
		{"resolution", func(_ *Axisymmetric, o *Options) { o.Resolution = math.Inf(1) }},
		{"grids", func(_ *Axisymmetric, o *Options) { o.Grids = 4 }},
		{"tail", func(_ *Axisymmetric, o *Options) { o.Tail = 0.5 }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, o := good, Options{}
			row.change(&p, &o)
			if _, err := p.Escape(o); !errors.Is(err, model.ErrDomain) {
				t.Errorf("Escape: error %v, want ErrDomain", err)
			}
			if _, err := p.PrincipalEigenvalue(0, o); !errors.Is(err, model.ErrDomain) {
				t.Errorf("PrincipalEigenvalue: error %v, want ErrDomain", err)
			}
		})
	}
	for _, exit := range []float64{-1, 1.5, math.NaN()} {
		if _, err := good.MeanFirstPassageTime(exit, Options{}); !errors.Is(err, model.ErrDomain) {
			t.Errorf("exit plane %v: error %v, want ErrDomain", exit, err)
		}
	}
}
