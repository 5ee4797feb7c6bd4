package goldentest_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
)

// TestGolden_Admission checks every set of the golden folder: description
// complete, header with units, numbers in their shortest form, checksum right,
// no stray file, and the embedded files the same as those on disk.
func TestGolden_Admission(t *testing.T) {
	embedded, err := goldentest.Admit(golden.Files)
	if err != nil {
		t.Error(err)
	}
	onDisk, err := goldentest.Admit(os.DirFS("../../golden"))
	if err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(onDisk, embedded); d != "" {
		t.Errorf("embedded differs from the folder (-folder +embedded):\n%s", d)
	}
	t.Logf("%d sets: %v", len(embedded), embedded)
}
