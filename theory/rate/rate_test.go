package rate

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

func relative(tol float64) cmp.Option { return cmpopts.EquateApprox(tol, 0) }

// wellLaw is Eq. 16 of the double well L0 + dL(1-(x/w)^2)^2, whose curvatures
// are 8 dL/w^2 and -4 dL/w^2.
func wellLaw(floor, height, width, eta, batch float64) OneOutlier {
	hStar := 8 * height / (width * width)
	return OneOutlier{OutlierCurvature: hStar, EscapeCurvature: hStar / 2, LossRatio: 1 + height/floor, Temperature: eta * hStar / batch}
}

func TestOneOutlier(t *testing.T) {
	for _, tc := range []struct {
		name, source                       string
		floor, height, width, eta, b, want float64
	}{
		{"unit well", "arbitrary-precision quadrature set, double well", 1, 1, 1, 0.05, 1, 0.11253953951963827},
		{"high well", "arbitrary-precision quadrature set, double well", 1, 2, 1, 0.02, 1, 0.03356298417080162},
		{"wide well", "arbitrary-precision quadrature set, double well", 0.5, 1, 2, 0.1, 2, 2.200705632140755e-06},
		{"low floor", "arbitrary-precision quadrature set, double well", 0.1, 1, 1, 0.05, 1, 0.0006764209738220184},
	} {
		t.Run(tc.name, func(t *testing.T) {
			law := wellLaw(tc.floor, tc.height, tc.width, tc.eta, tc.b)
			if err := law.Validate(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, law.EscapeRate(), relative(1e-13)); diff != "" {
				t.Errorf("kappa (-want +got):\n%s", diff)
			}
		})
	}
}

// channelLaw is Eq. 17 of the axisymmetric channel with L0 = dL = w = 1, km = 2, ks = 3.
func channelLaw(n int, temperature float64) Outliers {
	const km, ks = 2.0, 3.0
	kw := km + (ks-km)*math.Exp(-4)
	transverse := float64(n - 1)
	return Outliers{OutlierCount: n, OutlierCurvature: 8, EscapeCurvature: 4,
		LogDetMinimum: math.Log(8) + transverse*math.Log(kw), LogDetSaddle: math.Log(4) + transverse*math.Log(ks),
		LossRatio: 2, Temperature: temperature}
}

