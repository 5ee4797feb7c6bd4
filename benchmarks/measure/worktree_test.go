package measure

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes one with a single commit.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--allow-empty", "--message", "first"},
	} {
		if out, err := Git(t.Context(), dir, args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

func worktrees(t *testing.T, root string) int {
	t.Helper()
	out, err := git(context.Background(), root, "worktree", "list")
	if err != nil {
		t.Fatal(err)
	}
	return len(strings.Split(out, "\n"))
}

// Whatever happens to a worktree, remove leaves nothing.
func TestAddWorktree(t *testing.T) {
	root := repository(t)
	dir := filepath.Join(t.TempDir(), "base")
	ctx, cancel := context.WithCancel(context.Background())
	remove, err := AddWorktree(ctx, root, "HEAD", dir)
	if err != nil || worktrees(t, root) != 2 {
		t.Fatalf("%v, %d worktrees", err, worktrees(t, root))
	}
	cancel()
	if err := remove(); err != nil || worktrees(t, root) != 1 {
		t.Errorf("removed: %v, %d worktrees", err, worktrees(t, root))
	}

	remove, err = AddWorktree(context.Background(), root, "HEAD", dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil { // by someone else
		t.Fatal(err)
	}
	if err := remove(); err != nil || worktrees(t, root) != 1 {
		t.Errorf("removed twice: %v, %d worktrees", err, worktrees(t, root))
	}

	remove, err = AddWorktree(ctx, root, "HEAD", dir) // cancelled
	if err == nil {
		t.Error("a cancelled checkout succeeded")
	}
	if err := remove(); err != nil || worktrees(t, root) != 1 {
		t.Errorf("half-way: %v, %d worktrees", err, worktrees(t, root))
	}
}

// A worktree of someone else, whose folder is away for a while, is not forgotten
// after a checkout that was interrupted.
func TestOtherWorktreeIsKept(t *testing.T) {
	root := repository(t)
	other := filepath.Join(t.TempDir(), "other")
	if _, err := AddWorktree(t.Context(), root, "HEAD", other); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, other+"-away"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	remove, err := AddWorktree(ctx, root, "HEAD", filepath.Join(t.TempDir(), "base"))
	if err == nil {
		t.Error("a cancelled checkout succeeded")
	}
	if err := remove(); err != nil || worktrees(t, root) != 2 {
		t.Errorf("removed: %v, %d worktrees, want 2", err, worktrees(t, root))
	}
}

// In a hook of git the index of the commit that is being made stays as it is.
func TestAddWorktreeInHook(t *testing.T) {
	root, ctx := repository(t), t.Context()
	if err := os.WriteFile(filepath.Join(root, "a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := git(ctx, root, "add", "a"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_INDEX_FILE", filepath.Join(root, ".git", "index"))
	t.Setenv("GIT_DIR", filepath.Join(root, ".git"))
	dir := filepath.Join(t.TempDir(), "base")
	remove, err := AddWorktree(ctx, root, "HEAD", dir)
	if err != nil {
		t.Fatal(err)
	}
	if staged, err := git(ctx, root, "diff", "--cached", "--name-only"); err != nil || staged != "a" {
		t.Errorf("staged %q, %v, want a", staged, err)
	}
	if err := remove(); err != nil || worktrees(t, root) != 1 {
		t.Errorf("removed: %v, %d worktrees", err, worktrees(t, root))
	}
	if top, err := Root(ctx, dir+"/.."); err == nil {
		t.Errorf("a folder outside of all repositories is in %q", top)
	}
}

func TestDescribeTree(t *testing.T) {
	root := repository(t)
	ctx := context.Background()
	clean, err := DescribeTree(ctx, root)
	if err != nil || strings.HasSuffix(clean, "+") {
		t.Errorf("clean tree: %q, %v", clean, err)
	}
	if base, err := MergeBase(ctx, root, "HEAD"); err != nil || !strings.HasPrefix(base, clean) {
		t.Errorf("merge base with itself: %q, %v", base, err)
	}
	for _, tt := range []struct{ file, want string }{{"notes.md", clean}, {"a.go", clean + "+"}} { // untracked
		name := filepath.Join(root, tt.file)
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := DescribeTree(ctx, root); err != nil || got != tt.want {
			t.Errorf("with %s: %q, %v, want %q", tt.file, got, err, tt.want)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := git(ctx, root, "add", "a"); err != nil {
		t.Fatal(err)
	}
	if changed, err := DescribeTree(ctx, root); err != nil || changed != clean+"+" {
		t.Errorf("changed tree: %q, %v", changed, err)
	}
	if _, err := Describe(ctx, root, "nowhere"); err == nil {
		t.Error("an unknown revision was described")
	}
}

// What git cannot do is one line that says what is wanted.
func TestReject_Repository(t *testing.T) {
	ctx := t.Context()
	run := func(args ...string) {
		t.Helper()
		if out, err := Git(t.Context(), ".", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	full := repository(t)
	run("-C", full, "tag", "old")
	run("-C", full, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--allow-empty", "--message", "second")
	run("-C", full, "checkout", "--quiet", "--orphan", "island")
	run("-C", full, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--allow-empty", "--message", "other")
	cut := filepath.Join(t.TempDir(), "cut")
	run("clone", "--quiet", "--depth", "1", "file://"+full, cut)
	empty := t.TempDir()
	run("-C", empty, "init", "--quiet")
	outside := t.TempDir()
	for _, c := range []struct {
		name string
		ask  func() (string, error)
		want string
	}{
		{"no repository", func() (string, error) { return Root(ctx, outside) }, "the folder " + outside + " is in no working tree of git, want a clone of the project: git rev-parse: not a git repository"},
		{"no commit", func() (string, error) { return DescribeTree(ctx, empty) }, "has no commit yet"},
		{"unknown", func() (string, error) { return Describe(ctx, full, "nowhere") }, `the revision is "nowhere", which names no commit here, want a branch, a tag or a hash`},
		{"a flag", func() (string, error) { return Describe(ctx, full, "--all") }, `the revision is "--all", which`},
		{"shallow", func() (string, error) { return Describe(ctx, cut, "old") }, "this clone is shallow: git fetch --unshallow"},
		{"nothing in common", func() (string, error) { return MergeBase(ctx, full, "old") }, "HEAD and old have no commit in common here"},
	} {
		got, err := c.ask()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "fatal") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}
