package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sgdescape/benchmarks/measure"
	"sgdescape/benchmarks/record"
)

// Sides are the two things to compare, ready to run.
type Sides struct {
	Head       measure.Binary
	Base       measure.Binary  // unused if Saved is set
	Saved      measure.Results // of the base side, if Names is not empty
	HeadLabel  string
	BaseLabel  string
	removeTree func() error
	folder     string
}

// Prepare builds both sides in a temporary folder. Close removes it, also after
// ctx was cancelled.
func Prepare(ctx context.Context, o Options) (_ *Sides, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s := &Sides{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.folder, err = os.MkdirTemp("", "benchgate-"); err != nil {
		return s, err
	}
	if s.HeadLabel, err = measure.DescribeTree(ctx, o.Root); err != nil {
		return s, err
	}
	if s.Head, err = measure.Build(ctx, o.Root, o.Package, filepath.Join(s.folder, "head.test")); err != nil {
		return s, err
	}
	if o.File != "" {
		return s, s.open(o)
	}
	return s, s.checkOut(ctx, o)
}

// open reads a record. The description beside it must say that it was made the
// way the head side is about to be measured.
func (s *Sides) open(o Options) error {
	name := o.File
	info, err := record.ReadInfo(os.DirFS(filepath.Dir(name)), filepath.Base(name))
	if err != nil {
		return fmt.Errorf("%s is no record of benchgate record: %w", name, err)
	}
	if want := o.Runner.Method(); info.Method != want {
		return fmt.Errorf("%s was measured otherwise (%s; now: %s)", name, info.Method, want)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	s.BaseLabel = filepath.Base(name)
	s.Saved, err = measure.ReadTimes(f, name)
	if err == nil && len(s.Saved.Names) == 0 {
		err = fmt.Errorf("%s holds no benchmark results with a time", name)
	}
	return err
}

func (s *Sides) checkOut(ctx context.Context, o Options) (err error) {
	if s.BaseLabel, err = measure.Describe(ctx, o.Root, o.Base); err != nil {
		return err
	}
	tree := filepath.Join(s.folder, "base")
	if s.removeTree, err = measure.AddWorktree(ctx, o.Root, o.Base, tree); err != nil {
		return err
	}
	s.Base, err = measure.Build(ctx, tree, o.Package, filepath.Join(s.folder, "base.test"))
	return err
}

// Close removes the worktree and the binaries.
func (s *Sides) Close() error {
	var errTree error
	if s.removeTree != nil {
		errTree = s.removeTree()
		s.removeTree = nil
	}
	return errors.Join(errTree, os.RemoveAll(s.folder))
}
