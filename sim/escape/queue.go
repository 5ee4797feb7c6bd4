package escape

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"

	"sgdescape/sim/lane"
)

// A queue hands out the numbers from 0 to total-1, each once, to workers.
//
// It gives every worker a piece of neighbouring numbers at a time, so that the
// workers seldom ask for the shared counter and write outcomes that lie in
// different cache lines. Towards the end the pieces shrink, so that no worker is
// left with many numbers when the others have none.
type queue struct {
	total   int64
	workers int64
	begun   bitset // numbers to leave out; nil for none
	mu      sync.Mutex
	takers  []*taker
	_       cpu.CacheLinePad
	next    atomic.Int64
	_       cpu.CacheLinePad
}

func newQueue(total, workers int, begun bitset) *queue {
	return &queue{total: int64(total), workers: int64(workers), begun: begun}
}

// taker returns a place in the queue for one worker.
func (q *queue) taker() *taker {
	t := &lane.Own[taker](1)[0]
	t.queue = q
	q.mu.Lock()
	defer q.mu.Unlock()
	q.takers = append(q.takers, t)
	return t
}

// taken returns the numbers that were handed out or to be left out, while no
// worker takes any.
func (q *queue) taken() bitset {
	b := newBitset(int(q.total))
	for i := range int(q.next.Load()) {
		b.add(i)
	}
	for _, t := range q.takers {
		for i := t.next; i < t.end; i++ {
			b.remove(int(i))
		}
	}
	for k, w := range q.begun {
		b[k] |= w
	}
	return b
}

// longestPiece bounds the numbers that are handed out at a time.
const longestPiece = 64

// A taker is one worker's place in a queue.
type taker struct {
	queue     *queue
	next, end int64 // of its piece
}

// take returns the next number, or false when none is left.
func (t *taker) take() (int64, bool) {
	for {
		for t.next < t.end {
			i := t.next
			t.next++
			if t.queue.begun == nil || !t.queue.begun.has(int(i)) {
				return i, true
			}
		}
		if !t.piece() {
			return 0, false
		}
	}
}

// piece takes the next piece off the queue.
func (t *taker) piece() bool {
	q := t.queue
	for {
		from := q.next.Load()
		if from >= q.total {
			return false
		}
		to := from + max(1, min(longestPiece, (q.total-from)/(4*q.workers)))
		if q.next.CompareAndSwap(from, to) {
			t.next, t.end = from, to
			return true
		}
	}
}
