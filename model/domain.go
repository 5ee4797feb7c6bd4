package model

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// ErrDomain is wrapped by every error that reports a parameter outside its
// domain.
var ErrDomain = errors.New("outside the domain")

// A DomainError names every bad field of one value.
type DomainError struct {
	Subject string       // what was being built, such as "double well"
	Fields  []FieldError // at least one
}

// A FieldError is one parameter that was refused.
type FieldError struct {
	Name  string // the words and symbol of the parameter, such as "learning rate eta"
	Value string // the value as it was given
	Want  string // what would be accepted, such as "a finite number > 0"
}

// Error reports all bad fields on one line.
func (e *DomainError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = fmt.Sprintf("%s is %s, want %s", f.Name, f.Value, f.Want)
	}
	return e.Subject + ": " + strings.Join(parts, "; ")
}

// Unwrap makes errors.Is(err, ErrDomain) true.
func (e *DomainError) Unwrap() error { return ErrDomain }

// A Domain collects the bad fields of one value; see [CheckDomain].
type Domain struct {
	subject string
	fields  []FieldError
}

// CheckDomain starts the validation of one value. Conditions are written so
// that NaN fails: a field is accepted when ok is true, never refused when a
// comparison is.
func CheckDomain(subject string) *Domain { return &Domain{subject: subject} }

// That refuses the field unless ok. The value is printed with %v.
func (d *Domain) That(ok bool, name string, value any, want string) *Domain {
	if !ok {
		d.fields = append(d.fields, FieldError{Name: name, Value: fmt.Sprint(value), Want: want})
	}
	return d
}

// Positive refuses x unless 0 < x < Inf.
func (d *Domain) Positive(name string, x float64) *Domain {
	return d.That(x > 0 && !math.IsInf(x, 1), name, x, "a finite number > 0")
}

// NonNegative refuses x unless 0 <= x < Inf.
func (d *Domain) NonNegative(name string, x float64) *Domain {
	return d.That(x >= 0 && !math.IsInf(x, 1), name, x, "a finite number >= 0")
}

// Above refuses x unless low < x < Inf.
func (d *Domain) Above(low float64, name string, x float64) *Domain {
	return d.That(x > low && !math.IsInf(x, 1), name, x, fmt.Sprintf("a finite number > %v", low))
}

// Finite refuses x when it is NaN or infinite.
func (d *Domain) Finite(name string, x float64) *Domain {
	return d.That(!math.IsNaN(x) && !math.IsInf(x, 0), name, x, "a finite number")
}

// AtLeast refuses n unless n >= low.
func (d *Domain) AtLeast(low int, name string, n int) *Domain {
	return d.That(n >= low, name, n, fmt.Sprintf("an integer >= %d", low))
}

// MaxDim is the largest dimension for which n x n matrices are made: Hessian,
// its eigenvectors and the covariance are 200 MB each at n = 5000.
const MaxDim = 5000

// MatrixDim refuses n unless 1 <= n <= [MaxDim].
func (d *Domain) MatrixDim(name string, n int) *Domain {
	return d.AtLeast(1, name, n).
		That(n <= MaxDim, name, n, fmt.Sprintf("at most %d: n x n matrices are kept in memory", MaxDim))
}

// Include takes over the bad fields of err, which may be nil. An error that is
// not a [DomainError] becomes a field of its own.
func (d *Domain) Include(err error) *Domain {
	var e *DomainError
	switch {
	case err == nil:
	case errors.As(err, &e):
		d.fields = append(d.fields, e.Fields...)
	default:
		d.fields = append(d.fields, FieldError{Name: d.subject, Value: err.Error(), Want: "no error"})
	}
	return d
}

// Err returns nil if every field was accepted, and a [DomainError] otherwise.
func (d *Domain) Err() error {
	if len(d.fields) == 0 {
		return nil
	}
	return &DomainError{Subject: d.subject, Fields: d.fields}
}
