package benchmarks

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/benchmarks/measure"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/generator"
	"sgdescape/theory/rate"
	"sgdescape/theory/saddle"
	"sgdescape/theory/stationary"
)

// A solution is one problem solved at the default accuracy; one op solves it
// once. want is computed independently, rtol is the accuracy that is promised.
type solution struct {
	name  string
	solve func() (float64, error)
	want  float64
	rtol  float64
	work  bool // report work to accuracy
}

func (s solution) run(b *testing.B) {
	b.Run(s.name, func(b *testing.B) {
		b.ReportAllocs()
		var got float64
		var err error
		start := measure.ProcessorTime()
		for b.Loop() {
			got, err = s.solve()
		}
		worked := measure.ProcessorTime() - start
		if err != nil {
			b.Fatal(err)
		}
		if err := near(s.name, got, s.want, s.rtol); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(digits(got, s.want), "digits")
		if s.work {
			b.ReportMetric(worked.Seconds()/float64(b.N), "s/1%")
		}
	})
}

// digits returns the number of decimal digits in which got agrees with want.
func digits(got, want float64) float64 {
	return -math.Log10(max(math.Abs(got/want-1), 1e-16))
}

// BenchmarkClosedForm is one rate from the power law (Mori2022, Eqs. 16, 17),
// with the curvatures and losses of the double well L = 1 + (1 - x²)².
func BenchmarkClosedForm(b *testing.B) {
	// (1/2pi) sqrt(8·4) 2^-(1/2 + 1/0.4), by hand.
	want := math.Log(math.Sqrt(32) / (2 * math.Pi) / 8)
	law := rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 2, Temperature: 0.4}
	solution{name: "equation=16", solve: func() (float64, error) { return law.LogEscapeRate(), nil }, want: want, rtol: 1e-14}.run(b)
}

// BenchmarkStationary is one density, loss quantile and distribution function
// of the law L^-phi. Asserted: quantile and distribution function invert each
// other.
func BenchmarkStationary(b *testing.B) {
	law := stationary.Quadratic{Dim: 2, Curvature: 1, MinimumLoss: 0.5, Exponent: stationary.Exponent(0.1)}
	theta := []float64{0.1, 0.2}
	solution{name: "law=quadratic", solve: func() (float64, error) {
		sink = law.LogDensity(theta)
		return law.LossCDF(law.LossQuantile(0.9)), nil
	}, want: 0.9, rtol: 1e-10}.run(b)
}

// BenchmarkRadialIntegral is the closed integral of the isotropic valley; the
// values are from arbitrary-precision quadrature.
func BenchmarkRadialIntegral(b *testing.B) {
	for _, p := range []struct {
		b, c float64
		n    int
		want float64
	}{
		{10, 2, 1, 574.1016305633815},
		{10, 5, 10, 43.08994708994709},
		{20, 1.5, 1, 1439.9192652009533},
	} {
		radial := firstpassage.Radial{Dim: p.n, BatchOverEtaH: p.b, Ratio: p.c, Curvature: 1}
		solution{name: fmt.Sprintf("c=%v/b=%v/n=%d", p.c, p.b, p.n), solve: radial.MeanTime, want: p.want, rtol: 1e-9}.run(b)
	}
}

// BenchmarkRadialProcess is the exact diffusion of a radius with the exact
// covariance of Gaussian inputs; values from arbitrary-precision quadrature.
func BenchmarkRadialProcess(b *testing.B) {
	for _, p := range []struct {
		eta, c float64
		n      int
		want   float64
	}{
		{0.1, 2, 1, 192.36057936776493},
		{0.05, 1.6, 2, 314.44242903203696},
		{0.1, 2.6, 5, 19.043826410732255},
	} {
		process := must(firstpassage.NewGaussianInputs(p.n, p.eta, 1, 1, p.c))
		solution{name: fmt.Sprintf("eta=%v/c=%v/n=%d", p.eta, p.c, p.n), solve: solveMean(process), want: p.want, rtol: 1e-8}.run(b)
	}
}

// solveMean returns the mean first-passage time of a problem as a solver.
func solveMean(p interface {
	Solve() (*firstpassage.Exit, error)
}) func() (float64, error) {
	return func() (float64, error) {
		exit, err := p.Solve()
		if err != nil {
			return 0, err
		}
		return exit.MeanTime(), nil
	}
}

// BenchmarkOneD is the double quadrature of a double well, to the saddle and
// to the minimum beyond; values from arbitrary-precision quadrature.
func BenchmarkOneD(b *testing.B) {
	well := must(landscape.NewDoubleWell(1, 1, 1))
	hessian := mat.NewSymDense(1, nil)
	well.Hessian(hessian, well.Minimum())
	noise := must(noise.NewLossProportional(well, hessian, 1))
	for _, p := range []struct {
		name   string
		target []float64
		want   float64
	}{
		{"saddle", well.Saddle(), 4.2084655489585945},
		{"beyond", well.Beyond(), 9.287887873242456},
	} {
		passage := must(firstpassage.NewPassage(well, noise, 0.05, p.target))
		solution{name: "target=" + p.name, solve: solveMean(passage), want: p.want, rtol: 1e-7}.run(b)
	}
}

