// Package waivers reads which faults of a device somebody accepts, and says which results they excuse. A waiver is a mark beside
// a fail: the verdict stays, and so do its cause and its evidence.
//
// The package serves this module and may change.
package waivers

import (
	"slices"

	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// List is waivers in the order in which they are written. The zero value and nil have none.
type List struct {
	file string // where they were written; empty for those of a record
	all  []entry
}

type entry struct {
	results.Waiver
	line    int                        // in the file
	selects func(labels []string) bool // by [results.Waiver.Labels]
}

// Labels returns the labels of a scenario by its ID: see [plan.Scenario.Labels]. It returns nil for one that is not known.
type Labels func(scenario string) []string

// Of returns the waivers of a record. The error is about a label expression that does not parse.
func Of(recorded []results.Waiver) (*List, error) {
	l := new(List)
	for _, w := range recorded {
		selects, err := plan.Filter(w.Labels)
		if err != nil {
			return nil, err
		}
		l.all = append(l.all, entry{Waiver: w, selects: selects})
	}
	return l, nil
}

// For returns the waiver of a result on a day (YYYY-MM-DD): the first that holds and covers it, nil if none does.
//
// A waiver covers a result that failed, of a scenario that it selects, if each of the findings that failed it has the waiver's
// requirement and cause, as far as it names them. One that covers but some of them would hide the others.
func (l *List) For(r *results.Result, day string, labels Labels) *results.Waiver {
	if l == nil {
		return nil
	}
	for i := range l.all {
		if e := &l.all[i]; e.Holds(day) && e.covers(r, labels) {
			return new(e.Waiver)
		}
	}
	return nil
}

// Mark sets the waiver of each result on a day (YYYY-MM-DD), and returns those that applied, in the order of the list.
func (l *List) Mark(all []results.Result, day string, labels Labels) (applied []results.Waiver) {
	used := make(map[results.Waiver]bool)
	for i := range all {
		r := &all[i]
		if r.Waived = l.For(r, day, labels); r.Waived != nil {
			used[*r.Waived] = true
		}
	}
	if l == nil {
		return nil
	}
	for _, e := range l.all {
		if used[e.Waiver] && !slices.Contains(applied, e.Waiver) {
			applied = append(applied, e.Waiver)
		}
	}
	return applied
}

// names reports whether the waiver is for the scenario of a result, whatever its verdict.
func (e *entry) names(r *results.Result, labels Labels) bool {
	return (e.Scenario == "" || plan.Matches(e.Scenario, r.Scenario)) && (e.Labels == "" || e.selects(labels(r.Scenario)))
}

// covers reports whether the waiver excuses all that failed in a result.
func (e *entry) covers(r *results.Result, labels Labels) bool {
	if r.Verdict != verdict.Fail || !e.names(r, labels) {
		return false
	}
	return !slices.ContainsFunc(faults(r), func(f verdict.Finding) bool { return !e.excuses(f) })
}

// excuses reports whether the waiver is for a finding.
func (e *entry) excuses(f verdict.Finding) bool {
	return (e.Requirement == "" || e.Requirement == f.Requirement) && (e.Cause == "" || e.Cause == f.Cause)
}

// faults returns the findings that failed a result. Where no rule judged, it is the result's own cause, of no requirement.
func faults(r *results.Result) []verdict.Finding {
	var failed []verdict.Finding
	for _, f := range r.Findings {
		if f.Verdict == verdict.Fail {
			failed = append(failed, f)
		}
	}
	if len(failed) == 0 {
		failed = append(failed, verdict.Finding{Verdict: r.Verdict, Cause: r.Cause})
	}
	return failed
}
