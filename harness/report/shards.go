package report

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
)

// shardWords says of which shards a record is, empty for that of a run on one machine.
func shardWords(run *results.Run) string {
	if s := run.Plan.Shard; s != nil {
		text := fmt.Sprintf("%s, with %d of %s", s, len(s.Scenarios), scenarios(run.Plan.Selected))
		if n := len(s.Controls); n > 0 {
			text += fmt.Sprintf(" and %s of other shards, which these rest on", scenarios(n))
		}
		return text + "; nothing is claimed of a shard"
	}
	m := run.Merged
	if m == nil {
		return ""
	}
	text := fmt.Sprintf("merged from %d of %s", len(m.Shards), plural(m.Of, "shard"))
	var ran []string // controls, by their names in the results
	for i := range m.Repeated {
		ran = append(ran, m.Repeated[i].Scenario+"@"+m.Repeated[i].Configuration)
	}
	if n := distinct(ran); n > 0 {
		text += fmt.Sprintf("; %s ran in more than one of them", scenarios(n))
	}
	if n := len(disputed(run)); n > 0 {
		text += fmt.Sprintf(", %d of which came out differently", n)
	}
	return text
}

func distinct(names []string) int {
	seen := make(map[string]bool)
	for _, n := range names {
		seen[n] = true
	}
	return len(seen)
}

// disputed returns the results of controls that came out differently in several shards.
func disputed(run *results.Run) (all []*results.Result) {
	for i := range run.Results {
		if r := &run.Results[i]; r.Cause == results.ShardsDisagree {
			all = append(all, r)
		}
	}
	return all
}

// missed says what a shard of a merged record did not run, empty if it came to its end.
func missed(s results.MergedShard) string {
	if len(s.Missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%d not run: %s", len(s.Missing), strings.Join(s.Missing, ", "))
}

// isDisputed reports whether a repeated result is one of those that came out differently.
func isDisputed(run *results.Run, repeated results.Result) bool {
	for _, r := range disputed(run) {
		if r.Scenario == repeated.Scenario && r.Configuration == repeated.Configuration {
			return true
		}
	}
	return false
}
