package engine

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// rulings are the verdicts that a rule may give. The engine makes the others.
var rulings = []verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Inconclusive}

// Judge applies a scenario's checks to what was seen and weighs the findings by the
// catalogue. It is a pure function: stored observations give the same verdict
// again. A panic of a check or of a mock is the harness's error.
func Judge(s *plan.Scenario, requirements *catalogue.Catalogue, events []observation.Event) (r results.Result) {
	defer func() {
		if p := recover(); p != nil {
			r = stop(blank(s), verdict.Error, "judge-panic", fmt.Sprintf("%v\n%s", p, debug.Stack()))
		}
	}()
	r = blank(s)
	if e := panicked(events); e != nil {
		return stop(r, verdict.Error, "mock-panic", e.Text)
	}
	view := judge.NewView(events)
	var findings []verdict.Finding
	for _, c := range s.Checks {
		findings = append(findings, c.Judge(view))
	}
	for _, f := range findings {
		requirement, known := requirements.Lookup(f.Requirement)
		switch {
		case !slices.Contains(rulings, f.Verdict):
			return stop(r, verdict.Error, "no-ruling", fmt.Sprintf("the rule for %s gave %q, which is not a ruling", f.Requirement, f.Verdict))
		case !known:
			return stop(r, verdict.Error, "unknown-requirement", fmt.Sprintf("the catalogue has no %s", f.Requirement))
		case !requirement.Binding() || requirement.Level == catalogue.May:
			r.Remarks = append(r.Remarks, f)
			continue
		case f.Verdict == verdict.Fail && (requirement.Level == catalogue.Should || yields(requirement, findings)):
			f.Verdict = verdict.Deviation
		}
		r.Findings = append(r.Findings, f)
	}
	if len(r.Findings) == 0 { // none of the requirements can fail a device
		r.Verdict, r.Cause = verdict.Observed, "observed-only"
		return r
	}
	gravest, f := verdict.Gravest(r.Findings)
	r.Verdict, r.Cause, r.Expected, r.Observed, r.Hint = gravest, f.Cause, f.Expected, f.Observed, f.Hint
	return r
}

// panicked returns the first fault that is a panic of a mock, nil if there is none.
func panicked(events []observation.Event) *observation.Event {
	for i := range events {
		if events[i].Kind == observation.Fault && events[i].Fault == observation.MockPanicked {
			return &events[i]
		}
	}
	return nil
}

// yields reports whether a missed requirement cannot be met together with one
// that was met. Such a miss is reported beside the other and fails nobody.
func yields(missed catalogue.Requirement, findings []verdict.Finding) bool {
	return slices.ContainsFunc(findings, func(f verdict.Finding) bool {
		return f.Verdict == verdict.Pass && slices.Contains(missed.ConflictsWith, f.Requirement)
	})
}

// blank returns a result with what is known of a scenario before it runs.
func blank(s *plan.Scenario) results.Result {
	return results.Result{
		Scenario: s.ID, Title: s.Title, Vendor: s.Vendor, Product: s.Product, Revisions: strings.Join(s.Revisions, "+"),
		Direction: string(s.Direction), Area: s.Area, Level: string(s.Level), Requirements: s.Requirements(),
	}
}

// stop gives a result a verdict that no rule gave.
func stop(r results.Result, v verdict.Verdict, cause, observed string) results.Result {
	r.Findings, r.Remarks = nil, nil
	r.Verdict, r.Cause, r.Observed = v, cause, observed
	return r
}

// The causes of a verdict that was withheld because of the scenario's control: it
// did not pass, or the device was not served in it.
const (
	ControlNotPassed = "control-not-passed"
	ControlNotServed = "control-not-served"
)

// afterControl withholds a pass, or a missed should, that its control does not back.
// A device that rejects the control too has not shown why it rejects this scenario.
func afterControl(r results.Result, s *plan.Scenario, control *future) results.Result {
	if r.Verdict != verdict.Pass && r.Verdict != verdict.Deviation {
		return r
	}
	final := control.final
	cause, why := ControlNotPassed, fmt.Sprintf("is %s (%s)", final.Verdict, final.Cause)
	if final.Verdict == verdict.Pass || final.Verdict == verdict.Deviation {
		if control.raw.served {
			return r
		}
		cause, why = ControlNotServed, "did not serve the device"
	}
	for i := range r.Findings {
		if r.Findings[i].Verdict == verdict.Pass {
			r.Findings[i].Verdict, r.Findings[i].Cause = verdict.Inconclusive, cause
		}
	}
	observed := fmt.Sprintf("%s; but its control %s %s, so the reason is not known", r.Observed, s.Control, why)
	r.Verdict, r.Cause, r.Observed = verdict.Inconclusive, cause, observed
	r.Hint = "see " + s.Control + " first"
	return r
}
