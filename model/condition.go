package model

// A Condition is a remark that travels with a result: the value is usable, but
// an assumption of its derivation does not hold well. It is never an error.
type Condition struct {
	Name   string `json:"name"`   // a stable identifier, such as "low-barrier"
	Detail string `json:"detail"` // one sentence with the numbers that triggered it
}

// Names of the conditions that more than one package reports.
const (
	LowBarrier        = "low-barrier"         // the barrier is not large against the noise
	NotNormalisable   = "not-normalisable"    // the stationary density does not exist (Mori2022, Eq. 19)
	LargeLearningRate = "large-learning-rate" // eta h* is not small: the diffusion limit is doubtful
	Underflow         = "underflow"           // the value underflows; its logarithm is exact
)
