package report

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
)

// unsolicitedWords says what a record is that nobody's plan led to, and what it is not.
func unsolicitedWords(u *results.Unsolicited) string {
	text := fmt.Sprintf("what devices did at %s %s (%s) without being told to: %s. Only what that shows by itself is judged, "+
		"and nothing is claimed",
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
		parts = append(parts, seenAs(role, counts[role]))
	}
	if parts == nil {
		parts = []string{"nothing"}
	}
	text := strings.Join(parts, ", ")
	if judged < len(u.Seen) {
		text += fmt.Sprintf(" (nothing could be judged by %d of these)", len(u.Seen)-judged)
	}
	if u.Idle > 0 {
		text += fmt.Sprintf("; connections over which nothing was asked: %d", u.Idle)
	}
	return text
}

// seenAs counts what was seen of a role.
func seenAs(role string, n int) string {
	words := map[string][2]string{
		"register":         {"registration", "registrations"},
		"call-out":         {"call by the device", "calls by the device"},
		"call-in":          {"call to the device over its registration", "calls to the device over its registration"},
		"call-in-listener": {"call to the device's own server", "calls to the device's own server"},
		"options":          {"exchange of OPTIONS", "exchanges of OPTIONS"},
		"tls-connect":      {"TLS handshake that failed", "TLS handshakes that failed"},
		"https":            {"connection with requests of HTTP", "connections with requests of HTTP"},
	}[role]
	switch {
	case words == [2]string{}:
		return fmt.Sprintf("%d %s", n, role)
	case n == 1:
		return "1 " + words[0]
	}
	return fmt.Sprintf("%d %s", n, words[1])
}

// unjudged says why something that was seen could not be judged: a line for each reason.
func (t *text) unjudged() {
	if t.run.Unsolicited == nil {
		return
	}
	var reasons []string
	names := make(map[string][]string)
	for _, s := range t.run.Unsolicited.Seen {
		if s.Judged {
			continue
		}
		if names[s.Why] == nil {
			reasons = append(reasons, s.Why)
		}
		names[s.Why] = append(names[s.Why], s.Name)
	}
	var lines []string
	for _, why := range reasons {
		all := names[why]
		line := strings.Join(all[:min(len(all), most)], ", ")
		if left := len(all) - most; left > 0 {
			line += fmt.Sprintf(" and %d more", left)
		}
		lines = append(lines, line+": "+why)
	}
	t.section("Seen, and not judged:", lines)
}
