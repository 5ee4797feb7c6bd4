package problem_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/theory/rate"
	"sgdescape/verify/problem"
	"sgdescape/verify/tol"
)

func levelsOf(t *testing.T, p problem.Problem) (problem.Levels, []model.Condition) {
	t.Helper()
	levels, conditions, err := p.Levels(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return levels, conditions
}

func onData(d int, seed uint64, samples int, change func(*problem.RegressionParameters)) *problem.Regression {
	p := population
	p.Dim, p.Data = d, must(dataset.Gaussian(seed, samples, d, 1))
	if change != nil {
		change(&p)
	}
	return must(problem.NewRegression(p))
}

// stretched is a data set whose inputs have very different sizes.
func stretched(d int) *dataset.Regression {
	plain := must(dataset.Gaussian(3, 60, d, 1))
	inputs, targets := make([]float64, 0, 60*d), make([]float64, 60)
	for mu := range 60 {
		for i := range d {
			inputs = append(inputs, plain.Input(mu)[i]*float64(1+2*i))
		}
		targets[mu] = plain.Target(mu)
	}
	return must(dataset.NewRegression(inputs, targets, d))
}

// TestWhichLevels: each problem has the levels that apply to it and says why
// others are absent.
func TestWhichLevels(t *testing.T) {
	for _, c := range []struct {
		name    string
		problem problem.Problem
		levels  string
		says    []string // names of conditions
	}{
		{"radial", must(problem.NewRadial(radial)), "T0 T1", []string{"threshold-exit"}},
		{"radial beyond n_c", must(withRadial(func(p *problem.RadialParameters) { p.Dim = 30 })()), "T1", []string{"not-normalisable", "not-resolved"}},
		{"radial, no float64 for b", must(withRadial(func(p *problem.RadialParameters) { p.LearningRate = 1e-310 })()), "", []string{"not-resolved"}},
		{"double well", must(problem.NewDoubleWell(well)), "T0 T1", nil},
		{"double well, tiny noise", must(withWell(func(p *problem.DoubleWellParameters) { p.LearningRate = 1e-300 })()), "T0", []string{"not-resolved"}},
		{"double well, no float64 for h*", must(withWell(func(p *problem.DoubleWellParameters) { p.Width = 1e-200 })()), "", []string{"not-resolved"}},
		{"channel", must(problem.NewChannel(channel)), "T0 T1", nil},
		{"channel, tiny noise", must(withChannel(func(p *problem.ChannelParameters) { p.Temperature, p.TemperatureGiven = 1e-9, true })()), "T0", []string{"not-resolved"}},
		{"population", must(problem.NewRegression(population)), "T0 T1 T2 T3 T4", []string{"threshold-exit"}},
		{"population, high barrier", must(withRegression(func(p *problem.RegressionParameters) { p.LearningRate, p.Ratio = 0.01, 2 })()), "T0 T1 T2 T3", []string{"not-resolved"}},
		{"one input", onData(1, 1, 500, nil), "T0 T1 T2 T3 T4", nil},
		{"one input, without replacement", onData(1, 1, 50, func(p *problem.RegressionParameters) {
			p.BatchSize, p.Sampling = 10, model.WithoutReplacement
			p.LearningRate = 1
		}),
			"T0 T1 T2 T3 T4", []string{"finite-data-set"}},
		{"one input, all of them at once", onData(1, 1, 10, func(p *problem.RegressionParameters) { p.BatchSize, p.Sampling = 10, model.WithoutReplacement }),
			"", []string{"no-noise"}},
		{"two inputs", onData(2, 1, 10000, nil), "T0 T1 T2", []string{"isotropic-approximation"}},
		{"two inputs, stretched", onData(2, 1, 60, func(p *problem.RegressionParameters) { p.Data, p.LearningRate = stretched(2), 0.02 }), "T1 T2", []string{"anisotropic-valley"}},
		{"two inputs, stretched, of which a mesh with 1008 unknowns is too coarse", onData(2, 1, 60, func(p *problem.RegressionParameters) { p.Data, p.LearningRate = stretched(2), 0.0035 }), "T1 T2", []string{"anisotropic-valley"}},
		{"two inputs, high barrier", onData(2, 1, 1000, func(p *problem.RegressionParameters) { p.LearningRate, p.Ratio = 0.01, 2 }), "", []string{"anisotropic-valley", "not-resolved"}},
		{"two inputs, no noise", onData(2, 1, 100, func(p *problem.RegressionParameters) {
			p.BatchSize, p.Sampling = 100, model.WithoutReplacement
			p.LearningRate = 2
		}),
			"", []string{"no-noise"}},
		{"three inputs", onData(3, 1, 20000, nil), "T0 T1", []string{"isotropic-approximation"}},
		{"three inputs, stretched", onData(3, 1, 60, func(p *problem.RegressionParameters) { p.Data = stretched(3) }), "", []string{"anisotropic-valley"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			levels, conditions := levelsOf(t, c.problem)
			names := strings.Join(slices.Sorted(maps.Keys(levels)), " ")
			if diff := cmp.Diff(c.levels, names); diff != "" {
				t.Errorf("levels (-want +got):\n%s%v", diff, conditions)
			}
			for _, name := range c.says {
				if !slices.ContainsFunc(conditions, func(c model.Condition) bool { return c.Name == name && c.Detail != "" }) {
					t.Errorf("no condition %s among %v", name, conditions)
				}
			}
			if _, err := json.Marshal(levels); err != nil {
				t.Errorf("JSON: %v", err)
			}
			for name, l := range levels {
				if name != "T0" && (l.RelativeError == nil || !(*l.RelativeError < 1e-3)) {
					t.Errorf("%s has a relative error of %v", name, l.RelativeError)
				}
			}
		})
	}
}

// TestNumbersBeyondFloat64: a mean time that overflows is left out, the
// logarithm of the rate stays, and JSON has it.
func TestNumbersBeyondFloat64(t *testing.T) {
	p := must(withWell(func(p *problem.DoubleWellParameters) { p.LearningRate = 1e-4 })())
	levels, conditions := levelsOf(t, p)
	exact := levels["T1"]
	if exact.MFPT != nil || exact.MFPTToSaddle != nil || exact.LogRate == nil || *exact.Rate != 0 {
		t.Errorf("T1 is %+v, want no times, a rate of 0 and its logarithm", exact)
	}
	if err := tol.Close(*exact.LogRate, *levels["T0"].LogRate, 1e-3); err != nil {
		t.Errorf("log rates of T1 and T0 at T = 8e-4: %v", err)
	}
	data, err := json.Marshal(levels)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]map[string]float64
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"log_rate", "rate", "relative_error"}, slices.Sorted(maps.Keys(back["T1"]))); diff != "" {
		t.Errorf("fields of T1 (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(conditions, func(c model.Condition) bool { return c.Name == model.Underflow }) {
		t.Errorf("no condition says that the rate underflows: %v", conditions)
	}
}

