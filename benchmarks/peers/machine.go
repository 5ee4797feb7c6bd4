package peers

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// A Machine says where and with what a comparison was made.
type Machine struct {
	Processor string `json:"processor"`
	Go        string `json:"go"`
	Compiler  string `json:"compiler"` // of the C and C++ peers
}

// ThisMachine describes this machine; what cannot be found out is "unknown".
func ThisMachine() Machine {
	m := Machine{Processor: "unknown", Go: runtime.Version(), Compiler: "unknown"}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	if out, err := exec.Command("g++", "--version").Output(); err == nil {
		m.Compiler, _, _ = strings.Cut(string(out), "\n")
	}
	return m
}
