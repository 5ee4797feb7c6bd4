package compare

import (
	"fmt"
	"time"

	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
	"sgdescape/model"
)

// Options say what is compared and how.
type Options struct {
	Root    string // top folder of the repository; its working tree is the head side
	Package string // of the benchmarks, relative to Root, such as ./benchmarks
	Base    string // git revision of the base side, or
	File    string // record to compare with, see package record
	Pattern string // of the benchmarks, as in `go test -bench`
	Skip    string // pattern of benchmarks to leave out; empty for none

	Plan   gate.Plan
	Runner measure.Runner
	Budget time.Duration // for everything after the builds
	Seed   uint64        // of the order of the runs of a block

	// Progress, if not nil, is told how many runs are done and how many the
	// next look needs.
	Progress func(done, total int, what string)
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (o Options) Validate() error {
	return model.CheckDomain("comparison").
		Include(o.Plan.Validate()).
		That(o.Base != "" || o.File != "", "base", "not given", "a revision or a saved file").
		That(o.Base == "" || o.File == "", "base", fmt.Sprintf("both the revision %s and the file %s", o.Base, o.File), "one of them").
		That(o.Package != "", "package", o.Package, "a package path such as ./benchmarks").
		That(o.Budget > 0, "time budget", o.Budget, "a duration > 0").
		That(o.Runner.Time > 0, "time of one repetition", o.Runner.Time, "a duration > 0").
		That(o.Runner.RunTime > 0, "time of one run", o.Runner.RunTime, "a duration > 0").Err()
}

func (o Options) progress(done, total int, what string) {
	if o.Progress != nil {
		o.Progress(done, total, what)
	}
}
