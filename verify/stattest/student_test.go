package stattest

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mathext"

	"sgdescape/verify/tol"
)

func TestStudentCritical(t *testing.T) {
	z := -mathext.NormalQuantile(5e-9)
	for _, c := range []struct {
		alpha, nu, want float64 // roots of the incomplete beta function at 40 digits
	}{
		{1e-6, 4, 49.45863675693463},
		{1e-9, 99, 6.752948013070113},
		{0.05, 19, 2.0930240544083097},
		{0.05, 1, math.Tan(math.Pi / 2 * 0.95)}, // Cauchy
		{0.999, 1, math.Tan(math.Pi / 2 * 0.001)},
		{1e-8, 1e6, z + (z*z*z+z)/4e6}, // nearly normal: Cornish and Fisher, the next term is 1e-9
	} {
		if d := cmp.Diff(c.want, studentQuantile(c.alpha, c.nu), tol.Relative(1e-8)); d != "" {
			t.Errorf("alpha %v, %v degrees of freedom (-want +got):\n%s", c.alpha, c.nu, d)
		}
	}
	if z := studentCritical(1e-8, 100, 2); !math.IsInf(z, 1) {
		t.Errorf("100 exponential numbers bound their mean at 1e-8: %v", z)
	}
	if z := studentCritical(1e-8, 1, 0); !math.IsInf(z, 1) {
		t.Errorf("one number bounds its mean: %v", z)
	}
	if plain, raised := studentCritical(1e-8, 1e5, 0), studentCritical(1e-8, 1e5, 2); !(plain < raised && raised < 1.2*plain) {
		t.Errorf("critical value %v raised to %v", plain, raised)
	}
}
