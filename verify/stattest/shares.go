package stattest

import (
	"fmt"
)

// packageShares divides [RunAlpha] among the packages of the repository that
// make statistical assertions. A test binary sees only its own part, so the
// division is declared here and not kept while tests run. A test checks that
// the sum is at most 1.
var packageShares = []Share{
	{"verify", 0.5}, // the ledger of claims
	{"verify/simtest", 0.1},
	{"verify/stattest", 0.1},
	{"verify/kernels", 0.02},
	{"sim/stream", 0.05},
	{"sim/sde", 0.05},
	{"sim/sgd", 0.05},
	{"sim/escape", 0.03},
	{"sim/record", 0.01},
	{"model/dataset", 0.005},
	{"model/noise", 0.02},
	{"theory/discrete", 0.02},
	{"theory/rival", 0.01},
	{"benchmarks/gate", 0.02},
	{"benchmarks/peers", 0.01},
	{"benchmarks/selftest", 0.004},
}

// ForPackage returns the budget of one package of the repository, named without
// the module, and divides it among assertions.
func ForPackage(name string, shares ...Share) (*Budget, error) {
	for _, p := range packageShares {
		if p.Name == name {
			b, err := NewBudget(RunAlpha*p.Share, shares...)
			if b != nil {
				b.pkg = name
			}
			return b, err
		}
	}
	return nil, fmt.Errorf("%w: package %q has no share of the run", ErrOverspent, name)
}

// MustForPackage is [ForPackage] for a package variable of a test; it panics
// where ForPackage returns an error.
func MustForPackage(name string, shares ...Share) *Budget {
	b, err := ForPackage(name, shares...)
	if err != nil {
		panic("stattest: " + err.Error())
	}
	return b
}

// PackageShares returns how the alpha of a run is divided among packages.
func PackageShares() []Share { return append([]Share(nil), packageShares...) }