// TestParametersNameTheProblem: the parameters are those of the flags, and what
// does not apply is absent.
func TestParametersNameTheProblem(t *testing.T) {
	byTemperature := channel
	byTemperature.Temperature, byTemperature.TemperatureGiven = 0.25, true
	for _, c := range []struct {
		problem problem.Problem
		want    string
	}{
		{must(problem.NewRadial(radial)), "batch c eta floor h n"},
		{must(problem.NewDoubleWell(well)), "batch eta floor height width"},
		{must(problem.NewChannel(channel)), "batch eta floor height k-min k-saddle n temperature width"},
		{must(problem.NewChannel(byTemperature)), "floor height k-min k-saddle n temperature width"},
		{must(problem.NewRegression(population)), "batch c d eta noise-std population"},
		{onData(1, 1, 50, nil), "batch c d eta floor samples sampling"},
		{regressionOn(must(dataset.Gaussian(1, 50, 1, 1)), func(p *problem.RegressionParameters) { p.DataName = "mine.csv" }),
			"batch c d data eta floor samples sampling"},
	} {
		got := strings.Join(slices.Sorted(maps.Keys(c.problem.Parameters())), " ")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.problem.Name(), diff)
		}
	}
}

// TestOneOutlierIsSeventeenAtOne: Eq. 17 at n = 1 is Eq. 16, as a channel and
// as a double well.
func TestOneOutlierIsSeventeenAtOne(t *testing.T) {
	p := must(problem.NewDoubleWell(well))
	want := p.PowerLaw().LogEscapeRate()
	along := must(problem.NewChannel(problem.ChannelParameters{LearningRate: well.LearningRate, BatchSize: well.BatchSize, Dim: 1,
		Floor: well.Floor, Height: well.Height, Width: well.Width, KMin: 2, KSaddle: 3}))
	for name, law := range map[string]rate.Law{"outliers of the well": p.Outliers(), "channel": along.PowerLaw()} {
		if err := tol.Close(law.LogEscapeRate(), want, 1e-13); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tol.Close(p.Landscape().Loss([]float64{0}), well.Floor+well.Height, 1e-15); err != nil {
		t.Errorf("loss at the saddle: %v", err)
	}
}

// TestProp_LossScale: L -> aL with eta -> eta/a leaves every step as it is, so
// that kappa -> a kappa and times -> times/a, at every level.
func TestProp_LossScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := math.Exp(rapid.Float64Range(-3, 3).Draw(t, "log a"))
		eta, batch := rapid.Float64Range(0.05, 0.3).Draw(t, "eta"), rapid.IntRange(1, 4).Draw(t, "B")
		c, n := rapid.Float64Range(1.2, 3).Draw(t, "c"), rapid.IntRange(1, 6).Draw(t, "n")
		floor, height := rapid.Float64Range(0.2, 2).Draw(t, "L*"), rapid.Float64Range(0.2, 2).Draw(t, "dL")
		for name, build := range map[string]func(a float64) (problem.Problem, error){
			"radial": func(a float64) (problem.Problem, error) {
				return problem.NewRadial(problem.RadialParameters{LearningRate: eta / a, BatchSize: batch, Dim: n, Curvature: a * 1.3, Floor: a * floor, Ratio: c})
			},
			"double well": func(a float64) (problem.Problem, error) {
				return problem.NewDoubleWell(problem.DoubleWellParameters{LearningRate: eta / a, BatchSize: batch, Floor: a * floor, Height: a * height, Width: 1.4})
			},
		} {
			compare(t, name, must(build(1)), must(build(a)), a)
		}
	})
}

