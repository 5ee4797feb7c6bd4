//go:build !amd64 || purego

package sde

import "sgdescape/sim/lane"

func (k *well1) run(_ *lane.State, _ part, _, _, left int) int { return left }
