package record

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const head = "goos: linux\ngoarch: amd64\n\n"

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// Three records: the second is twice as fast in one of two benchmarks and adds
// a third, which must not move the mean of its group.
func TestGroups(t *testing.T) {
	entries, err := Read(fstest.MapFS{
		"b.txt":       file(head + "BenchmarkStep/n=1 1 50 ns/op\nBenchmarkStep/n=2 1 100 ns/op\nBenchmarkStep/n=3 1 9 ns/op\n"),
		"b.info.json": file(`{"date": "2026-01-02", "revision": "bbb"}`),
		"a.txt":       file(head + "BenchmarkStep/n=1 1 90 ns/op\nBenchmarkStep/n=1 1 110 ns/op\nBenchmarkStep/n=1 1 100 ns/op\nBenchmarkStep/n=2 1 100 ns/op\n"),
		"a.info.json": file(`{"date": "2026-01-01", "revision": "aaa"}`),
		"c.txt":       file(head + "BenchmarkStep/n=3 1 18 ns/op\nBenchmarkNew 1 5 ns/op\n"),
		"c.info.json": file(`{"date": "2026-01-03", "revision": "ccc"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Group{
		{Name: "New", Record: []int{2}, Ratio: []float64{1}},
		{Name: "Step", Record: []int{0, 1, 2}, Ratio: []float64{1, 0.7071067811865476, 1.4142135623730951}},
	}
	if diff := cmp.Diff(want, Groups(entries), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Plot(entries); err != nil {
		t.Error(err)
	}
}

// A record of a part of the suite hides nothing: what came back is compared with
// the last record that has it.
func TestGroupsAcrossAPart(t *testing.T) {
	entry := func(medians map[string]float64) Entry { return Entry{Medians: medians} }
	got := Groups([]Entry{
		entry(map[string]float64{"Step/n=1": 1, "Step/n=2": 1, "Word": 1}),
		entry(map[string]float64{"Step/n=1": 4}),
		entry(map[string]float64{"Step/n=1": 4, "Step/n=2": 4, "Word": 3}),
	})
	want := []Group{
		{Name: "Step", Record: []int{0, 1, 2}, Ratio: []float64{1, 4, 4}},
		{Name: "Word", Record: []int{0, 2}, Ratio: []float64{1, 3}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReject_RecordWithoutInfo(t *testing.T) {
	if _, err := Read(fstest.MapFS{"a.txt": file(head + "BenchmarkA 1 5 ns/op\n")}); err == nil {
		t.Error("a record without its description was read")
	}
}

// Timings of different machines, or by different methods, are never drawn as one
// history.
func TestSameMachine(t *testing.T) {
	entry := func(name, machine string) Entry { return Entry{Name: name, Info: Info{Machine: machine}} }
	got := SameMachine([]Entry{entry("a", "abacus"), entry("b", "sliderule"), entry("c", "abacus")})
	if diff := cmp.Diff([]Entry{entry("a", "abacus"), entry("c", "abacus")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	slow := Entry{Name: "d", Info: Info{Machine: "abacus", Method: "mean of a second"}}
	if diff := cmp.Diff([]Entry{entry("c", "abacus")}, SameMachine([]Entry{slow, entry("c", "abacus")})); diff != "" {
		t.Errorf("another method (-want +got):\n%s", diff)
	}
	if got := SameMachine(nil); got != nil {
		t.Errorf("nothing gave %v", got)
	}
}
