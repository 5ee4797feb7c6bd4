package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A meter shows progress on a terminal and nothing anywhere else. It is not
// safe for concurrent use.
type meter struct{ bar *progressbar.ProgressBar }

// scale is the resolution of the bar.
const scale = 1000

func newMeter(w io.Writer, label string) *meter {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("CI") != "" {
		return &meter{}
	}
	return drawnMeter(w, label)
}

// drawnMeter draws whatever w is.
func drawnMeter(w io.Writer, label string) *meter {
	return &meter{bar: progressbar.NewOptions(scale,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(label),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(24))}
}

func (m *meter) describe(label string) {
	if m.bar != nil {
		m.bar.Describe(label)
	}
}

// set moves the bar to a fraction from 0 to 1.
func (m *meter) set(fraction float64) {
	if m.bar != nil {
		_ = m.bar.Set(int(fraction * scale)) // a bar that cannot be drawn must not stop the work
	}
}

func (m *meter) finish() {
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}
