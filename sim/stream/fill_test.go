package stream

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/sim/vector"
)

// each runs the test with every set of instructions that the machine has.
func each(t *testing.T, test func(t *testing.T, s vector.Set)) {
	defer func() { set = vector.Best() }()
	for _, s := range vector.Available() {
		t.Run(s.String(), func(t *testing.T) {
			set = s
			test(t, s)
		})
	}
}

// streams are states as structure of arrays.
type streams [4][]uint64

func streamsOf(sources []Source) streams {
	var s streams
	for _, source := range sources {
		for i, word := range source.State() {
			s[i] = append(s[i], word)
		}
	}
	return s
}

// giving returns a source whose next word is the given one.
func giving(word, s1, s2 uint64) Source {
	return FromState([4]uint64{0, s1, s2, bits.RotateLeft64(word, -23)})
}

// checkFill compares two fills in a row with the sources' own deviates.
func checkFill(t interface {
	Helper()
	Errorf(string, ...any)
}, sources []Source, rows int) {
	t.Helper()
	s := streamsOf(sources)
	stride := len(sources) + 3
	got := make([]float64, rows*stride)
	for range 2 {
		Fill(got, rows, stride, s[0], s[1], s[2], s[3])
		for r := range rows {
			for j := range sources {
				if got, want := got[r*stride+j], sources[j].Normal(); math.Float64bits(got) != math.Float64bits(want) {
					t.Errorf("row %d of stream %d of %d: deviate %v, want %v", r, j, len(sources), got, want)
				}
			}
		}
		for i, x := range got {
			if i%stride >= len(sources) && x != 0 {
				t.Errorf("%d streams: wrote %v beside row %d", len(sources), x, i/stride)
			}
		}
	}
	if diff := cmp.Diff(streamsOf(sources), s); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// TestFill: several numbers of streams and rows, with a rare word in every
// place.
func TestFill(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		for _, n := range []int{0, 1, 3, 4, 5, 7, 8, 9, 11, 16, 23, 64} {
			for _, rows := range []int{0, 1, 2, 5} {
				for rare := -1; rare < n*rows; rare++ {
					sources := make([]Source, n)
					for j := range sources {
						sources[j] = New(1, uint64(j))
					}
					if rare >= 0 {
						source := giving(rareFrom+uint64(rare)<<40, 1, 2)
						for range rare / n {
							source = source.before()
						}
						sources[rare%n] = source
					}
					checkFill(t, sources, rows)
				}
			}
		}
	})
}

// TestFillMany: more streams than one call of the vector loop takes.
func TestFillMany(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		sources := make([]Source, 1100)
		for j := range sources {
			sources[j] = New(2, uint64(j))
			if j%97 == 0 {
				sources[j] = giving(rareFrom+uint64(j)<<40, 1, 2)
			}
		}
		checkFill(t, sources, 2)
	})
}

// TestFillWords: words at the ends of every range, and rare ones side by side.
func TestFillWords(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		var sources []Source
		for _, high := range []uint64{0, 1, 1<<51 - 1, 1 << 51, 1<<51 + 1, 1<<52 - 1} {
			for _, layer := range []uint64{0, 1, rareFrom - 2, rareFrom - 1, rareFrom, rareFrom + 1, Layers - 1} {
				sources = append(sources, giving(high<<12|layer, high, layer))
			}
		}
		checkFill(t, sources, 1)
	})
}

// TestGolden_Fill pins 1e6 deviates of 64 streams.
func TestGolden_Fill(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		if got, want := fillHash(1e6/64, &edge), fillGolden; got != want {
			t.Errorf("the deviates of 64 streams are others: chained hash %#016x, pinned %#016x; "+
				"if TestGolden_Stream passes, these instructions are wrong; a new pin is value-breaking", got, want)
		}
	})
}

// fillGolden is the chained hash of the deviates and states of 64 streams after
// 15625 fills. It is the same on every architecture; a change is value-breaking.
const fillGolden uint64 = 0x3c468c2d1429db1b

