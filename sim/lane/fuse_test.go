package lane_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestNothingFuses compiles the simulator for arm64, where the compiler may
// contract a product and a sum into one operation with one rounding, and looks
// for such operations: there must be none, so that every architecture computes
// the same bits. A product that is added has to be written float64(x*a)+b. (The
// compiler turns x/2 into a product and 2*x into a sum, which counts.) What
// fuses with GOAMD64=v3 fuses on arm64 too.
func TestNothingFuses(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other architectures")
	}
	packages := []string{"sim/stream", "sim/lane", "sim/sde", "sim/sgd", "sim/escape", "sim/record", "model/landscape", "model/noise", "model/dataset"}
	fused := regexp.MustCompile(`\(([^()]*\.go:\d+)\)\s+V?FN?M(?:ADD|SUB)\S*`)
	args := []string{"build", "-gcflags=-S"}
	for _, p := range packages {
		args = append(args, "sgdescape/"+p)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(out) < 100000 {
		t.Fatalf("only %d bytes of assembly", len(out))
	}
	const inlined = "model/landscape/slope.go:57" // gonum's difference quotient, of a check only
	for _, m := range fused.FindAllSubmatch(out, -1) {
		if !bytes.HasSuffix(m[1], []byte(inlined)) {
			t.Errorf("%s is fused", m[1])
		}
	}
}
