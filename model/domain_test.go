package model_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

func TestCheckDomain(t *testing.T) {
	check := func() *model.Domain { return model.CheckDomain("subject") }
	for _, row := range []struct {
		name string
		got  *model.Domain
		want string // empty for no error
	}{
		{"nothing checked", check(), ""},
		{"positive", check().Positive("x", 5e-324), ""},
		{"positive zero", check().Positive("x", 0), "subject: x is 0, want a finite number > 0"},
		{"positive NaN", check().Positive("x", math.NaN()), "subject: x is NaN, want a finite number > 0"},
		{"positive infinite", check().Positive("x", math.Inf(1)), "subject: x is +Inf, want a finite number > 0"},
		{"non-negative", check().NonNegative("x", 0), ""},
		{"non-negative negative", check().NonNegative("x", -1), "subject: x is -1, want a finite number >= 0"},
		{"non-negative NaN", check().NonNegative("x", math.NaN()), "subject: x is NaN, want a finite number >= 0"},
		{"non-negative infinite", check().NonNegative("x", math.Inf(1)), "subject: x is +Inf, want a finite number >= 0"},
		{"above", check().Above(2, "x", 2.5), ""},
		{"above equal", check().Above(2, "x", 2), "subject: x is 2, want a finite number > 2"},
		{"above NaN", check().Above(2, "x", math.NaN()), "subject: x is NaN, want a finite number > 2"},
		{"above infinite", check().Above(2, "x", math.Inf(1)), "subject: x is +Inf, want a finite number > 2"},
		{"finite", check().Finite("x", -1e308), ""},
		{"finite NaN", check().Finite("x", math.NaN()), "subject: x is NaN, want a finite number"},
		{"finite infinite", check().Finite("x", math.Inf(-1)), "subject: x is -Inf, want a finite number"},
		{"at least", check().AtLeast(3, "n", 3), ""},
		{"at least below", check().AtLeast(3, "n", 2), "subject: n is 2, want an integer >= 3"},
		{"matrix", check().MatrixDim("n", 1).MatrixDim("n", 5000), ""},
		{"matrix of nothing", check().MatrixDim("n", 0), "subject: n is 0, want an integer >= 1"},
		{"matrix too large", check().MatrixDim("n", 5001), "subject: n is 5001, want at most 5000: n x n matrices are kept in memory"},
		{"include nil", check().Include(nil), ""},
		{"include other", check().Include(errors.New("boom")), "subject: subject is boom, want no error"},
		{"all at once", check().Positive("x", -1).AtLeast(1, "n", 0), "subject: x is -1, want a finite number > 0; n is 0, want an integer >= 1"},
		{"include fields", check().Positive("x", -1).Include(check().AtLeast(1, "n", 0).Err()),
			"subject: x is -1, want a finite number > 0; n is 0, want an integer >= 1"},
	} {
		err := row.got.Err()
		got := ""
		if err != nil {
			got = err.Error()
			if !errors.Is(err, model.ErrDomain) {
				t.Errorf("%s: %v does not wrap ErrDomain", row.name, err)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestDomainErrorFields(t *testing.T) {
	var e *model.DomainError
	if !errors.As(model.CheckDomain("double well").Positive("width w", -2).Err(), &e) {
		t.Fatal("not a DomainError")
	}
	want := &model.DomainError{Subject: "double well", Fields: []model.FieldError{{Name: "width w", Value: "-2", Want: "a finite number > 0"}}}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
