package escape

// A ledger holds outcomes by replica.
type ledger struct {
	e        Ensemble
	n        int // numbers kept of each end
	outcomes []Outcome
	ends     []float64
}

// endNumbers is how many numbers are kept of each end.
func (e Ensemble) endNumbers() int {
	if e.KeepEnds {
		return e.Process.Dim()
	}
	return 0
}

// newLedger returns the ledger of an ensemble with the outcomes of c, if that is
// not nil. Where c has the memory for all outcomes and is its only owner, the
// ledger takes it over.
func (e Ensemble) newLedger(c *Checkpoint) *ledger {
	l := &ledger{e: e, n: e.endNumbers()}
	numbers := e.Replicas * l.n
	if c != nil && c.owner && cap(c.Outcomes) >= e.Replicas && cap(c.Ends) >= numbers {
		l.outcomes, l.ends = c.Outcomes[:e.Replicas], c.Ends[:numbers]
	} else {
		l.outcomes, l.ends = make([]Outcome, e.Replicas), make([]float64, numbers)
	}
	if c != nil {
		// From the last on, for an outcome never moves towards the first.
		for i := len(c.Outcomes) - 1; i >= 0; i-- {
			l.put(c.Outcomes[i], c.Ends[i*l.n:(i+1)*l.n])
		}
	}
	return l
}

// put enters an outcome and where it ended.
func (l *ledger) put(o Outcome, end []float64) {
	i := int(o.Replica - l.e.FirstReplica)
	l.outcomes[i] = o
	copy(l.ends[i*l.n:(i+1)*l.n], end)
}

// result keeps the outcomes of the replicas that have begun, those under way as
// censored where they are; rest is nil when all have finished. They are in the
// order of replica, so that the sums do not depend on the order of arrival.
func (l *ledger) result(rest *stage) *Result {
	if rest != nil {
		for _, r := range rest.running {
			l.put(l.e.underWay(r), r.Theta)
		}
	}
	r := &Result{Outcomes: l.outcomes[:0]}
	for i, o := range l.outcomes {
		if rest != nil && !rest.begun.has(i) {
			continue
		}
		at := len(r.Outcomes)
		r.Outcomes = r.Outcomes[:at+1]
		if at < i { // some before it have not begun
			r.Outcomes[at] = o
			copy(l.ends[at*l.n:(at+1)*l.n], l.ends[i*l.n:(i+1)*l.n])
		}
		r.Exposure += o.Time
		r.Steps += int64(o.Steps)
		if o.Censored {
			r.Censored++
		} else {
			r.Exits++
		}
		if o.Diverged {
			r.Diverged++
		}
	}
	if l.n > 0 {
		r.Ends = l.ends[:len(r.Outcomes)*l.n]
	}
	return r
}
