package model_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"sgdescape/model"
)

func TestSGDValidate(t *testing.T) {
	valid := model.SGD{LearningRate: 0.1, BatchSize: 3, DatasetSize: 10}
	change := func(f func(*model.SGD)) model.SGD { p := valid; f(&p); return p }
	for _, row := range []struct {
		name string
		sgd  model.SGD
		bad  []string // what the error must name; nil for no error
	}{
		{"valid", valid, nil},
		{"full batch", change(func(p *model.SGD) { p.BatchSize, p.Sampling = 10, model.WithoutReplacement }), nil},
		{"population", change(func(p *model.SGD) { p.DatasetSize, p.BatchSize = 0, 1000 }), nil},
		{"eta zero", change(func(p *model.SGD) { p.LearningRate = 0 }), []string{"learning rate eta is 0"}},
		{"eta NaN", change(func(p *model.SGD) { p.LearningRate = math.NaN() }), []string{"learning rate eta is NaN"}},
		{"eta infinite", change(func(p *model.SGD) { p.LearningRate = math.Inf(1) }), []string{"learning rate eta is +Inf"}},
		{"B zero", change(func(p *model.SGD) { p.BatchSize = 0 }), []string{"batch size B is 0"}},
		{"B above N", change(func(p *model.SGD) { p.BatchSize = 11 }), []string{"batch size B is 11", "N = 10"}},
		{"B zero, population", change(func(p *model.SGD) { p.DatasetSize, p.BatchSize = 0, 0 }), []string{"batch size B is 0"}},
		{"N negative", change(func(p *model.SGD) { p.DatasetSize = -1 }), []string{"data-set size N is -1"}},
		{"population without replacement", change(func(p *model.SGD) { p.DatasetSize, p.Sampling = 0, model.WithoutReplacement }),
			[]string{"sampling is without"}},
		{"unknown sampling", change(func(p *model.SGD) { p.Sampling = 7 }), []string{"sampling is Sampling(7)"}},
		{"all at once", model.SGD{LearningRate: -1, BatchSize: 0, DatasetSize: 5, Sampling: -1},
			[]string{"learning rate eta is -1", "batch size B is 0", "sampling is Sampling(-1)"}},
	} {
		err := row.sgd.Validate()
		if (err != nil) != (row.bad != nil) {
			t.Errorf("%s: Validate() = %v", row.name, err)
			continue
		}
		if err != nil && !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: %v does not wrap ErrDomain", row.name, err)
		}
		for _, bad := range row.bad {
			if !strings.Contains(err.Error(), bad) {
				t.Errorf("%s: %q does not say %q", row.name, err, bad)
			}
		}
	}
}

func TestCovarianceFactor(t *testing.T) {
	for _, row := range []struct {
		name, source string
		sgd          model.SGD
		want         float64
	}{
		{"with", "Eq. 8", model.SGD{BatchSize: 4, DatasetSize: 10}, 1.0 / 4},
		{"population", "Eq. 8, N -> infinity", model.SGD{BatchSize: 4}, 1.0 / 4},
		{"without", "Eq. 8", model.SGD{BatchSize: 4, DatasetSize: 10, Sampling: model.WithoutReplacement}, 6.0 / (9 * 4)},
		{"without, B = 1", "one draw has no replacement", model.SGD{BatchSize: 1, DatasetSize: 10, Sampling: model.WithoutReplacement}, 1},
		{"full batch", "no noise is left", model.SGD{BatchSize: 10, DatasetSize: 10, Sampling: model.WithoutReplacement}, 0},
		{"N = 1", "no noise is left", model.SGD{BatchSize: 1, DatasetSize: 1, Sampling: model.WithoutReplacement}, 0},
	} {
		if got := row.sgd.CovarianceFactor(); math.Abs(got-row.want) > 1e-15 {
			t.Errorf("%s: %v, want %v (%s)", row.name, got, row.want, row.source)
		}
	}
}

func TestSampling(t *testing.T) {
	for _, s := range []model.Sampling{model.WithReplacement, model.WithoutReplacement} {
		got, err := model.ParseSampling(s.String())
		if err != nil || got != s {
			t.Errorf("ParseSampling(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := model.ParseSampling("sometimes"); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), `"sometimes"`) {
		t.Errorf(`ParseSampling("sometimes"): %v`, err)
	}
}

func TestSGDJSON(t *testing.T) {
	want := model.SGD{LearningRate: 0.1, BatchSize: 3, DatasetSize: 10, Sampling: model.WithoutReplacement}
	text, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(text), `"Sampling":"without"`) {
		t.Fatalf("%s, %v", text, err)
	}
	var got model.SGD
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{`{"Sampling":1}`, `{"Sampling":"sometimes"}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
