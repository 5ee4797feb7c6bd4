package lane_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestNothingFuses compiles the simulator for arm64, where the compiler may
// contract a product and a sum into one operation with one rounding, and looks
// for such operations: there must be none, so that the loops compute the same bits on
// every architecture. (Landscapes and noise models that they call are not looked at.) A product that is added has to be written float64(x*a)+b. (The
// compiler turns x/2 into a product and 2*x into a sum, which counts.) What
// fuses with GOAMD64=v3 fuses on arm64 too.
func TestNothingFuses(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other architectures")
	}
	packages := []string{"stream", "lane", "sde", "sgd", "escape", "record"}
	fused := regexp.MustCompile(`\(([^()]*\.go:\d+)\)\s+V?FN?M(?:ADD|SUB)\S*`)
	args := []string{"build", "-gcflags=-S"}
	for _, p := range packages {
		args = append(args, "sgdescape/sim/"+p)
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
	for _, m := range fused.FindAllSubmatch(out, -1) {
		t.Errorf("%s is fused", m[1])
	}
}
