package report

import (
	"regexp"
	"strconv"
	"strings"
)

// greek are the letters that the texts of the ledger spell out.
var greek = map[string]string{
	"alpha": "α", "beta": "β", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "xi": "ξ", "sigma": "σ",
	"tau": "τ", "phi": "φ", "Sigma": "Σ", "Delta": "Δ",
}

var (
	letterRuns = regexp.MustCompile(`[A-Za-z]+`)
	powers     = regexp.MustCompile(`\^-?[0-9]+(\.[0-9]+)?`)
	minusSigns = regexp.MustCompile(` - ([^ ])`)
	relations  = strings.NewReplacer("<=", "≤", ">=", "≥", "->", "→")
)

// typeset writes formulas as the page does throughout: eta as η, <= as ≤, 10^3
// as 10³, and a minus sign at which no line breaks. Names such as eq18-tau and
// fig3a-eta1 and flags such as --eta stay.
func typeset(text string) string {
	var b strings.Builder
	end := 0
	for _, run := range letterRuns.FindAllStringIndex(text, -1) {
		letter, ok := greek[text[run[0]:run[1]]]
		if ok && !partOfName(text[:run[0]], text[run[1]:]) {
			b.WriteString(text[end:run[0]] + letter)
			end = run[1]
		}
	}
	text = relations.Replace(b.String() + text[end:])
	text = powers.ReplaceAllStringFunc(text, func(power string) string {
		n, err := strconv.Atoi(power[1:])
		if err != nil { // not whole
			return power
		}
		return superscript(n)
	})
	return minusSigns.ReplaceAllString(text, "\u00a0−\u00a0$1")
}

// partOfName tells whether a word between the two texts belongs to an
// identifier or a flag.
func partOfName(before, after string) bool {
	if after != "" && isAlphanumeric(after[0]) {
		return true
	}
	if before, ok := strings.CutSuffix(before, "-"); ok && before != "" {
		last := before[len(before)-1]
		return last == '-' || isAlphanumeric(last)
	}
	return before != "" && isAlphanumeric(before[len(before)-1])
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
