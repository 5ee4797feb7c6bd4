package main

import (
	"bytes"
	"regexp"
)

var (
	labelLine = regexp.MustCompile(`^(\w+):$`)
	jumpLine  = regexp.MustCompile(`^\tJ[A-Z]+ +(\w+)$`)
)

// alignLoops puts the innermost loops of a file of assembly at cache lines. Where
// the linker happens to put a short loop across two, it takes up to a third longer
// than elsewhere, and a change to one loop would show in the time of another.
func alignLoops(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	at := map[string]int{} // labels of the function so far
	loops := map[int]int{} // the first line of a loop, and its last
	for i, line := range lines {
		if bytes.HasPrefix(line, []byte("TEXT ")) {
			clear(at)
		}
		if m := labelLine.FindSubmatch(line); m != nil {
			at[string(m[1])] = i
		}
		if m := jumpLine.FindSubmatch(line); m != nil {
			if first, before := at[string(m[1])]; before {
				loops[first] = i
			}
		}
	}
	var out [][]byte
	for i, line := range lines {
		if last, begins := loops[i]; begins && innermost(loops, i, last) {
			out = append(out, []byte("\tPCALIGN $64"))
		}
		out = append(out, line)
	}
	return bytes.Join(out, []byte("\n"))
}

// innermost reports whether no loop begins inside.
func innermost(loops map[int]int, first, last int) bool {
	for other := range loops {
		if first < other && other <= last {
			return false
		}
	}
	return true
}
