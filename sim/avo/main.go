// Command avo writes the vector twins of the simulator's hot loops, and the
// portable loops that have to be unrolled.
//
//	go run -C sim/avo .
//
// writes the assembly and the Go declarations of the files listed below, or, with
// -root DIR, those files below another folder. It is a module of its own, so that
// the simulator does not depend on the assembler.
//
// # Numerics
//
// A twin gives the bits of its portable loop: the same products and sums in the
// same order, every one rounded by itself. There is no fused multiply-add. What
// a twin cannot do, a rare word of the normal deviates or a lane that leaves, it
// does not begin: it leaves those lanes where they are and moves the others, and
// the portable loop makes that step of the lanes left behind.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// A file is one assembly file with its declarations.
type file struct {
	path    string        // without suffix
	normals func(u *unit) // writes the functions that draw normal deviates
	others  func(u *unit) // writes those that do not
}

func none(*unit) {}

var files = []file{
	{"stream/fill_amd64", fill, none},
	{"sde/valley1_amd64", func(u *unit) { valley1(u); logValley1(u) }, logEnds},
	{"sde/rows_amd64", none, rows},
	{"sde/landscapes_amd64", none, landscapes},
	{"sde/well_amd64", func(u *unit) { well(u); logWell(u) }, none},
	{"sgd/lockstep_amd64", none, sgd},
}

// highRegister finds the registers that only AVX-512 has.
var highRegister = regexp.MustCompile(`\b[XY](1[6-9]|2[0-9]|3[01])\b`)

func main() {
	root := flag.String("root", "..", "the `folder` that holds the packages")
	flag.Parse()
	for _, f := range files {
		if err := f.generate(*root); err != nil {
			fmt.Fprintf(os.Stderr, "avo: %s: %v\n", f.path, err)
			os.Exit(1)
		}
	}
	if err := writeSingles(*root); err != nil {
		fmt.Fprintf(os.Stderr, "avo: %v\n", err)
		os.Exit(1)
	}
}

// generate writes all forms of every loop of the file.
func (f file) generate(root string) error {
	c := build.NewContext()
	c.ConstraintExpr("!purego")
	narrow, wide := map[uint64]operand.Mem{}, map[uint64]operand.Mem{}
	for _, u := range []*unit{
		{Context: c, suffix: "AVX2", constants: narrow},
		{Context: c, suffix: "AVX512", constants: wide, wide: true},
	} {
		f.normals(u)
		f.others(u)
	}
	f.normals(&unit{Context: c, suffix: "AVX2Gather", constants: narrow, gathers: true})
	f.normals(&unit{Context: c, suffix: "AVX512Gather", constants: wide, wide: true, gathers: true})
	result, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(result); err != nil {
		return err
	}
	config := printer.Config{Name: "sgdescape/sim/avo", Argv: []string{"go", "run", "-C", "sim/avo", "."}, Pkg: filepath.Base(filepath.Dir(f.path))}
	for suffix, p := range map[string]printer.Printer{".s": printer.NewGoAsm(config), ".go": printer.NewStubs(config)} {
		if err := print(filepath.Join(root, f.path+suffix), p, result); err != nil {
			return err
		}
	}
	return nil
}

func print(path string, p printer.Printer, f *ir.File) error {
	text, err := p.Print(f)
	if err != nil {
		return err
	}
	for _, function := range bytes.Split(text, []byte("\nTEXT "))[1:] {
		if r := highRegister.Find(function); r != nil && bytes.Contains(bytes.SplitN(function, []byte("("), 2)[0], []byte("AVX2")) {
			return fmt.Errorf("more registers live than AVX2 has: %s", r)
		}
	}
	text = alignLoops(text)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(bytes.TrimRight(text, "\n"), '\n'), 0o644)
}
