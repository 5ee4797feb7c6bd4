//go:build !purego

package vector

import "golang.org/x/sys/cpu"

// Where gathering pays: processors of Intel carry the instruction out in hardware,
// 8 numbers in 5 cycles on Sapphire Rapids, whose mark is AMX. Those before Alder
// Lake, whose mark among those without AVX-512 is AVX-VNNI, do so in microcode that
// keeps Downfall (CVE-2022-40982) out, and AMD's by one load after the other.
var largest, best = func() (Set, Set) {
	x := &cpu.X86
	switch {
	case !x.HasAVX2:
		return Portable, Portable
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL:
		if x.HasAMXTile {
			return AVX512Gather, AVX512Gather
		}
		return AVX512Gather, AVX512
	case x.HasAMXTile || x.HasAVXVNNI:
		return AVX2Gather, AVX2Gather
	}
	return AVX2Gather, AVX2
}()
