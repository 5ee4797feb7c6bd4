//go:build !purego

package vector

import "golang.org/x/sys/cpu"

var largest, best = func() (Set, Set) {
	x := &cpu.X86
	switch {
	case !x.HasAVX2:
		return Portable, Portable
	case !(x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL):
		return AVX2, AVX2
	case x.HasAMXTile:
		// Intel's processors with AMX, from Sapphire Rapids on, gather in hardware,
		// 8 numbers in 5 cycles. Older ones of Intel do so in microcode that keeps
		// Downfall (CVE-2022-40982) out, and AMD's by one load after the other.
		return Gather, Gather
	}
	return Gather, AVX512
}()