// fillHash fills with the given factors of the layers.
func fillHash(fills int, factors *[Layers]float64) uint64 {
	defer func(before [Layers]float64) { edge = before }(edge)
	edge = *factors
	sources := make([]Source, 64)
	for j := range sources {
		sources[j] = New(7, uint64(j))
	}
	s := streamsOf(sources)
	xi := make([]float64, 64)
	h := uint64(0)
	for range fills {
		Fill(xi, 1, len(xi), s[0], s[1], s[2], s[3])
		for j, x := range xi {
			for _, word := range []uint64{math.Float64bits(x), s[0][j], s[1][j], s[2][j], s[3][j]} {
				h = (h^word)*golden ^ h>>29
			}
		}
	}
	return h
}

// TestReject_OneUlpInTheTable: the hash sees the smallest change of one of the
// 4096 factors.
func TestReject_OneUlpInTheTable(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		for _, i := range []int{0, 1234, rareFrom - 1} {
			factors := edge
			factors[i] = math.Nextafter(factors[i], 1)
			if fillHash(1e6/64, &factors) == fillGolden {
				t.Errorf("factor %d is off by an ulp and the hash is the same", i)
			}
		}
	})
}

func TestProp_Fill(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 130).Draw(t, "streams")
			sources := make([]Source, n)
			for j := range sources {
				layer := rapid.OneOf(rapid.Uint64Range(0, Layers-1), rapid.Uint64Range(rareFrom-2, Layers-1)).Draw(t, "layer")
				sources[j] = giving(rapid.Uint64().Draw(t, "position")<<12|layer, rapid.Uint64().Draw(t, "s1"), rapid.Uint64().Draw(t, "s2"))
			}
			checkFill(t, sources, rapid.IntRange(1, 9).Draw(t, "rows"))
		})
	})
}

// FuzzFill holds every set of instructions against [Source.Normal] for
// arbitrary states.
func FuzzFill(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint64(0), uint64(0), uint8(3))
	f.Add(uint64(0), uint64(1), uint64(2), bits.RotateLeft64(rareFrom, -23), uint8(9))
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), uint8(64))
	f.Fuzz(func(t *testing.T, s0, s1, s2, s3 uint64, n uint8) {
		defer func() { set = vector.Best() }()
		for _, set = range vector.Available() {
			sources := make([]Source, n)
			for j := range sources {
				sources[j] = New(s0, uint64(j))
			}
			if n > 0 {
				sources[int(s1%uint64(n))] = FromState([4]uint64{s0, s1, s2, s3})
			}
			checkFill(t, sources, 1+int(s2%4))
		}
	})
}

func TestAllocsFill(t *testing.T) {
	each(t, func(t *testing.T, _ vector.Set) {
		s := streamsOf(make([]Source, 64))
		xi := make([]float64, 64)
		if n := testing.AllocsPerRun(100, func() { Fill(xi, 1, len(xi), s[0], s[1], s[2], s[3]) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	defer func() { set = vector.Best() }()
	for _, s := range vector.Available() {
		for _, rows := range []int{1, 8} {
			b.Run(fmt.Sprintf("set=%v/streams=64/rows=%d", s, rows), func(b *testing.B) {
				set = s
				sources := make([]Source, 64)
				for j := range sources {
					sources[j] = New(1, uint64(j))
				}
				states := streamsOf(sources)
				xi := make([]float64, 64*rows)
				b.ReportAllocs()
				for b.Loop() {
					Fill(xi, rows, 64, states[0], states[1], states[2], states[3])
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(64*rows), "ns/deviate")
			})
		}
	}
}

// TestProp_Before: the state before a stream moved on.
func TestProp_Before(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var state [4]uint64
		for i := range state {
			state[i] = rapid.Uint64().Draw(t, fmt.Sprintf("s%d", i))
		}
		source := FromState(state)
		source.Uint64()
		was := source.before()
		if got := was.State(); got != state {
			t.Fatalf("%#016x, want %#016x", got, state)
		}
	})
}
