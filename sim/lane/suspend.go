package lane

// A Run is a trajectory taken off its lane between two blocks. Put back on any
// lane of any worker with the same schedule, it goes on with the same bits.
type Run struct {
	Replica          uint64
	Steps            int64
	Stream           [4]uint64
	Theta, Extra     []float64
	Loss, Amp, Clock float64
}

// take copies lane j to a Run.
func (s *State) take(j int, replica uint64, steps int64) Run {
	r := Run{
		Replica: replica, Steps: steps,
		Stream: [4]uint64{s.S0[j], s.S1[j], s.S2[j], s.S3[j]},
		Theta:  make([]float64, s.dim),
		Extra:  make([]float64, s.extra),
		Loss:   s.Loss[j], Amp: s.Amp[j], Clock: s.Clock[j],
	}
	s.Gather(r.Theta, j)
	for i := range r.Extra {
		r.Extra[i] = s.Extra[i*Width+j]
	}
	return r
}

// put makes lane j continue r. It panics if r has other dimensions.
func (s *State) put(j int, r Run) {
	if len(r.Theta) != s.dim || len(r.Extra) != s.extra {
		panic("lane: a suspended run has the dimensions of another process")
	}
	s.S0[j], s.S1[j], s.S2[j], s.S3[j] = r.Stream[0], r.Stream[1], r.Stream[2], r.Stream[3]
	s.Scatter(j, r.Theta)
	for i, x := range r.Extra {
		s.Extra[i*Width+j] = x
	}
	s.Loss[j], s.Amp[j], s.Clock[j] = r.Loss, r.Amp, r.Clock
	s.Hit[j], s.HitClock[j] = 0, 0
}
