//go:build !purego

package vector

import "golang.org/x/sys/cpu"

var best = func() Set {
	x := &cpu.X86
	switch {
	case !x.HasAVX2:
		return Portable
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	}
	return AVX2
}()