func TestOutliers(t *testing.T) {
	for _, tc := range []struct {
		name, source string
		n            int
		temperature  float64
		want         float64
	}{
		{"n=1", "reference set, channel", 1, 0.25, 0.03978873577297384},
		{"n=2", "reference set, channel", 2, 0.25, 0.04615396894002902},
		{"n=3", "reference set, channel", 3, 0.125, 0.003346092819258531},
		{"n=8", "reference set, channel", 8, 0.125, 0.007027203811683703},
	} {
		t.Run(tc.name, func(t *testing.T) {
			law := channelLaw(tc.n, tc.temperature)
			if err := law.Validate(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, law.EscapeRate(), relative(1e-12)); diff != "" {
				t.Errorf("kappa (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromHessians(t *testing.T) {
	// The channel in a rotated basis: eigenvalues are all that matters.
	kw := 2 + math.Exp(-4)
	c, s := math.Cos(0.7), math.Sin(0.7)
	rotated := func(a, b float64) *mat.SymDense {
		return mat.NewSymDense(2, []float64{a*c*c + b*s*s, (a - b) * c * s, (a - b) * c * s, a*s*s + b*c*c})
	}
	law, err := FromHessians(Hessians{Minimum: rotated(8, kw), Saddle: rotated(-4, 3), LossMinimum: 1, LossSaddle: 2, LearningRate: 0.03125, BatchSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(channelLaw(2, 0.25).EscapeRate(), law.EscapeRate(), relative(1e-12)); diff != "" {
		t.Errorf("fixed eigenvectors, h* = h_e* (-want +got):\n%s", diff)
	}
	want := []string{model.LowBarrier, model.LargeLearningRate, AnisotropicOutlier}
	if diff := cmp.Diff(want, names(law.Conditions())); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}

	turned, err := FromHessians(Hessians{Minimum: mat.NewSymDense(2, []float64{8, 0, 0, kw}), Saddle: rotated(-4, 3), LossMinimum: 1, LossSaddle: 1e9, LearningRate: 0.003, BatchSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{model.Underflow, AnisotropicOutlier}, names(turned.Conditions()), cmpopts.IgnoreSliceElements(func(s string) bool { return s == TurnedEigenvectors })); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if got := names(turned.Conditions()); len(got) != 3 || got[1] != TurnedEigenvectors {
		t.Errorf("conditions %q, want %q among them", got, TurnedEigenvectors)
	}
}

func TestReject_Hessians(t *testing.T) {
	diag := func(x ...float64) mat.Symmetric {
		m := mat.NewSymDense(len(x), nil)
		for i, v := range x {
			m.SetSym(i, i, v)
		}
		return m
	}
	good := Hessians{Minimum: diag(1, 2), Saddle: diag(-1, 2), LossMinimum: 1, LossSaddle: 2, LearningRate: 0.1, BatchSize: 1}
	steep := good
	steep.Minimum = diag(1e-11, 1) // more than rounding
	for _, p := range []Hessians{good, steep} {
		if _, err := FromHessians(p); err != nil {
			t.Fatalf("control: %v", err)
		}
	}
	for _, tc := range []struct {
		name  string
		spoil func(*Hessians)
	}{
		{"index 0", func(p *Hessians) { p.Saddle = diag(1, 2) }},
		{"index 2", func(p *Hessians) { p.Saddle = diag(-1, -2) }},
		{"singular saddle", func(p *Hessians) { p.Saddle = diag(-1, 0) }},
		{"singular minimum, rounded", func(p *Hessians) { p.Minimum = mat.NewSymDense(2, []float64{0.1, 0.3, 0.3, 0.9}) }}, // rank 1
		{"singular minimum", func(p *Hessians) { p.Minimum = diag(1, 0) }},
		{"minimum 0", func(p *Hessians) { p.Minimum = diag(0, 0) }},
		{"minimum is a saddle", func(p *Hessians) { p.Minimum = diag(-1, 2) }},
		{"sizes differ", func(p *Hessians) { p.Minimum = diag(1, 2, 3) }},
		{"NaN at minimum", func(p *Hessians) { p.Minimum = diag(math.NaN(), 2) }},
		{"Inf at saddle", func(p *Hessians) { p.Saddle = diag(math.Inf(-1), 2) }},
		{"no minimum", func(p *Hessians) { p.Minimum = nil }},
		{"no saddle", func(p *Hessians) { p.Saddle = nil }},
		{"L* = 0", func(p *Hessians) { p.LossMinimum = 0 }},
		{"saddle below minimum", func(p *Hessians) { p.LossSaddle = 0.5 }},
		{"eta NaN", func(p *Hessians) { p.LearningRate = math.NaN() }},
		{"B = 0", func(p *Hessians) { p.BatchSize = 0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := good
			tc.spoil(&p)
			if _, err := FromHessians(p); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want one that wraps model.ErrDomain", err)
			}
		})
	}
}

func TestReject_Parameters(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		name string
		err  error
		bad  int
	}{
		{"OneOutlier zero", OneOutlier{}.Validate(), 4},
		{"OneOutlier NaN", OneOutlier{nan, nan, nan, nan, nan}.Validate(), 5},
		{"Outliers zero", Outliers{}.Validate(), 5},
		{"Outliers NaN", Outliers{OutlierCount: 1, OutlierCurvature: nan, EscapeCurvature: nan, LogDetMinimum: nan, LogDetSaddle: nan, LossRatio: nan, Temperature: nan, LearningRate: nan}.Validate(), 7},
		{"Threshold unstable", Threshold{OutlierCount: 4, OutlierCurvature: 1, LossRatio: 2, Temperature: 1}.Validate(), 1},
		{"Threshold c = 1", Threshold{OutlierCount: 3, OutlierCurvature: 1, LossRatio: 1, Temperature: 1}.Validate(), 1},
		{"EyringKramers zero", EyringKramers{}.Validate(), 3},
		{"InTime zero", InTime{}.Validate(), 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var e *model.DomainError
			if !errors.As(tc.err, &e) {
				t.Fatalf("error %v, want a *model.DomainError", tc.err)
			}
			if len(e.Fields) != tc.bad {
				t.Errorf("%d bad fields, want %d: %v", len(e.Fields), tc.bad, e)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	deep := OneOutlier{OutlierCurvature: 1, EscapeCurvature: 1, LossRatio: 1e6, Temperature: 1e-4, LearningRate: 1e-4}
	for _, tc := range []struct {
		name string
		law  Law
		want []string
	}{
		{"none", OneOutlier{OutlierCurvature: 1, EscapeCurvature: 1, LossRatio: 2, Temperature: 0.1, LearningRate: 0.01}, nil},
		{"low barrier", OneOutlier{OutlierCurvature: 1, EscapeCurvature: 1, LossRatio: 1.1, Temperature: 0.1}, []string{model.LowBarrier}},
		{"large learning rate", OneOutlier{OutlierCurvature: 1, EscapeCurvature: 1, LossRatio: 9, Temperature: 0.1, LearningRate: 0.1}, []string{model.LargeLearningRate}},
		{"underflow", deep, []string{model.Underflow}},
		{"not normalisable", Outliers{OutlierCount: 4, OutlierCurvature: 1, EscapeCurvature: 1, LossRatio: 99, Temperature: 1}, []string{model.NotNormalisable}},
		{"threshold", Threshold{OutlierCount: 1, OutlierCurvature: 1, LossRatio: 1.1, Temperature: 1}, []string{model.LowBarrier, FiniteRatio}},
		{"far threshold", Threshold{OutlierCount: 1, OutlierCurvature: 1, LossRatio: 100, Temperature: 0.1}, nil},
		{"threshold next to n_c", Threshold{OutlierCount: 3, OutlierCurvature: 1, LossRatio: 60, Temperature: 1}, []string{FiniteRatio}},
		{"tau", EyringKramers{EscapeCurvature: 1, Barrier: 1, Temperature: 1}, []string{model.LowBarrier}},
		{"t lifts an underflow", InTime{EyringKramers{EscapeCurvature: 1, Barrier: 760, Temperature: 1}, 1e300}, nil},
		{"t keeps a low barrier", InTime{EyringKramers{EscapeCurvature: 1, Barrier: 1, Temperature: 1}, 2}, []string{model.LowBarrier}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, names(tc.law.Conditions())); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if tc.law.Source() == "" {
				t.Error("no source")
			}
		})
	}
	if got := deep.EscapeRate(); got != 0 {
		t.Errorf("kappa = %v, want underflow to 0", got)
	}
	if diff := cmp.Diff(-10000.5*math.Log(1e6)-math.Log(2*math.Pi), deep.LogEscapeRate(), relative(1e-15)); diff != "" {
		t.Errorf("log kappa (-want +got):\n%s", diff)
	}
}

func names(conditions []model.Condition) []string {
	var out []string
	for _, c := range conditions {
		out = append(out, c.Name)
	}
	return out
}

func TestTemperature(t *testing.T) {
	population := model.SGD{LearningRate: 0.1, BatchSize: 4}
	subset := model.SGD{LearningRate: 0.1, BatchSize: 4, DatasetSize: 10, Sampling: model.WithoutReplacement}
	got := []float64{Temperature(population, 2), Temperature(subset, 2), CriticalOutlierCount(0.1)}
	if diff := cmp.Diff([]float64{0.05, 0.05 * 6 / 9, 22}, got, relative(1e-14)); diff != "" {
		t.Errorf("T, T without replacement, n_c (-want +got):\n%s", diff)
	}
	if Stable(22, 0.1) || !Stable(21, 0.1) || Stable(1, math.NaN()) {
		t.Error("Stable is not n < n_c")
	}
}

func TestEffectiveDimension(t *testing.T) {
	inf := math.Inf(1)
	for _, tc := range []struct {
		name, source string
		in           []float64
		want         Dimension
		conditions   []string
	}{
		{"ten classes", "closed form: ten outliers above a bulk", append([]float64{20, 18, 17, 16, 15, 14, 13, 12, 11, 10}, 0.5, 0.4, 0.3, 0.2, 0.1, 0, -0.1), Dimension{10, 20, math.Pow(20*17643225600, 0.1)}, nil},
		{"isotropic", "closed form", []float64{2, 2, 2}, Dimension{3, inf, 2}, []string{NoGap}},
		{"rank one", "closed form", []float64{0, 5, 0}, Dimension{1, inf, 5}, nil},
		{"gap deep in the bulk is ignored", "closed form: lambda_1/100 rule", []float64{10, 9, 0.05, 1e-9}, Dimension{2, 180, math.Sqrt(90)}, nil},
		{"rounding below zero", "closed form", []float64{3, 3, -1e-17}, Dimension{2, inf, 3}, nil},
		{"slow decay", "closed form", []float64{1, 0.8, 0.7}, Dimension{1, 1.25, 1}, []string{NoGap}},
		{"positive below the floor", "closed form", []float64{5e-5, 1}, Dimension{1, 2e4, 1}, nil},
		{"at the floor", "closed form", []float64{1, 1e-4, -1}, Dimension{1, 1e4, 1}, nil},
		{"one", "closed form", []float64{7}, Dimension{1, inf, 7}, []string{NoGap}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, conditions, err := EffectiveDimension(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, relative(1e-4)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.conditions, names(conditions)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range [][]float64{nil, {0, -1}, {1, math.NaN()}, {math.Inf(1)}} {
		if _, _, err := EffectiveDimension(bad); !errors.Is(err, model.ErrDomain) {
			t.Errorf("spectrum %v: error %v, want one that wraps model.ErrDomain", bad, err)
		}
	}
}