// TestProp_ParameterScale: theta -> theta/w divides h by w², so that eta w²
// restores T; times are then multiplied by w².
func TestProp_ParameterScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log w"))
		eta, c := rapid.Float64Range(0.05, 0.3).Draw(t, "eta"), rapid.Float64Range(1.2, 3).Draw(t, "c")
		n := rapid.IntRange(1, 6).Draw(t, "n")
		compare(t, "radial",
			must(problem.NewRadial(problem.RadialParameters{LearningRate: eta, BatchSize: 1, Dim: n, Curvature: 1, Floor: 0.5, Ratio: c})),
			must(problem.NewRadial(problem.RadialParameters{LearningRate: eta * w * w, BatchSize: 1, Dim: n, Curvature: 1 / (w * w), Floor: 0.5, Ratio: c})),
			1/(w*w))
		compare(t, "double well",
			must(problem.NewDoubleWell(problem.DoubleWellParameters{LearningRate: eta, BatchSize: 1, Floor: 1, Height: 1, Width: 1})),
			must(problem.NewDoubleWell(problem.DoubleWellParameters{LearningRate: eta * w * w, BatchSize: 1, Floor: 1, Height: 1, Width: w})),
			1/(w*w))
	})
}

// scaleTolerance is the closeness of answers that are equal but for rounding:
// the quadratures agree with references to 1e-9 and better.
const scaleTolerance = 1e-9

