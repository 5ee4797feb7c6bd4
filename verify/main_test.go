package verify

import (
	"math"
	"os"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

// Account is that of both test packages of this folder: the statistical claims,
// and, with testShare among them, other assertions.
var Account = account.OpenShares("verify", shares()...)

func TestMain(m *testing.M) { os.Exit(Account.Run(m)) }

var otherAssertions = []string{"recorded runs", "interval of a judgement", "rotated valleys",
	"exact law", "exact law, simulated in tau", "a step of one's own", "a step over a saddle", "a channel"}

// shares divide the budget like [Runner.alpha].
func shares() (shares []stattest.Share) {
	total := NewRunner(Options{}).shares
	for _, c := range Ledger() {
		if c.Share > 0 {
			shares = append(shares, stattest.Share{Name: claimName(c), Share: c.Share / total})
		}
	}
	shares = append(shares, stattest.Share{Name: "levels", Share: levelsShare / total})
	for _, name := range otherAssertions {
		shares = append(shares, stattest.Share{Name: name, Share: testShare / total / float64(len(otherAssertions))})
	}
	return shares
}

func claimName(c Claim) string { return "claim " + c.ID }

// Found turns an effect into a finding of the hypothesis that it lies in the
// band: the statistic is the distance from its middle that the interval leaves,
// and effects are measured from there.
func Found(e Effect, b Band, alpha float64) stattest.Finding {
	middle, half := (b.Low+b.High)/2, (b.High-b.Low)/2
	switch {
	case math.IsInf(b.Low, -1) && math.IsInf(b.High, 1):
		middle, half = 0, math.Inf(1)
	case math.IsInf(b.Low, -1): // one side counts: its edge is the middle
		middle, half = b.High, 0
	case math.IsInf(b.High, 1):
		middle, half = b.Low, 0
	}
	distance := math.Max(0, math.Max(e.Low-middle, middle-e.High))
	rejected := e.Judge(b) == Disagrees
	if half == 0 && !rejected {
		distance = 0
	}
	return stattest.Finding{N: e.N, Alpha: alpha, Statistic: distance, Critical: half, Effect: e.Value - middle,
		Detectable: e.Detectable(Band{b.Low - middle, b.High - middle}), Rejected: rejected}
}
