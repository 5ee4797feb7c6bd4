package model

import (
	"encoding/json"
	"fmt"
)

// Sampling is the way a minibatch is drawn from a data set.
type Sampling int

const (
	// WithReplacement draws every sample of a minibatch independently. It is
	// the only scheme of a population (an infinite data set).
	WithReplacement Sampling = iota
	// WithoutReplacement draws a uniformly random subset of B different
	// samples, anew at every step.
	WithoutReplacement
)

// String returns "with" or "without".
func (s Sampling) String() string {
	switch s {
	case WithReplacement:
		return "with"
	case WithoutReplacement:
		return "without"
	}
	return fmt.Sprintf("Sampling(%d)", int(s))
}

// MarshalJSON writes the name of the scheme.
func (s Sampling) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads the name of the scheme.
func (s *Sampling) UnmarshalJSON(text []byte) error {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return err
	}
	parsed, err := ParseSampling(name)
	if err == nil {
		*s = parsed
	}
	return err
}

// ParseSampling inverts [Sampling.String].
func ParseSampling(name string) (Sampling, error) {
	switch name {
	case "with":
		return WithReplacement, nil
	case "without":
		return WithoutReplacement, nil
	}
	return 0, CheckDomain("sampling scheme").That(false, "sampling", fmt.Sprintf("%q", name), `"with" or "without" (replacement)`).Err()
}

// SGD holds the parameters of stochastic gradient descent (Mori2022, Eq. 2).
type SGD struct {
	LearningRate float64  // eta > 0
	BatchSize    int      // B, 1 <= B <= N
	DatasetSize  int      // N; 0 stands for the population limit N -> infinity
	Sampling     Sampling // scheme of the minibatch; a population allows WithReplacement only
}

// Validate returns an error wrapping [ErrDomain] that names every bad field.
func (p SGD) Validate() error {
	d := CheckDomain("SGD").
		Positive("learning rate eta", p.LearningRate).
		That(p.DatasetSize >= 0, "data-set size N", p.DatasetSize, "an integer >= 1, or 0 for the population").
		That(p.Sampling == WithReplacement || p.Sampling == WithoutReplacement, "sampling", p.Sampling,
			`"with" or "without" (replacement)`)
	if p.DatasetSize > 0 {
		d.That(p.BatchSize >= 1 && p.BatchSize <= p.DatasetSize, "batch size B", p.BatchSize,
			fmt.Sprintf("an integer from 1 to N = %d", p.DatasetSize))
	} else {
		d.AtLeast(1, "batch size B", p.BatchSize)
		d.That(p.Sampling != WithoutReplacement, "sampling", p.Sampling, `"with" (replacement) for a population`)
	}
	return d.Err()
}

// CovarianceFactor returns the factor in front of the one-sample covariance in
// Sigma: 1/B with replacement, (1/B)(N-B)/(N-1) without (Mori2022, Eq. 8). It
// is 0 for the full batch without replacement.
func (p SGD) CovarianceFactor() float64 {
	b, n := float64(p.BatchSize), float64(p.DatasetSize)
	if p.Sampling == WithReplacement || p.DatasetSize == 0 {
		return 1 / b
	}
	if p.BatchSize == p.DatasetSize {
		return 0
	}
	return (n - b) / ((n - 1) * b)
}
