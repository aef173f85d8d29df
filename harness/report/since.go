package report

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// since is how a run differs from an earlier one.
type since struct {
	Earlier string
	Words   string
	Groups  []changes // those that are not empty, the worst first
}

// changes are those of one mark.
type changes struct {
	Mark string
	All  []*change
}

// change is a result that is not what it was.
type change struct {
	compare.Change
	Mark     string
	Scenario *scenario // nil if it is gone
}

// marks are what changes are called beside verdicts, the worst first.
var marks = [...]string{"worse", "new", "gone", "other", "better", "mended"}

// markOf calls a change by its kind, and "mended" if a fault is no more.
func markOf(c compare.Change) string {
	if c.Change == compare.Better && c.Is.Verdict == verdict.Pass && (c.Was.Verdict == verdict.Fail || c.Was.Verdict == verdict.Deviation) {
		return "mended"
	}
	return string(c.Change)
}

// addSince marks the scenarios that are not what they were.
func (p *page) addSince() {
	if p.Run.Against == nil {
		return
	}
	all, counts := compare.Since(p.Run)
	p.Since = &since{Earlier: earlier(p.Run.Against), Words: sinceWords(all, counts)}
	byName := make(map[string]*scenario, len(p.Scenarios))
	for _, s := range p.Scenarios {
		byName[s.Name()] = s
	}
	byMark := make(map[string][]*change)
	for _, c := range all {
		one := &change{c, markOf(c), byName[c.Name]}
		if one.Scenario != nil {
			one.Scenario.Change = one
		}
		byMark[one.Mark] = append(byMark[one.Mark], one)
	}
	for _, mark := range marks {
		if byMark[mark] != nil {
			p.Since.Groups = append(p.Since.Groups, changes{mark, byMark[mark]})
		}
	}
}

// earlier names the run that another was compared with.
func earlier(a *results.Against) string {
	name := strings.TrimSpace(a.Device + " " + a.Version)
	if a.AsOf != "" {
		name += " as of " + a.AsOf
	}
	return name
}

// sinceWords counts the changes: "2 worse, 1 mended, 40 as they were".
func sinceWords(all []compare.Change, counts compare.Counts) string {
	n := make(map[string]int)
	for _, c := range all {
		n[markOf(c)]++
	}
	var parts []string
	for _, mark := range marks {
		if n[mark] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[mark], mark))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d as they were", counts.Same)), ", ")
}

// sinceLine tells in a line how a run differs from the one that it was compared with; it is empty if there is none.
func sinceLine(run *results.Run) string {
	if run.Against == nil {
		return ""
	}
	all, counts := compare.Since(run)
	return "against " + earlier(run.Against) + ": " + sinceWords(all, counts)
}
