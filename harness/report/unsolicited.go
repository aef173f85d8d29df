package report

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
)

// unsolicitedWords says what a record is that nobody's plan led to, and what it is not.
func unsolicitedWords(u *results.Unsolicited) string {
	text := fmt.Sprintf("what devices did at %s %s (%s) without being told to: %s. Judged is only what that shows by itself; nothing is claimed",
		u.Vendor, u.Product, u.Revision, seenWords(u))
	if u.Forgotten > 0 {
		text += fmt.Sprintf(". %d more are not in the record, for want of room", u.Forgotten)
	}
	return text
}

// seenWords counts what was seen.
func seenWords(u *results.Unsolicited) string {
	counts := make(map[string]int)
	var order []string
	judged := 0
	for _, s := range u.Seen {
		if counts[s.Role]++; counts[s.Role] == 1 {
			order = append(order, s.Role)
		}
		if s.Judged {
			judged++
		}
	}
	var parts []string
	for _, role := range order {
		parts = append(parts, fmt.Sprintf("%d %s", counts[role], role))
	}
	if parts == nil {
		parts = []string{"nothing"}
	}
	text := strings.Join(parts, ", ")
	if judged < len(u.Seen) {
		text += fmt.Sprintf(" (%d of them show nothing that could be judged)", len(u.Seen)-judged)
	}
	if u.Idle > 0 {
		text += fmt.Sprintf(", and %d connections over which nothing was asked", u.Idle)
	}
	return text
}
