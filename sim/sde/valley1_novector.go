//go:build !amd64 || purego

package sde

import "sgdescape/sim/lane"

// Without vector instructions there are no twins to run.

func (k *valley1) run(_ *lane.State, _, _, left int) (undone int, behind uint32)    { return left, 0 }
func (k *logValley1) run(_ *lane.State, _, _, left int) (undone int, behind uint32) { return left, 0 }
func (k *logValley1) runEnds(*lane.State, int)                                      {}
