package measure

import (
	"context"
	"os/exec"
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
