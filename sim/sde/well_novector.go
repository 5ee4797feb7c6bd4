//go:build !amd64 || purego

package sde

import "sgdescape/sim/lane"

func (k *well1) run(_ *lane.State, _, _, left int) (undone int, behind uint32) { return left, 0 }
