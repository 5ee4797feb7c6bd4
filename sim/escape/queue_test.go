package escape

import (
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestProp_Queue: workers that take at the same time get every number once, but
// for those to be left out.
func TestProp_Queue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(0, 3000).Draw(t, "total")
		workers := rapid.IntRange(1, 6).Draw(t, "workers")
		begun := drawBegun(t, total)
		var want []int64
		for i := range total {
			if begun == nil || !begun.has(i) {
				want = append(want, int64(i))
			}
		}
		q := newQueue(total, workers, begun)
		taken := make([][]int64, workers)
		var wg sync.WaitGroup
		for k := range workers {
			taker := q.taker()
			wg.Go(func() {
				for i, ok := taker.take(); ok; i, ok = taker.take() {
					taken[k] = append(taken[k], i)
				}
			})
		}
		wg.Wait()
		got := slices.Concat(taken...)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("took %v, want %v", got, want)
		}
	})
}

// drawBegun draws a set of numbers to be left out, or none.
func drawBegun(t *rapid.T, total int) bitset {
	if !rapid.Bool().Draw(t, "resumed") {
		return nil
	}
	begun := newBitset(total)
	for range rapid.IntRange(0, total).Draw(t, "begun") {
		begun.add(rapid.IntRange(0, total-1).Draw(t, "number"))
	}
	return begun
}

// TestProp_Queue_Taken: when workers stop at any moment, the queue knows what
// they have taken.
func TestProp_Queue_Taken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(0, 1000).Draw(t, "total")
		want := newBitset(total)
		begun := drawBegun(t, total)
		copy(want, begun)
		q := newQueue(total, 3, begun)
		takers := []*taker{q.taker(), q.taker(), q.taker()}
		for range rapid.IntRange(0, total+10).Draw(t, "takes") {
			if i, ok := takers[rapid.IntRange(0, 2).Draw(t, "worker")].take(); ok {
				want.add(int(i))
			}
		}
		if got := q.taken(); !slices.Equal(got, want) {
			t.Fatalf("taken %x, want %x", got, want)
		}
	})
}

// TestQueue_Shares: a worker takes neighbours, and at the end no worker holds
// numbers that others wait for.
func TestQueue_Shares(t *testing.T) {
	q := newQueue(1000, 2, nil)
	a, b := q.taker(), q.taker()
	if i, _ := a.take(); i != 0 {
		t.Fatalf("first number %d, want 0", i)
	}
	if i, _ := b.take(); i != longestPiece {
		t.Fatalf("the second worker begins at %d, want %d, beyond the piece of the first", i, longestPiece)
	}
	if i, _ := a.take(); i != 1 {
		t.Fatalf("second number of the first worker %d, want its neighbour 1", i)
	}
	for q.next.Load() < q.total-8 {
		b.take()
	}
	b.next = b.end
	b.take()
	if left := b.end - b.next; left != 0 {
		t.Fatalf("a worker took %d more numbers than one of the last 8", left)
	}
}