// compare holds rates of q against a times those of p, and times against 1/a.
func compare(t *rapid.T, name string, p, q problem.Problem, a float64) {
	t.Helper()
	before, _, err := p.Levels(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := q.Levels(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(before) < 2 || len(before) != len(after) {
		t.Fatalf("%s: levels are %v and %v", name, before, after)
	}
	for level, l := range before {
		for _, pair := range []struct {
			what      string
			got, want *float64
			factor    float64
		}{
			{"rate", after[level].Rate, l.Rate, a},
			{"mean time", after[level].MFPT, l.MFPT, 1 / a},
			{"mean time to the saddle", after[level].MFPTToSaddle, l.MFPTToSaddle, 1 / a},
			{"exponent", after[level].Exponent, l.Exponent, 1},
		} {
			if (pair.got == nil) != (pair.want == nil) {
				t.Fatalf("%s, %s: one problem has a %s, the other has none", name, level, pair.what)
			}
			if pair.got == nil {
				continue
			}
			if err := tol.Close(*pair.got, pair.factor**pair.want, scaleTolerance); err != nil {
				t.Fatalf("%s, %s, %s: %v", name, level, pair.what, err)
			}
		}
	}
}

// TestReject_UnscaledRate: the properties above see a rate that is not scaled.
func TestReject_UnscaledRate(t *testing.T) {
	before, _ := levelsOf(t, must(problem.NewRadial(radial)))
	twice := radial
	twice.LearningRate, twice.Curvature, twice.Floor = radial.LearningRate/2, 2*radial.Curvature, 2*radial.Floor
	after, _ := levelsOf(t, must(problem.NewRadial(twice)))
	if tol.Close(*after["T1"].Rate, *before["T1"].Rate, scaleTolerance) == nil {
		t.Error("kappa and 2 kappa count as close")
	}
}

// TestRateTimesMeanTime: kappa times the mean time to the other minimum tends
// to 1 as T -> 0, and so does 2 kappa times that to the saddle. What is left is
// the population that has not settled, exp(-dlogL/T): it is about squared when T
// is halved, faster than any power of T.
func TestRateTimesMeanTime(t *testing.T) {
	gaps := func(temperature float64) map[string]float64 {
		p := must(withWell(func(p *problem.DoubleWellParameters) {
			p.Floor, p.Height, p.LearningRate = 1, 2, temperature/16 // h* = 16
		})())
		levels, _ := levelsOf(t, p)
		l := levels["T1"]
		return map[string]float64{"beyond": math.Abs(*l.Rate**l.MFPT - 1), "to the saddle": math.Abs(2**l.Rate**l.MFPTToSaddle - 1)}
	}
	for _, temperature := range []float64{1. / 4, 1. / 8} {
		coarse, fine := gaps(temperature), gaps(temperature/2)
		for name := range coarse {
			t.Logf("%s, T = %v: gap %.3g, at half of it %.3g", name, temperature, coarse[name], fine[name])
			if !(coarse[name] < 0.1 && fine[name] <= math.Pow(coarse[name], 1.5)) {
				t.Errorf("%s: gap goes from %.3g to %.3g as T = %v is halved", name, coarse[name], fine[name], temperature)
			}
		}
	}
}

// TestPlaneAgainstAxis: for a large data set in two dimensions T1 and T2 come
// close to those of the population, which are computed by other means. Curvature
// and covariance of N samples differ from the population's by about 1/sqrt(N),
// and log T depends on them through a barrier of 4.05 T.
func TestPlaneAgainstAxis(t *testing.T) {
	const samples = 50000
	set := func(p *problem.RegressionParameters) { p.Dim, p.Ratio = 2, 1.5 }
	want, _ := levelsOf(t, must(withRegression(set)()))
	got, _ := levelsOf(t, onData(2, 5, samples, func(p *problem.RegressionParameters) { p.Ratio = 1.5 }))
	for _, name := range []string{"T1", "T2"} {
		if err := tol.CloseLog(*got[name].MFPT, *want[name].MFPT, 12/math.Sqrt(samples)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if tol.CloseLog(*got["T1"].MFPT, *want["T2"].MFPT, 12/math.Sqrt(samples)) == nil {
		t.Error("T1 and T2 cannot be told apart: the comparison shows nothing")
	}
}

// TestMinimumLoss: L* of the population is s²/2, that of a data set is its own.
func TestMinimumLoss(t *testing.T) {
	p := must(withRegression(func(p *problem.RegressionParameters) { p.NoiseStd = 1.5 })()).(*problem.Regression)
	if err := tol.Close(p.MinimumLoss(), 1.5*1.5/2, 1e-15); err != nil {
		t.Error(err)
	}
	q := onData(2, 1, 100, nil)
	if err := tol.Close(q.MinimumLoss(), q.Data.MinimumLoss(), 0); err != nil {
		t.Error(err)
	}
}

func ExampleRegression_Levels() {
	p, err := problem.NewRegression(problem.RegressionParameters{LearningRate: 0.1, BatchSize: 1, Dim: 1, Ratio: 2, NoiseStd: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	levels, _, err := p.Levels(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("T0  exponent %.4g\n", *levels["T0"].Exponent)
	for _, name := range []string{"T1", "T2", "T3", "T4"} {
		fmt.Printf("%s  mean time %.4g\n", name, *levels[name].MFPT)
	}
	// Output:
	// T0  exponent 10.5
	// T1  mean time 574.1
	// T2  mean time 192.4
	// T3  mean time 382.6
	// T4  mean time 3221
}
