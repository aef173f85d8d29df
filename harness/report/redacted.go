package report

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
)

// redacted says what was taken from a record before it was published, and what cannot be checked without it. It is empty
// for a record as it was made.
func redacted(run *results.Run) string {
	r := run.Redacted
	if r == nil {
		return ""
	}
	var kinds []string
	for _, t := range r.Taken {
		kinds = append(kinds, fmt.Sprintf("%s (in %s)", t.What, plural(t.Places, "place")))
	}
	taken := "No secrets were found in the evidence"
	if len(kinds) > 0 {
		taken = "Secrets were taken from the evidence: " + strings.Join(kinds, ", ")
	}
	unchecked := ""
	if n := len(r.Unchecked); n > 0 {
		unchecked = fmt.Sprintf(" Without them, sipconform verify cannot check %s.", plural(n, "result"))
	}
	return fmt.Sprintf("%s.%s The record that this was made from has the SHA-256 %s.", taken, unchecked, r.Of)
}
