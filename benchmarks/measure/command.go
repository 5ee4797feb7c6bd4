package measure

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// endsWithin bounds the time between the end of a context and the end of a
// [Command]: after it the pipes are closed and the process is killed.
const endsWithin = time.Second

// Command is [exec.CommandContext] whose children end with it. Programs such as
// the go command start others, which hold its output open: without them being
// told, an interrupted build is waited for to its end.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = endsWithin
	endTogether(cmd)
	return cmd
}

// callers are the variables by which git tells a hook which repository and index
// it works on.
var callers = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
	"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
}

// Git is [Command] for git on the repository that the folder dir lies in, in a hook
// of git, too: with the index of a commit that is being made, the checkout of the
// base would take its place.
func Git(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := Command(ctx, "git", append([]string{"-C", dir}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(callers, name)
	})
	return cmd
}
