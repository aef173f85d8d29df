package plan

import (
	"path"
	"slices"
	"strings"
)

// Matches reports whether the ID of a scenario matches a pattern of [path.Match], which
// may end in "**" for any rest.
func Matches(pattern, id string) bool {
	pattern, open := strings.CutSuffix(pattern, "**")
	if !open {
		whole, _ := path.Match(pattern, id)
		return whole
	}
	// As many segments as the pattern has, and any rest.
	parts := strings.SplitAfterN(id, "/", strings.Count(pattern, "/")+1)
	head := strings.Join(parts[:len(parts)-1], "")
	begins, _ := path.Match(pattern, head)
	return begins
}

// Asking returns those of the scenarios that a pattern matches and that ask about one of
// the requirements, in order.
func Asking(all []*Scenario, pattern string, requirements []string) []*Scenario {
	var asking []*Scenario
	for _, s := range all {
		if Matches(pattern, s.ID) && slices.ContainsFunc(s.Requirements(), func(r string) bool { return slices.Contains(requirements, r) }) {
			asking = append(asking, s)
		}
	}
	return asking
}
