package benchmarks

import (
	"errors"
	"fmt"
	"testing"

	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
)

// sink keeps results alive.
var sink float64

// normalMoments are the moments that tell a standard normal deviate.
type normalMoments struct{ first, second, fourth moment }

func (m *normalMoments) add(xs []float64) {
	for _, x := range xs {
		m.first.add(x)
		m.second.add(x * x)
		m.fourth.add(x * x * x * x)
	}
}

func (m *normalMoments) check() error {
	return errors.Join(m.first.matches("normal", 0), m.second.matches("normal squared", 1), m.fourth.matches("normal to the fourth", 3))
}

// BenchmarkNormal draws standard normal deviates of one stream; one op is 1024
// of them. Asserted: mean 0, variance 1 and fourth moment 3.
func BenchmarkNormal(b *testing.B) {
	const perOp = 1024
	methods := []struct {
		name string
		fill func(src *stream.Source, dst []float64)
	}{
		{"scalar", func(src *stream.Source, dst []float64) {
			for i := range dst {
				dst[i] = src.Normal()
			}
		}},
		{"block", func(src *stream.Source, dst []float64) { src.Normals(dst) }},
	}
	for _, m := range methods {
		b.Run("method="+m.name, func(b *testing.B) {
			once(b, func() error {
				src := stream.New(1, 0)
				dst := make([]float64, 1<<17/thinning)
				m.fill(&src, dst)
				var sample normalMoments
				sample.add(dst)
				return sample.check()
			})
			b.ReportAllocs()
			src := stream.New(1, 0)
			dst := make([]float64, perOp)
			for b.Loop() {
				m.fill(&src, dst)
			}
			sink = dst[0]
			b.ReportMetric(b.Elapsed().Seconds()*1e9/perOp/float64(b.N), "ns/normal")
		})
	}
}

// BenchmarkNormalRows draws normal deviates for all lanes at once, as the
// simulator does; one op is rows deviates of each of 64 lanes. Asserted: mean 0,
// variance 1 and fourth moment 3.
func BenchmarkNormalRows(b *testing.B) {
	for _, rows := range []int{1, 8} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			s := lane.NewState(1, 0)
			for j := range lane.Width {
				s.Start(j, 1, uint64(j), []float64{0})
			}
			dst := make([]float64, rows*lane.Width)
			once(b, func() error {
				var sample normalMoments
				for range (1 << 17) / thinning / len(dst) {
					s.NormalRows(dst, rows, lane.Width)
					sample.add(dst)
				}
				return sample.check()
			})
			b.ReportAllocs()
			for b.Loop() {
				s.NormalRows(dst, rows, lane.Width)
			}
			sink = dst[0]
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(len(dst))/float64(b.N), "ns/normal")
		})
	}
}

// BenchmarkWord draws the 64-bit words behind everything else; one op is 1024
// words. Asserted: half of the bits are ones.
func BenchmarkWord(b *testing.B) {
	const perOp = 1024
	once(b, func() error {
		src := stream.New(1, 0)
		var ones moment
		for range 1 << 14 / thinning {
			w := src.Uint64()
			for range 64 {
				ones.add(float64(w & 1))
				w >>= 1
			}
		}
		return ones.matches("bit", 0.5)
	})
	b.ReportAllocs()
	src := stream.New(1, 0)
	sum := uint64(0)
	for b.Loop() {
		for range perOp {
			sum += src.Uint64()
		}
	}
	sink = float64(sum)
	b.ReportMetric(b.Elapsed().Seconds()*1e9/perOp/float64(b.N), "ns/word")
}

// BenchmarkIndex draws sample numbers from 0 to N-1; one op is 1024 of them.
// Asserted: the mean (N-1)/2.
func BenchmarkIndex(b *testing.B) {
	const perOp = 1024
	for _, n := range []uint64{10000, 100000} {
		b.Run("N="+fmt.Sprint(n), func(b *testing.B) {
			once(b, func() error {
				src := stream.New(1, 0)
				var index moment
				for range 1 << 16 / thinning {
					index.add(float64(src.Index(n)))
				}
				return index.matches("index", float64(n-1)/2)
			})
			b.ReportAllocs()
			src := stream.New(1, 0)
			sum := uint64(0)
			for b.Loop() {
				for range perOp {
					sum += src.Index(n)
				}
			}
			sink = float64(sum)
			b.ReportMetric(b.Elapsed().Seconds()*1e9/perOp/float64(b.N), "ns/index")
		})
	}
}

// BenchmarkStream starts the stream of a replica; one op is one stream.
// Asserted: the first words of many replicas have a mean of 1/2.
func BenchmarkStream(b *testing.B) {
	once(b, func() error {
		var first moment
		for replica := range uint64(1 << 16 / thinning) {
			src := stream.New(1, replica)
			first.add(float64(src.Uint64()>>11) / (1 << 53))
		}
		return first.matches("first word", 0.5)
	})
	b.ReportAllocs()
	replica := uint64(0)
	for b.Loop() {
		src := stream.New(1, replica)
		sink = float64(src.Uint64())
		replica++
	}
}