// BenchmarkGenerator is the two-dimensional generator of the channel on its
// three grids; the values are from an independent discretisation, good to 2e-4.
func BenchmarkGenerator(b *testing.B) {
	for _, p := range []struct {
		n           int
		temperature float64
		want        float64
	}{
		{1, 0.25, 0.0400065553674986},
		{2, 0.25, 0.05011579119614723},
		{8, 0.125, 0.00975809431127298},
	} {
		channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: p.n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}))
		problem := generator.Channel(channel, p.temperature)
		solution{name: fmt.Sprintf("problem=channel/T=%v/n=%d", p.temperature, p.n), solve: func() (float64, error) {
			escape, err := problem.Escape(generator.Options{})
			return escape.Rate.Value, err
		}, want: p.want, rtol: 3e-4}.run(b)
	}
}

// BenchmarkDiscreteChain is the integral equation T = eta + K T of SGD itself
// and of an Euler-Maruyama scheme. The values of SGD are good to 5e-4, those
// of the schemes to eight digits.
func BenchmarkDiscreteChain(b *testing.B) {
	for _, p := range []struct {
		eta, c float64
		want   float64
	}{
		{0.1, 2, 3220.9445098306423},
	} {
		chain := discrete.GaussianRegression{LearningRate: p.eta, BatchSize: 1, Dim: 1, LossRatio: p.c}
		solution{name: fmt.Sprintf("chain=sgd/eta=%v/c=%v/d=1", p.eta, p.c), solve: func() (float64, error) {
			passage, err := chain.Solve(discrete.Settings{})
			if err != nil {
				return 0, err
			}
			return passage.MeanFirstPassageTime().Value, nil
		}, want: p.want, rtol: 5e-4}.run(b)
	}
	for _, p := range []struct {
		name         string
		internalTime bool
		want         float64
	}{{"mul", false, 3587.8487}, {"add", true, 1757.6687}} {
		solution{name: "chain=" + p.name + "/c=1.8/n=1", solve: func() (float64, error) {
			return meanSteps(p.internalTime, 1.8, 1)
		}, want: p.want, rtol: 3e-8}.run(b)
	}
}

// meanSteps returns the exact mean number of steps to the exit of an
// Euler-Maruyama scheme in the valley of the step benchmarks.
func meanSteps(internalTime bool, c float64, n int) (float64, error) {
	scheme := discrete.EulerMaruyama{InternalTime: internalTime, Step: dt, LearningRate: eta, BatchSize: 1,
		Curvature: 1, MinimumLoss: 0.5, LossRatio: c, Dim: n}
	passage, err := scheme.Solve(discrete.Settings{})
	if err != nil {
		return 0, err
	}
	return passage.MeanSteps().Value, nil
}

// BenchmarkTailExponent is Kesten's equation; values from arbitrary-precision
// quadrature.
func BenchmarkTailExponent(b *testing.B) {
	for _, p := range []struct {
		eta     float64
		size, d int
		want    float64
	}{
		{0.1, 1, 1, 17.284585734027118},
		{0.1, 1, 5, 15.452247403997736},
	} {
		solution{name: fmt.Sprintf("eta=%v/B=%d/d=%d", p.eta, p.size, p.d), solve: func() (float64, error) {
			return discrete.TailExponent(p.eta, p.size, p.d)
		}, want: p.want, rtol: 1e-7}.run(b)
	}
}

// BenchmarkSaddle is the search for the saddle of the channel from its minimum,
// along the axis. Asserted: the loss at the saddle.
func BenchmarkSaddle(b *testing.B) {
	for _, n := range []int{2, 8} {
		channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}))
		direction := make([]float64, n)
		direction[0] = 1
		solution{name: fmt.Sprintf("problem=channel/n=%d", n), solve: func() (float64, error) {
			point, err := saddle.Find(channel, channel.Minimum(), saddle.Options{Direction: direction})
			return point.Loss, err
		}, want: 2, rtol: 1e-9}.run(b)
	}
}

// BenchmarkCovariance is the exact covariance of a data set (Mori2022, Eq. 8).
// Asserted: the population's value within the scatter of N samples.
func BenchmarkCovariance(b *testing.B) {
	for _, d := range []int{1, 10} {
		p := covarianceProblems[d]()
		sigma, want := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
		population := must(dataset.NewPopulation(d, 1))
		must(noise.NewGaussianInputs(population, 1)).Covariance(want, p.start)
		// A diagonal element is the mean of (residual·x)², whose relative
		// standard deviation is sqrt(8) for Gaussian inputs: six standard
		// errors are 6 sqrt(8/N).
		solution{name: fmt.Sprintf("N=%d/d=%d", dataSize, d), solve: func() (float64, error) {
			p.noise.Covariance(sigma, p.start)
			return sigma.At(0, 0), nil
		}, want: want.At(0, 0), rtol: 6 * math.Sqrt(8./dataSize)}.run(b)
	}
}

var covarianceProblems = map[int]func() stepProblem{
	1:  sync.OnceValue(func() stepProblem { return sgdProblem("with", 1, 1) }),
	10: sync.OnceValue(func() stepProblem { return sgdProblem("with", 10, 1) }),
}
