package flame

import (
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

// stacks returns a profile; each stack lists function names, outermost first.
func stacks(samples map[string]int64) *profile.Profile {
	p := &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples"}, {Type: "cpu"}}}
	for stack, v := range samples {
		s := &profile.Sample{Value: []int64{1, v}}
		for _, name := range strings.Split(stack, " ") {
			call := profile.Line{Function: &profile.Function{Name: name}}
			s.Location = append([]*profile.Location{{Line: []profile.Line{call}}}, s.Location...)
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

func TestTree(t *testing.T) {
	root, err := tree(stacks(map[string]int64{"main a/b.f": 30, "main a/b.f c.g": 50, "main c.g": 20}))
	if err != nil {
		t.Fatal(err)
	}
	want := &frame{name: "all", total: 100, children: []*frame{
		{name: "main", total: 100, children: []*frame{
			{name: "a/b.f", total: 80, children: []*frame{{name: "c.g", total: 50}}},
			{name: "c.g", total: 20},
		}},
	}}
	if diff := cmp.Diff(want, root, cmp.AllowUnexported(frame{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"a/b.f": 30, "c.g": 70}, self(root)); diff != "" {
		t.Errorf("self time (-want +got):\n%s", diff)
	}
}

func TestSVG(t *testing.T) {
	svg, err := SVG(stacks(map[string]int64{"main a/b.f<int>": 75, "main c.g": 25}))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Errorf("not XML: %v", err)
	}
	for _, want := range []string{"a/b.f&lt;int&gt;: 75.00 %", "most time in b.f&lt;int&gt; 75 %, c.g 25 %"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%q is missing in\n%s", want, svg)
		}
	}
}

// A name is cut between letters: an SVG that is not UTF-8 is not shown.
func TestSVGOfGreekNames(t *testing.T) {
	for n := range int64(100) { // frames of every width up to 100 letters
		svg, err := SVG(stacks(map[string]int64{"main a." + strings.Repeat("θη", 50): 1 + n, "main c": 100}))
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(svg) {
			t.Fatalf("share %d: not UTF-8", n)
		}
	}
}

func TestReject_EmptyProfile(t *testing.T) {
	if _, err := SVG(&profile.Profile{}); err == nil {
		t.Error("a profile without samples was drawn")
	}
}
