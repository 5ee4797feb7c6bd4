package escape

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"sort"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Summary describes the exit times of an ensemble in memory that does not
// grow with the number of runs. It does not depend on the order in which the
// runs ended: counts are integers and sums are exact.
type Summary struct {
	Exits    int64
	Censored int64
	Diverged int64 // exits among Exits that are not to be trusted
	Steps    int64 // steps of all runs

	// Occupation counts where runs were, if it was asked for.
	Occupation *Histogram

	exposure exactSum
	power    [4]exactSum     // of the times of exits: t, t², t³, t⁴
	left     map[int32]int64 // exits by bin of their time
	cut      map[int32]int64 // censored runs by bin of their time
}

// binShift leaves the exponent and six bits of the mantissa of a time: each
// octave is divided evenly into 64 bins, 0.8 % to 1.6 % wide, which are the
// same on every architecture.
const binShift = 52 - 6

// bin returns the bin of a time t >= 0.
func bin(t float64) int32 { return int32(math.Float64bits(t) >> binShift) }

// edge returns the lower end of a bin.
func edge(i int32) model.Time { return model.Time(math.Float64frombits(uint64(i) << binShift)) }

// NewSummary returns a summary of no runs. If occupation is not nil its bins
// are taken over, empty.
func NewSummary(occupation *Histogram) *Summary {
	s := &lane.Own[Summary](1)[0] // workers fill them at the same time
	s.left, s.cut = map[int32]int64{}, map[int32]int64{}
	if occupation != nil {
		s.Occupation = occupation.empty()
	}
	return s
}

// Add adds one outcome.
func (s *Summary) Add(o Outcome) {
	t := float64(o.Time)
	b := bin(t)
	s.Steps += int64(o.Steps)
	s.exposure.add(t)
	if o.Diverged {
		s.Diverged++
	}
	if o.Censored {
		s.Censored++
		s.cut[b]++
		return
	}
	s.Exits++
	s.left[b]++
	x := t
	for i := range s.power {
		s.power[i].add(x)
		x *= t
	}
}

// Merge adds all runs of another summary. Occupations are added where both have one;
// it panics, and nothing is added, if their bins differ.
func (s *Summary) Merge(other *Summary) {
	both := s.Occupation != nil && other.Occupation != nil
	if both && !s.Occupation.sameBins(other.Occupation) {
		panic(fmt.Sprintf("escape: an occupation of %v is merged with one of %v, want the same bins", other.Occupation, s.Occupation))
	}
	s.Exits += other.Exits
	s.Censored += other.Censored
	s.Diverged += other.Diverged
	s.Steps += other.Steps
	s.exposure.merge(other.exposure)
	for i := range s.power {
		s.power[i].merge(other.power[i])
	}
	for b, c := range other.left {
		s.left[b] += c
	}
	for b, c := range other.cut {
		s.cut[b] += c
	}
	if both {
		s.Occupation.merge(other.Occupation)
	}
}

// Equal reports that every number of two summaries is the same, to the bit.
func (s *Summary) Equal(other *Summary) bool {
	if s == nil || other == nil {
		return s == other
	}
	a, b := s.clone(), other.clone()
	return a.Exits == b.Exits && a.Censored == b.Censored && a.Diverged == b.Diverged && a.Steps == b.Steps &&
		a.exposure == b.exposure && a.power == b.power && maps.Equal(a.left, b.left) && maps.Equal(a.cut, b.cut) &&
		reflect.DeepEqual(a.Occupation, b.Occupation)
}

// clone returns a copy whose sums have no carries left: equal sums have equal
// digits.
func (s *Summary) clone() *Summary {
	c := NewSummary(s.Occupation)
	c.Merge(s)
	return c
}

// Exposure returns the sum of all times, censored or not. Exits/Exposure is the
// maximum-likelihood rate of exponential exit times under censoring.
func (s *Summary) Exposure() model.Time { return model.Time(s.exposure.value()) }

// Moment returns the mean of t^k over the runs that left, for k = 1 to 4. With
// censored runs this is conditional on leaving before the horizon and is not
// the mean first-passage time. It is NaN if nobody left.
func (s *Summary) Moment(k int) float64 {
	if k < 1 || k > len(s.power) {
		panic(fmt.Sprintf("escape: moment %d, want 1 to %d", k, len(s.power)))
	}
	return s.power[k-1].value() / float64(s.Exits)
}

