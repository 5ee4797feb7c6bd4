package main

import (
	"strings"
	"testing"
)

// TestAlignLoops: labels at the head of loops without a loop inside, and no others,
// are at cache lines; labels of one function mean nothing to the next.
func TestAlignLoops(t *testing.T) {
	text := []string{
		"TEXT ·first(SB), NOSPLIT, $0-8",
		"outer:",
		"\tJGE     done",
		"*inner:",
		"\tDECQ    AX",
		"\tJNZ     inner",
		"*second:",
		"\tDECQ    BX",
		"\tJNZ     second",
		"\tJMP     outer",
		"done:",
		"\tRET",
		"TEXT ·second(SB), NOSPLIT, $0-8",
		"\tJMP     done",
		"*alone:",
		"\tJLT     alone",
		"done:",
		"\tRET",
	}
	want := strings.ReplaceAll(strings.Join(text, "\n"), "\n*", "\n\tPCALIGN $64\n")
	if got := string(alignLoops([]byte(strings.ReplaceAll(strings.Join(text, "\n"), "\n*", "\n")))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
