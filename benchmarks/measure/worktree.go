package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// git runs git in dir and returns its trimmed standard output. The error is
// the first line of what git says.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := Git(ctx, dir, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return strings.TrimSpace(stdout.String()), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("git is not installed, want it on the PATH")
	}
	said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	if said = strings.TrimPrefix(said, "fatal: "); said == "" {
		said = err.Error()
	}
	return "", fmt.Errorf("git %s: %s", args[0], said)
}

// Root returns the top folder of the repository that dir lies in.
func Root(ctx context.Context, dir string) (string, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil && ctx.Err() == nil {
		if absolute, absErr := filepath.Abs(dir); absErr == nil {
			dir = absolute
		}
		return "", fmt.Errorf("the folder %s is in no working tree of git, want a clone of the project: %w", dir, err)
	}
	return root, err
}

// Describe returns the short hash of rev.
func Describe(ctx context.Context, root, rev string) (string, error) {
	hash, err := git(ctx, root, "rev-parse", "--short", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil && ctx.Err() == nil {
		return "", unknown(ctx, root, rev)
	}
	return hash, err
}

// unknown is the error of a revision that names no commit here.
func unknown(ctx context.Context, root, rev string) error {
	if rev == "HEAD" {
		return fmt.Errorf("the repository %s has no commit yet, want one to compare with", root)
	}
	return fmt.Errorf("the revision is %q, which names no commit here, want a branch, a tag or a hash%s", rev, shallow(ctx, root))
}

// shallow says how a clone gets the commits that it lacks.
func shallow(ctx context.Context, root string) string {
	if is, err := git(ctx, root, "rev-parse", "--is-shallow-repository"); err == nil && is == "true" {
		return "; this clone is shallow: git fetch --unshallow gets the rest"
	}
	return ""
}

// DescribeTree returns the short hash of HEAD, with a plus sign if tracked files
// differ from it, or if there are Go or assembly files beside them: these are
// built, too.
func DescribeTree(ctx context.Context, root string) (string, error) {
	hash, err := Describe(ctx, root, "HEAD")
	if err != nil {
		return "", err
	}
	changed, err := git(ctx, root, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return "", err
	}
	added, err := git(ctx, root, "ls-files", "--others", "--exclude-standard", "--", "*.go", "*.s")
	if err != nil {
		return "", err
	}
	if changed+added != "" {
		hash += "+"
	}
	return hash, nil
}

// MergeBase returns the commit at which HEAD and rev parted.
func MergeBase(ctx context.Context, root, rev string) (string, error) {
	if _, err := Describe(ctx, root, rev); err != nil {
		return "", err
	}
	base, err := git(ctx, root, "merge-base", "HEAD", rev)
	if err != nil && ctx.Err() == nil {
		return "", fmt.Errorf("HEAD and %s have no commit in common here%s", rev, shallow(ctx, root))
	}
	return base, err
}

// AddWorktree checks rev out to the new folder dir. remove deletes it again; it
// works after ctx is cancelled and after AddWorktree failed half-way.
func AddWorktree(ctx context.Context, root, rev, dir string) (remove func() error, err error) {
	_, err = git(ctx, root, "worktree", "add", "--detach", "--quiet", dir, rev)
	remove = func() error {
		ctx := context.WithoutCancel(ctx)
		// Twice, for one that git has not finished and keeps locked.
		if _, err := git(ctx, root, "worktree", "remove", "--force", "--force", dir); err == nil {
			return nil
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if known, err := git(ctx, root, "worktree", "list", "--porcelain"); err != nil || !strings.Contains(known+"\n", "worktree "+dir+"\n") {
			return err // prune would forget others, too, whose folder is away for a while
		}
		_, err := git(ctx, root, "worktree", "prune")
		return err
	}
	return remove, err
}
