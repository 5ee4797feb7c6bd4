package record

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Path is one decimated trajectory.
type Path struct {
	Process lane.Process
	Start   []float64
	Steps   model.Steps // >= 1, length of the trajectory
	Every   model.Steps // >= 1 steps between rows
	Seed    uint64
	Replica uint64
}

// WriteCSV writes the path with one row every Every steps, the start included:
// the columns are step, t, theta_1, ..., theta_n and loss. Numbers are the
// shortest that read back the same.
func (p Path) WriteCSV(ctx context.Context, w io.Writer) error {
	d := model.CheckDomain("path").
		That(p.Process != nil, "process", p.Process, "a process").
		That(p.Steps >= 1, "number of steps", p.Steps, "an integer >= 1").
		That(p.Every >= 1, "steps between rows", p.Every, "an integer >= 1")
	checkStart(d, p.Process, p.Start)
	if err := d.Err(); err != nil {
		return err
	}
	kernel, err := p.Process.Kernel(lane.Watch{})
	if err != nil {
		return err
	}
	n := p.Process.Dim()
	state := lane.NewState(n, kernel.Extra())
	state.Start(0, p.Seed, p.Replica, p.Start)
	kernel.Begin(state, 0)
	out := bufio.NewWriter(w)
	out.WriteString("step,t")
	for i := range n {
		fmt.Fprintf(out, ",theta_%d", i+1)
	}
	out.WriteString(",loss\n")
	theta := make([]float64, n)
	var row []byte
	for k := model.Steps(0); ; k += p.Every {
		state.Gather(theta, 0)
		t := float64(k) * p.Process.StepLength()
		if p.Process.InLogTime() {
			t = state.Clock[0]
		}
		row = strconv.AppendInt(row[:0], int64(k), 10)
		row = strconv.AppendFloat(append(row, ','), t, 'g', -1, 64)
		for _, x := range theta {
			row = strconv.AppendFloat(append(row, ','), x, 'g', -1, 64)
		}
		row = strconv.AppendFloat(append(row, ','), p.Process.Loss(theta), 'g', -1, 64)
		if _, err := out.Write(append(row, '\n')); err != nil {
			return err
		}
		if k+p.Every > p.Steps {
			return out.Flush()
		}
		if err := advance(ctx, kernel, state, 1, int64(p.Every)); err != nil {
			return err
		}
	}
}
