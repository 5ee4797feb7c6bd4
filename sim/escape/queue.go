package escape

import (
	"sync/atomic"

	"golang.org/x/sys/cpu"
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
	begun   []bool // numbers to leave out; nil for none
	_       cpu.CacheLinePad
	next    atomic.Int64
	_       cpu.CacheLinePad
}

func newQueue(total, workers int, begun []bool) *queue {
	return &queue{total: int64(total), workers: int64(workers), begun: begun}
}

// taker returns a place in the queue for one worker.
func (q *queue) taker() *taker { return &taker{queue: q} }

// longestPiece bounds the numbers that are handed out at a time.
const longestPiece = 64

// A taker is one worker's place in a queue.
type taker struct {
	queue     *queue
	next, end int64 // of its piece
	_         cpu.CacheLinePad
}

// take returns the next number, or false when none is left.
func (t *taker) take() (int64, bool) {
	for {
		for t.next < t.end {
			i := t.next
			t.next++
			if t.queue.begun == nil || !t.queue.begun[i] {
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
