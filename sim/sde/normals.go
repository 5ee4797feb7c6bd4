package sde

import "sgdescape/sim/lane"

// normals draws the deviates of a kernel for several steps at once, which is
// faster, but never beyond the block, so that the streams are where they belong
// when it ends.
type normals struct {
	n     int       // deviates of a lane for a step
	table []float64 // of ahead steps
	ahead int
	left  int // steps in the table that have not been made
	at    int // the next one
}

// newNormals draws n deviates a step. The table stays within a few KiB, next to
// that of the layers in the fastest cache.
func newNormals(n int) *normals {
	ahead := max(1, min(lane.BlockSteps, lane.BlockSteps/n))
	return &normals{n: n, ahead: ahead, table: lane.Own[float64](ahead * n * lane.Width)}
}

// next returns the deviates of the next step, one row of lane.Width lanes for
// each of the n. todo is the number of steps of the block that are left, with
// this one.
func (d *normals) next(s *lane.State, active, todo int) []float64 {
	if d.left == 0 {
		d.left, d.at = min(d.ahead, todo), 0
		s.NormalRows(d.table, d.left*d.n, active)
	}
	d.left--
	d.at++
	return d.table[(d.at-1)*d.n*lane.Width : d.at*d.n*lane.Width]
}
