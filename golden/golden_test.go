package golden_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
)

// TestAdmission checks every set of this folder: description complete, header
// with units, numbers in their shortest form, checksum right, no stray file.
func TestAdmission(t *testing.T) {
	embedded, err := goldentest.Admit(golden.Files)
	if err != nil {
		t.Error(err)
	}
	onDisk, err := goldentest.Admit(os.DirFS("."))
	if err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(onDisk, embedded); d != "" {
		t.Errorf("embedded differs from the folder (-folder +embedded):\n%s", d)
	}
	t.Logf("%d sets", len(embedded))
}
