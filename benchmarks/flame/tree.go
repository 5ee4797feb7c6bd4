// Package flame draws a CPU profile as a flame graph: one SVG file that any
// browser shows, readable without further tools.
package flame

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/google/pprof/profile"
)

// A frame is a function at one place of the call tree.
type frame struct {
	name     string
	total    int64 // samples in it and in what it calls
	children []*frame
}

// child returns the child with the given name, made if it is new.
func (f *frame) child(name string) *frame {
	for _, c := range f.children {
		if c.name == name {
			return c
		}
	}
	c := &frame{name: name}
	f.children = append(f.children, c)
	return c
}

// sort orders children by name, so that equal profiles give equal pictures.
func (f *frame) sort() {
	slices.SortFunc(f.children, func(a, b *frame) int { return cmp.Compare(a.name, b.name) })
	for _, c := range f.children {
		c.sort()
	}
}

// depth returns the height of the tree.
func (f *frame) depth() int {
	d := 0
	for _, c := range f.children {
		d = max(d, c.depth())
	}
	return d + 1
}

// tree adds up the stacks of a profile by the last of its sample types, which
// for a CPU profile is the processor time.
func tree(p *profile.Profile) (*frame, error) {
	if len(p.SampleType) == 0 || len(p.Sample) == 0 {
		return nil, fmt.Errorf("flame: the profile holds no samples")
	}
	value := len(p.SampleType) - 1
	root := &frame{name: "all"}
	for _, s := range p.Sample {
		v := s.Value[value]
		root.total += v
		at := root
		for _, location := range slices.Backward(s.Location) { // outermost call first
			for _, line := range slices.Backward(location.Line) { // inlined calls last
				if line.Function == nil {
					continue
				}
				at = at.child(line.Function.Name)
				at.total += v
			}
		}
	}
	root.sort()
	return root, nil
}

// self returns the time in each function itself, without what it calls.
func self(root *frame) map[string]int64 {
	times := map[string]int64{}
	var walk func(f *frame)
	walk = func(f *frame) {
		times[f.name] += f.total
		for _, c := range f.children {
			times[f.name] -= c.total
			walk(c)
		}
	}
	walk(root)
	maps.DeleteFunc(times, func(_ string, v int64) bool { return v == 0 })
	return times
}
