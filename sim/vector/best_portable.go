//go:build !amd64 || purego

package vector

const largest, best = Portable, Portable
