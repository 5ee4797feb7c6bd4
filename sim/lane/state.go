// Package lane advances many trajectories in lock-step.
//
// One trajectory at a time is bound by the latency of theta -> L -> sqrt ->
// theta. A worker therefore holds [Width] trajectories as a structure of arrays
// and advances all of them by [BlockSteps] steps before it looks who has left;
// a lane that has finished is handed to the next replica. Every replica that
// was started is carried to its exit or to the horizon, so the refilling does
// not favour short runs.
//
// A lane's numbers are a function of (seed, replica) alone. Neither the place
// of a lane, nor the number of active lanes, nor the worker enters.
package lane

import (
	"unsafe"

	"sgdescape/sim/stream"
)

// Width is the number of lanes of one worker.
const Width = 64

// BlockSteps is the number of steps between two looks at the lanes.
const BlockSteps = 8

// A State holds the lanes of one worker. Arrays over coordinates are
// coordinate-major: coordinate i of lane j is at i*Width+j.
type State struct {
	// S0 to S3 are the states of the xoshiro256++ streams.
	S0, S1, S2, S3 [Width]uint64

	Loss  [Width]float64 // scratch that a kernel may keep between blocks
	Amp   [Width]float64 // scratch likewise
	Clock [Width]float64 // t accumulated by kernels that do not step in t

	// Hit is the step within the block at which the lane left, from 1 to
	// BlockSteps, or 0. HitClock and HitTheta belong to that step.
	HitClock [Width]float64
	Hit      [Width]int32
	HitTheta []float64 // Dim*Width

	Theta []float64 // Dim*Width
	Extra []float64 // further numbers per lane that a kernel asked for, Extra*Width

	dim, extra int
	left       uint64 // lanes that have left since the last look, as bits
}

// NewState returns lanes for trajectories in dim dimensions with extra further
// numbers each. All arrays begin at a cache line.
func NewState(dim, extra int) *State {
	s := &new(struct {
		State
		_ [32 << 10]byte // what is larger than 32 KiB begins a page
	}).State
	s.Theta, s.Extra, s.HitTheta = Own[float64](dim*Width), Own[float64](extra*Width), Own[float64](dim*Width)
	s.dim, s.extra = dim, extra
	return s
}

// Own returns n zeros for one worker to write to, in cache lines that are not shared
// and with a page of memory behind them that nobody uses. A processor that reads on
// and on fetches what follows, up to the end of the page, and takes it from the
// processor that writes it: of two workers whose coordinates lay in one page, one
// needed a sixth longer.
func Own[T any](n int) []T {
	const page = 4 << 10
	var x T
	size := int(unsafe.Sizeof(x))
	return make([]T, n+(page+size-1)/size)[:n:n]
}

// Dim returns the number of coordinates of a trajectory.
func (s *State) Dim() int { return s.dim }

// Source returns the stream of lane j; [State.SetSource] puts it back.
func (s *State) Source(j int) stream.Source {
	return stream.FromState([4]uint64{s.S0[j], s.S1[j], s.S2[j], s.S3[j]})
}

// SetSource stores the stream of lane j.
func (s *State) SetSource(j int, src *stream.Source) {
	w := src.State()
	s.S0[j], s.S1[j], s.S2[j], s.S3[j] = w[0], w[1], w[2], w[3]
}

// Gather copies theta of lane j to dst.
func (s *State) Gather(dst []float64, j int) {
	for i := range dst {
		dst[i] = s.Theta[i*Width+j]
	}
}

// Scatter copies src to theta of lane j.
func (s *State) Scatter(j int, src []float64) {
	for i, x := range src {
		s.Theta[i*Width+j] = x
	}
}

// Leave records that lane j left at step k of the block with the given clock,
// which must be a number. Only the first call of a block counts.
func (s *State) Leave(j, k int, clock float64) {
	if s.Hit[j] != 0 {
		return
	}
	s.left |= 1 << j
	s.Hit[j] = int32(k)
	s.HitClock[j] = clock
	for i := range s.dim {
		s.HitTheta[i*Width+j] = s.Theta[i*Width+j]
	}
}

// Left returns the lanes that have left since the last look at them, as bits.
func (s *State) Left() uint64 { return s.left }

// Start makes lane j the beginning of the given replica.
func (s *State) Start(j int, seed, replica uint64, theta []float64) {
	src := stream.New(seed, replica)
	s.SetSource(j, &src)
	s.Scatter(j, theta)
	for i := range s.extra {
		s.Extra[i*Width+j] = 0
	}
	s.Loss[j], s.Amp[j], s.Clock[j] = 0, 0, 0
	s.Hit[j], s.HitClock[j] = 0, 0
}

// move copies lane from to lane to.
func (s *State) move(to, from int) {
	if to == from {
		return
	}
	s.S0[to], s.S1[to], s.S2[to], s.S3[to] = s.S0[from], s.S1[from], s.S2[from], s.S3[from]
	for i := range s.dim {
		s.Theta[i*Width+to] = s.Theta[i*Width+from]
		s.HitTheta[i*Width+to] = s.HitTheta[i*Width+from]
	}
	for i := range s.extra {
		s.Extra[i*Width+to] = s.Extra[i*Width+from]
	}
	s.Loss[to], s.Amp[to], s.Clock[to] = s.Loss[from], s.Amp[from], s.Clock[from]
	s.Hit[to], s.HitClock[to] = s.Hit[from], s.HitClock[from]
}
