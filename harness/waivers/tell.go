package waivers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/nearest"
)

// Tell says which waivers did not do in a run what their owners may think that they do, a sentence each: those that have expired,
// those that excuse nothing, and those that leave a result as it is since it failed for something else as well. [List.Mark] has
// marked the run's results.
func (l *List) Tell(run *results.Run, labels Labels) []string {
	if l == nil {
		return nil
	}
	var told []string
	for i := range l.all {
		e := &l.all[i]
		if sentence := e.tell(run, labels); sentence != "" {
			told = append(told, fmt.Sprintf("%s:%d: %s", l.file, e.line, sentence))
		}
	}
	return told
}

func (e *entry) tell(run *results.Run, labels Labels) string {
	if !e.Holds(run.AsOf) {
		return fmt.Sprintf("the waiver expired on %s and counts as none: ask %s for another, or remove it", e.Expiry, e.Owner)
	}
	var named, failed, covered, excused int
	var beside []string // what it leaves as it is
	for i := range run.Results {
		r := &run.Results[i]
		if !e.names(r, labels) {
			continue
		}
		named++
		if r.Verdict != verdict.Fail {
			continue
		}
		failed++
		switch {
		case r.Waived == nil:
			beside = append(beside, e.beside(r)...)
		case *r.Waived == e.Waiver:
			excused++
		case e.covers(r, labels):
			covered++
		}
	}
	if len(beside) > 0 {
		sentence := "not waived: " + beside[0]
		if more := len(beside) - 1; more > 0 {
			sentence += fmt.Sprintf("; %d more are like it", more)
		}
		return sentence
	}
	switch {
	case excused > 0:
		return ""
	case named == 0:
		return "the waiver matches no scenario of this run" + e.meant(run)
	case failed == 0:
		return "the waiver excuses nothing: no scenario that it matches failed; remove it if the fault is mended"
	case covered > 0:
		return "the waiver excuses nothing: those above it have all that it matches"
	}
	return "the waiver excuses nothing: what it matches failed for other requirements or causes"
}

// beside says what else failed a result that the waiver excuses in part; nothing if it excuses none of it.
func (e *entry) beside(r *results.Result) []string {
	failed := faults(r)
	for _, f := range failed {
		if !e.excuses(f) && slices.ContainsFunc(failed, e.excuses) {
			return []string{strings.TrimSpace(fmt.Sprintf("%s fails for %s (%s) as well", r.Name(), f.Requirement, f.Cause))}
		}
	}
	return nil
}

// meant suggests the scenario of the run that a mistyped ID may stand for.
func (e *entry) meant(run *results.Run) string {
	var known []string
	for i := range run.Results {
		known = append(known, run.Results[i].Scenario)
	}
	if near := nearest.Of(e.Scenario, known); near != "" && !strings.Contains(e.Scenario, "*") {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	if run.Plan.Filter != "" {
		return ", whose filter may leave them out"
	}
	return ": check its scenario and labels, or remove it"
}
