package verify

import (
	"context"
	"testing"
)

// leastSabotages is how many the table has at the least.
const leastSabotages = 40

// TestReject_Sabotage: each sabotage is killed by the claim or check that is
// there for it, and each of those is green without it. With -v it prints the
// kill table.
func TestReject_Sabotage(t *testing.T) {
	if n := len(sabotages()); n < leastSabotages {
		t.Errorf("%d sabotages, want at least %d", n, leastSabotages)
	}
	opt := Options{Profile: Short, Seed: 2}
	sound, green := NewRunner(opt), map[string]bool{}
	seen := map[string]bool{}
	for _, s := range sabotages() {
		if seen[s.name] {
			t.Errorf("two sabotages are named %q", s.name)
		}
		seen[s.name] = true
		t.Run(s.name, func(t *testing.T) {
			kill, err := s.judge(context.Background(), opt, sound, green)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s, margin %.3g", kill.By, kill.Finding, kill.Margin)
			if !kill.Killed {
				t.Errorf("%s did not notice", kill.By)
			}
			if kill.Killed != (kill.Margin > 1) {
				t.Errorf("killed: %v, but the margin is %g", kill.Killed, kill.Margin)
			}
		})
	}
}
