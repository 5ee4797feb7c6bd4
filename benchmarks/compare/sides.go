package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sgdescape/benchmarks/measure"
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
		return s, s.open(o.File)
	}
	return s, s.checkOut(ctx, o)
}

func (s *Sides) open(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	s.BaseLabel = filepath.Base(name)
	s.Saved, err = measure.ReadResults(f, name)
	if err == nil && len(s.Saved.Names) == 0 {
		err = fmt.Errorf("%s holds no benchmark results", name)
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
