package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sgdescape/model"
	"sgdescape/verify"
)

// claimIDs are the identifiers a user gave, without blanks. An empty list is
// refused, so that an empty shell variable does not start the whole ledger; an
// unknown identifier is refused with the nearest known ones.
func claimIDs(given []string) ([]string, error) {
	var ids []string
	for _, id := range given {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf(`--claim is empty, want identifiers as "sgdescape claims" lists them`)
	}
	known := map[string]bool{}
	for _, c := range verify.Ledger() {
		known[c.ID] = true
	}
	d := model.CheckDomain("verify")
	for _, id := range ids {
		want := `one that "sgdescape claims" lists`
		if like := nearest(id, sortedKeys(known)); len(like) > 0 {
			want += ", perhaps " + strings.Join(like, " or ")
		}
		d.That(known[id], "claim", fmt.Sprintf("%q", id), want)
	}
	return ids, d.Err()
}

// nearest returns up to three of the names, those that need the fewest edits to
// become word, no more than half its length, or that it begins.
func nearest(word string, names []string) []string {
	list := &cobra.Command{}
	for _, name := range names {
		list.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	for edits := 1; edits <= max(1, len(word)/2); edits++ {
		list.SuggestionsMinimumDistance = edits
		if found := list.SuggestionsFor(word); len(found) > 0 {
			return found[:min(3, len(found))]
		}
	}
	return nil
}
