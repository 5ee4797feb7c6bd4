package report

import (
	"regexp"
	"testing"
)

func TestTypeset(t *testing.T) {
	for text, want := range map[string]string{
		"T = eta h*/B":                        "T = η h*/B",
		"fitted phi / (1 + B/(eta h*)) - 1":   "fitted φ / (1 + B/(η h*))\u00a0−\u00a01",
		"L^-phi, L^-(phi-1), L^-3.5, L^-2":    "L^-φ, L^-(φ-1), L^-3.5, L⁻²",
		"see eq18-tau and fig3a-eta0.03":      "see eq18-tau and fig3a-eta0.03",
		"go run x --eta 0.1 --c=2":            "go run x --eta 0.1 --c=2",
		"L* kappa_tau, theta^T theta, |Sigma": "L* κ_τ, θ^T θ, |Σ",
		"beta, theta, betas, thetas, metal":   "β, θ, betas, thetas, metal",
		"a sum of 10^3 terms, s^2, n >= n_c":  "a sum of 10³ terms, s², n ≥ n_c",
		"1e-05 and -0.5 stay":                 "1e-05 and -0.5 stay",
		"":                                    "",
	} {
		if got := typeset(text); got != want {
			t.Errorf("%q is typeset as %q, want %q", text, got, want)
		}
	}
}

// TestOneSpelling: every text of the page goes through typeset, that of names
// and commands excepted.
func TestOneSpelling(t *testing.T) {
	plain := regexp.MustCompile(`\{\{\.(Statement|Left|Right|Reason|Cause|Effect\.Name|Band|Pinned|Title|Sabotage|Finding)\}\}`)
	if found := plain.FindAllString(pageText, -1); len(found) > 0 {
		t.Errorf("not typeset on the page: %v", found)
	}
}
