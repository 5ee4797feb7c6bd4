//go:build !amd64 || purego

package sgd

import "sgdescape/sim/lane"

// Without vector instructions there are no twins to run: none of the lanes has
// been moved, and none is far away.

func (d *draws) fillVector(_ *lane.State, from, _, _, _, _ int) int { return from }
func (d *draws) membersVector(_, from, _ int) int                   { return from }

func (k *lockstep) stepVector(_ *lane.State, made, _, _ int) (next int, far bool) {
	return made, false
}

func (k *lockstep) sumVector(*lane.State, int, int) (from int)       { return 0 }
func (k *lockstep) sumPopulationVector(*lane.State, int) (from int)  { return 0 }
func (k *lockstep) moveVector(*lane.State, int) (from int, far bool) { return 0, false }
func (k *lockstep) beyond(int) uint64                                { return 0 }