// Survival returns the Kaplan-Meier estimate of the probability to be inside at
// time t, at the resolution of 1.6 % in time: t counts as the beginning of its
// bin. Within a bin exits come before censorings.
func (s *Summary) Survival(t model.Time) float64 {
	if !(t > 0) {
		return 1
	}
	value := 1.0
	s.eachBin(func(i int32, survival float64) bool {
		if i >= bin(float64(t)) {
			return false
		}
		value = survival
		return true
	})
	return value
}

// Curve returns the Kaplan-Meier survival after each occupied bin of time,
// beginning with 1 at time 0: inside[i] is the probability to be inside at
// times[i], the upper end of a bin.
func (s *Summary) Curve() (times []model.Time, inside []float64) {
	times, inside = []model.Time{0}, []float64{1}
	s.eachBin(func(i int32, survival float64) bool {
		times, inside = append(times, edge(i+1)), append(inside, survival)
		return true
	})
	return times, inside
}

// Quantile returns the time by which a fraction p of the runs has left, to the
// upper end of a bin, 1.6 % wide at most; ok is false if the censored runs leave it
// open, and for p outside [0, 1].
func (s *Summary) Quantile(p float64) (t model.Time, ok bool) {
	if !(p >= 0 && p <= 1) {
		return 0, false
	}
	s.eachBin(func(i int32, survival float64) bool {
		if survival <= 1-p+1e-12 { // the product of survivals is rounded
			t, ok = edge(i+1), true
			return false
		}
		return true
	})
	return t, ok
}

// eachBin calls f with the Kaplan-Meier survival after each occupied bin, in
// order of time, until f returns false.
func (s *Summary) eachBin(f func(i int32, survival float64) bool) {
	all := make([]int32, 0, len(s.left)+len(s.cut))
	for b := range s.left {
		all = append(all, b)
	}
	for b := range s.cut {
		if _, both := s.left[b]; !both {
			all = append(all, b)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	inside, survival := s.Exits+s.Censored, 1.0
	for _, b := range all {
		survival *= 1 - float64(s.left[b])/float64(inside)
		inside -= s.left[b] + s.cut[b]
		if !f(b, survival) {
			return
		}
	}
}

// Summarise simulates all replicas as [Ensemble.Run] does and keeps a summary
// only. If occupation is not nil, one coordinate of every run is counted in its
// bins once every [lane.BlockSteps] steps while the run is inside.
func (e Ensemble) Summarise(ctx context.Context, occupation *Histogram) (*Summary, error) {
	if err := e.checkSummary(occupation); err != nil {
		return nil, err
	}
	total := NewSummary(occupation)
	rest, err := e.summarise(ctx, stage{}, total, nil, e.meter())
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return e.addUnderWay(total, rest), err
}

// checkSummary refuses an ensemble, or an occupation, that cannot be run.
func (e Ensemble) checkSummary(occupation *Histogram) error {
	if err := e.Validate(); err != nil || occupation == nil {
		return err
	}
	return occupation.check(e.Process.Dim())
}

// summarise runs what is left of the ensemble from a stage on and adds it to
// total, and to the sample if that is not nil.
func (e Ensemble) summarise(ctx context.Context, from stage, total *Summary, seen *sample, progress func(int)) (*stage, error) {
	return e.work(ctx, from, func() part {
		mine := NewSummary(total.Occupation)
		var after func(w *lane.Worker)
		if mine.Occupation != nil {
			after = func(w *lane.Worker) { mine.Occupation.count(w.State().Theta, w.Active()) }
		}
		var mySample *sample
		if seen != nil {
			mySample = &sample{first: e.FirstReplica, n: e.Process.Dim()}
		}
		finished := newTally(progress)
		return part{
			done: func(o Outcome, end []float64) {
				mine.Add(o)
				if mySample != nil {
					mySample.add(o, end)
				}
				finished.count()
			},
			afterBlock: after,
			stop: func() {
				total.Merge(mine)
				if seen != nil {
					seen.merge(mySample)
				}
				finished.flush()
			},
		}
	})
}

// addUnderWay adds the runs under way, as censored where they are.
func (e Ensemble) addUnderWay(s *Summary, rest *stage) *Summary {
	if rest != nil {
		for _, r := range rest.running {
			s.Add(e.underWay(r))
		}
	}
	return s
}
