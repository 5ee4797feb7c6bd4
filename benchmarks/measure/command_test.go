//go:build unix

package measure

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestCommandEndsItsChildren: a command whose child holds its output open ends
// soon after its context, and the child with it.
func TestCommandEndsItsChildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	out, err := Command(ctx, "sh", "-c", "sleep 61.7 & echo $!; wait").Output()
	if took := time.Since(start); err == nil || took > 30*time.Second {
		t.Fatalf("ended after %v with %v", took, err)
	}
	child := strings.TrimSpace(string(out))
	if child == "" {
		t.Fatal("the child did not start")
	}
	for range 100 { // the dead are buried by another process
		state, err := exec.Command("ps", "-o", "stat=", "-p", child).Output()
		if err != nil || strings.HasPrefix(strings.TrimSpace(string(state)), "Z") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the child %s is still running", child)
}
