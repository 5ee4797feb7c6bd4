package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// git runs git in dir and returns its trimmed standard output.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

// Root returns the top folder of the repository that dir lies in.
func Root(ctx context.Context, dir string) (string, error) {
	return git(ctx, dir, "rev-parse", "--show-toplevel")
}

// Describe returns the short hash of rev.
func Describe(ctx context.Context, root, rev string) (string, error) {
	return git(ctx, root, "rev-parse", "--short", "--verify", rev+"^{commit}")
}

// DescribeTree returns the short hash of HEAD, with a plus sign if tracked
// files differ from it.
func DescribeTree(ctx context.Context, root string) (string, error) {
	hash, err := Describe(ctx, root, "HEAD")
	if err != nil {
		return "", err
	}
	changed, err := git(ctx, root, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return "", err
	}
	if changed != "" {
		hash += "+"
	}
	return hash, nil
}

// MergeBase returns the commit at which HEAD and rev parted.
func MergeBase(ctx context.Context, root, rev string) (string, error) {
	return git(ctx, root, "merge-base", "HEAD", rev)
}

// AddWorktree checks rev out to the new folder dir. remove deletes it again; it
// works after ctx is cancelled and after AddWorktree failed half-way.
func AddWorktree(ctx context.Context, root, rev, dir string) (remove func() error, err error) {
	_, err = git(ctx, root, "worktree", "add", "--detach", "--quiet", dir, rev)
	remove = func() error {
		ctx := context.WithoutCancel(ctx)
		if _, err := git(ctx, root, "worktree", "remove", "--force", dir); err == nil {
			return nil
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		_, err := git(ctx, root, "worktree", "prune")
		return err
	}
	return remove, err
}
