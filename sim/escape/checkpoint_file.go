package escape

import (
	"sgdescape/model"
	"sgdescape/sim/lane"
)

const checkpointKind = "sgdescape checkpoint 3"

// Save writes the checkpoint to a file, whole or not at all. One that was resumed is
// refused: nothing is in it any more.
func (c *Checkpoint) Save(path string) error {
	if c.used {
		return checkIdentity("", "", true)
	}
	return writeFile(path, checkpointKind, func(w *fileWriter) {
		w.string(c.Identity)
		w.int(c.Replicas)
		w.outcomes(c.Outcomes)
		w.int(len(c.Ends))
		w.float64s(c.Ends)
		w.runs(c.Running)
	})
}

// LoadCheckpoint reads a file written by [Checkpoint.Save]. A file that was cut
// short or damaged is an error, and takes no more memory than a whole one of
// its length.
func LoadCheckpoint(path string) (*Checkpoint, error) {
	c := &Checkpoint{owner: true}
	err := readFile(path, checkpointKind, func(r *fileReader) {
		c.Identity = r.string()
		c.Replicas = r.int()
		c.Outcomes = r.outcomes(c.Replicas)
		c.Ends = r.ends(len(c.Outcomes), cap(c.Outcomes))
		c.Running = r.runs()
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// outcomeBytes is what an outcome takes in a file.
const outcomeBytes = 4*8 + 1

func (w *fileWriter) outcomes(outcomes []Outcome) {
	w.int(len(outcomes))
	for _, o := range outcomes {
		w.uint64(o.Replica)
		w.uint64(uint64(o.Steps))
		w.float64(float64(o.Time))
		w.float64(float64(o.InternalTime))
		var flags byte
		if o.Censored {
			flags |= 1
		}
		if o.Diverged {
			flags |= 2
		}
		w.byte(flags)
	}
}

// outcomes reads outcomes into memory that has room for those of all replicas,
// if there is a quarter of them. (Of fewer it is cheaper to make a copy later,
// and of a number in a damaged file no memory should be made.)
func (r *fileReader) outcomes(replicas int) []Outcome {
	n := r.count(outcomeBytes)
	room := n
	if n <= replicas && replicas/4 <= n {
		room = replicas
	}
	outcomes := make([]Outcome, n, room)
	for i := range outcomes {
		o := &outcomes[i]
		o.Replica = r.uint64()
		o.Steps = model.Steps(r.uint64())
		o.Time = model.Time(r.float64())
		o.InternalTime = model.InternalTime(r.float64())
		flags := r.byte()
		o.Censored, o.Diverged = flags&1 != 0, flags&2 != 0
	}
	return outcomes
}

// ends reads the ends of n outcomes into memory for room of them.
func (r *fileReader) ends(n, room int) []float64 {
	numbers := r.count(8)
	switch {
	case numbers == 0:
		return nil
	case n == 0 || numbers%n != 0:
		return r.float64s(numbers)
	}
	ends := make([]float64, numbers, numbers/n*room)
	for i := range ends {
		ends[i] = r.float64()
	}
	return ends
}

func (w *fileWriter) runs(runs []lane.Run) {
	w.int(len(runs))
	for _, run := range runs {
		w.uint64(run.Replica)
		w.uint64(uint64(run.Steps))
		for _, s := range run.Stream {
			w.uint64(s)
		}
		w.int(len(run.Theta))
		w.float64s(run.Theta)
		w.int(len(run.Extra))
		w.float64s(run.Extra)
		w.float64s([]float64{run.Loss, run.Amp, run.Clock})
	}
}

func (r *fileReader) runs() []lane.Run {
	runs := make([]lane.Run, r.count(11*8))
	for i := range runs {
		run := &runs[i]
		run.Replica = r.uint64()
		run.Steps = int64(r.uint64())
		for k := range run.Stream {
			run.Stream[k] = r.uint64()
		}
		run.Theta = r.float64s(r.count(8))
		run.Extra = r.float64s(r.count(8))
		run.Loss, run.Amp, run.Clock = r.float64(), r.float64(), r.float64()
	}
	return runs
}
