package lane_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestNothingFuses compiles the simulator for arm64 and for GOAMD64=v3, where
// the compiler may contract a product and a sum into one operation with one
// rounding, and looks for such operations: there must be none, so that every
// architecture computes the same bits. A product that is added has to be
// written float64(x*a)+b. (The compiler turns x/2 into a product and 2*x into a
// sum, which counts.)
func TestNothingFuses(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other architectures")
	}
	packages := []string{"stream", "lane", "sde", "sgd", "escape", "record"}
	fused := regexp.MustCompile(`\(([^()]*\.go:\d+)\)\s+V?FN?M(?:ADD|SUB)\S*`)
	for _, env := range []string{"GOARCH=arm64", "GOAMD64=v3"} {
		args := []string{"build", "-gcflags=-S"}
		for _, p := range packages {
			args = append(args, "sgdescape/sim/"+p)
		}
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), env, "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", env, err, out)
		}
		if len(out) < 100000 {
			t.Fatalf("%s: only %d bytes of assembly", env, len(out))
		}
		for _, m := range fused.FindAllSubmatch(out, -1) {
			t.Errorf("%s: %s is fused", env, m[1])
		}
	}
}
