package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"sgdescape/verify/stattest"
)

// An event is one line of go test -json; see go doc test2json and go help
// buildjson.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	FailedBuild string
}

// A stream follows the packages of a run.
type stream struct {
	out     io.Writer
	verbose bool

	tests    map[string][]string // output of tests without a result yet, by package and test
	broken   map[string][]string // output of tests that failed, of every time that go test -count repeats
	pkg      map[string][]string // output of packages outside any test
	builds   map[string][]string // output of the compiler, by import path
	open     map[string]bool     // packages that have begun and not ended
	failed   []string            // packages
	culprits []string            // failed tests: package, name, where
	ended    int
	status   string // that go test ended with, if it was not 0; see statusPrefix
	lines    []stattest.LedgerLine
	totals   []stattest.LedgerTotal
	repeated []stattest.CalibrationLine
}

func newStream(out io.Writer, verbose bool) *stream {
	return &stream{out: out, verbose: verbose,
		tests: map[string][]string{}, broken: map[string][]string{}, pkg: map[string][]string{}, builds: map[string][]string{}, open: map[string]bool{}}
}

// statusPrefix begins the line that says, after the stream, with which exit code
// go test ended. A go test that was killed between two packages leaves no other trace.
const statusPrefix = "go test: exit status "

// read follows the stream to its end. Lines that are not JSON, which go test
// prints before it begins, are passed on.
func (s *stream) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.follow(e)
			} else if status, ok := strings.CutPrefix(string(bytes.TrimSpace(line)), statusPrefix); ok {
				s.status = status
			} else {
				s.print(string(line))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *stream) print(text ...string) { fmt.Fprint(s.out, strings.Join(text, "")) }

func (s *stream) follow(e event) {
	key := e.Package + "\x00" + e.Test
	switch {
	case e.Action == "build-output":
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
	case e.Action == "build-fail":
	case e.Action == "start":
		s.open[e.Package] = true
	case e.Action == "output" && e.Test != "":
		s.tests[key] = append(s.tests[key], e.Output)
	case e.Action == "output":
		if !s.record(e.Output) {
			s.pkg[e.Package] = append(s.pkg[e.Package], e.Output)
		}
	case e.Test != "" && (e.Action == "pass" || e.Action == "skip"):
		if s.verbose {
			s.print(s.tests[key]...)
		}
		delete(s.tests, key)
	case e.Test != "" && e.Action == "fail":
		s.broken[key] = append(s.broken[key], s.tests[key]...)
		delete(s.tests, key)
	case e.Test == "" && (e.Action == "pass" || e.Action == "skip"):
		s.end(e.Package, true)
	case e.Test == "" && e.Action == "fail":
		if build, ok := s.builds[e.FailedBuild]; ok {
			s.print(build...)
			delete(s.builds, e.FailedBuild)
		}
		s.failed = append(s.failed, e.Package)
		s.end(e.Package, false)
	}
}

// record enters a line of the ledger; all other output is not for it.
func (s *stream) record(line string) bool {
	if l, ok := stattest.ParseLine(line); ok {
		s.lines = append(s.lines, l)
		return true
	}
	if c, ok := stattest.ParseCalibration(line); ok {
		s.repeated = append(s.repeated, c)
		return true
	}
	if t, ok := stattest.ParseTotal(line); ok {
		s.totals = append(s.totals, t)
		return true
	}
	return false
}

// end prints what is left of a package: its failed tests, then its own output
// if it has not passed, or the last line alone, ok and the time. Tests that a panic or a
// time-out cut short have no result, and are printed like failed ones. All of
// them are culprits but those whose subtests are. A benchmark that passed has no
// result either.
func (s *stream) end(name string, passed bool) {
	delete(s.open, name)
	s.ended++
	for key, output := range s.tests {
		if strings.HasPrefix(key, name+"\x00Benchmark") && passed {
			s.pkg[name] = append(output, s.pkg[name]...)
		} else if strings.HasPrefix(key, name+"\x00") {
			s.broken[key] = append(s.broken[key], output...)
		} else {
			continue
		}
		delete(s.tests, key)
	}
	keys := sortedKeys(s.broken)
	for _, key := range keys {
		if test, ok := strings.CutPrefix(key, name+"\x00"); ok {
			s.print(s.broken[key]...)
			if !slices.ContainsFunc(keys, func(other string) bool { return strings.HasPrefix(other, key+"/") }) {
				s.culprits = append(s.culprits, strings.TrimSpace(fmt.Sprintf("%s %s %s", name, test, where(s.broken[key]))))
			}
			delete(s.broken, key)
		}
	}
	output := s.pkg[name]
	delete(s.pkg, name)
	for i, line := range output {
		if !passed || s.verbose || i == len(output)-1 {
			s.print(line)
		}
	}
}

// complaint is how a test says where it stands; a panic leaves a stack instead.
var complaint, inStack = regexp.MustCompile(`(?m)^ +(\S+\.go:\d+): `), regexp.MustCompile(`(\S+_test\.go:\d+)`)

// where is the first file:line in the output of a test, empty if there is none.
func where(output []string) string {
	text := strings.Join(output, "")
	for _, pattern := range []*regexp.Regexp{complaint, inStack} {
		if m := pattern.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return ""
}
