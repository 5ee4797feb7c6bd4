package peers

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sgdescape/benchmarks/measure"
)

//go:embed src
var sources embed.FS

// A Peer is a program that runs the workload.
type Peer struct {
	Name    string
	command []string // program and leading arguments
}

// A mean is the mean number of steps of an exit, with a standard error.
type mean struct{ steps, stdErr float64 }

// exact holds what a peer must find, by process: the solution of the integral
// equation of the discrete chain, and for sgd10, where it cannot be solved, the
// mean over 2e6 exits of cpp-ziggurat with seed 12345.
var exact = map[string]mean{
	"mul":   {3587.8487, 0},
	"add":   {1757.6687, 0},
	"sgd1":  {2183.740, 0},
	"sgd10": {1064.159, 0.732},
}

// Processes lists the workloads: mul is Eq. 13 of Mori2022, add Eq. 15, sgd1
// and sgd10 are Eq. 2 in one and in ten dimensions.
var Processes = []string{"mul", "add", "sgd1", "sgd10"}

// own is the name of this module among the peers, portable that of its build
// without assembly.
const (
	own      = "sgdescape"
	portable = "sgdescape-portable"
)

// module is the program of this module that runs [Own] as "peer PROCESS EXITS SEED".
const module = "sgdescape/benchmarks/cmd/benchgate"

// A recipe says how a peer is made from its source.
type recipe struct {
	name, source string
	compiler     string   // empty for a script
	flags        []string // after the source
	interpreter  string
}

var recipes = []recipe{
	{name: "cpp-mt19937", source: "cpp_mt19937.cpp", compiler: "g++"},
	{name: "cpp-ziggurat", source: "cpp_ziggurat.cpp", compiler: "g++"},
	{name: "c-avx512", source: "c_avx512.c", compiler: "gcc", flags: []string{"-lm"}},
	{name: "py-numpy", source: "py_numpy.py", interpreter: "python3"},
	{name: "py-numba", source: "py_numba.py", interpreter: "python3"},
}

// Build makes the peers whose tools are installed in the folder dir. notes says
// which are missing and why. ownCommand is the command line that runs [Own].
func Build(ctx context.Context, dir string, ownCommand []string) (built []Peer, notes []string, err error) {
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, nil, err
	}
	built = []Peer{{Name: own, command: ownCommand}}
	program := filepath.Join(dir, portable)
	if msg, err := measure.Command(ctx, "go", "build", "-tags", "purego", "-o", program, module).CombinedOutput(); err != nil {
		notes = append(notes, fmt.Sprintf("%s skipped: go build: %v %s", portable, err, msg))
	} else {
		built = append(built, Peer{Name: portable, command: []string{program, "peer"}})
	}
	for _, r := range recipes {
		source := filepath.Join(dir, "src", r.source)
		tool := r.compiler + r.interpreter
		if _, err := exec.LookPath(tool); err != nil {
			notes = append(notes, fmt.Sprintf("%s skipped: %s is not installed", r.name, tool))
			continue
		}
		if r.interpreter != "" {
			built = append(built, Peer{Name: r.name, command: []string{r.interpreter, source}})
			continue
		}
		program := filepath.Join(dir, r.name)
		args := append([]string{"-O3", "-march=native", "-o", program, source}, r.flags...)
		if msg, err := measure.Command(ctx, r.compiler, args...).CombinedOutput(); err != nil {
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			notes = append(notes, fmt.Sprintf("%s skipped: %s %v: %s", r.name, r.compiler, err, msg))
			continue
		}
		built = append(built, Peer{Name: r.name, command: []string{program}})
	}
	return built, notes, nil
}
