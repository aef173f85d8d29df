package engine

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// rulings are the verdicts that a rule may give. The engine makes the others.
var rulings = []verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable}

// Judge applies a scenario's checks to what was seen, and weighs the findings by the
// catalogue and by the standings that the scenario rests on. It is a pure function:
// stored observations give the same verdict again. A panic of a check or of a mock is
// the harness's error.
func Judge(s *plan.Scenario, requirements *catalogue.Catalogue, events []observation.Event, rests Rests) (judged *Standing) {
	r := blank(s)
	defer func() {
		if p := recover(); p != nil {
			judged = Unrun(stop(r, verdict.Error, "judge-panic", fmt.Sprintf("%v\n%s", p, debug.Stack())), rests)
		}
	}()
	if e := ownFault(events); e != nil {
		return Unrun(stop(r, verdict.Error, string(e.Fault), e.Text), rests)
	}
	if mark := unasked(events); mark != nil {
		return Unrun(excuse(r, mark), rests)
	}
	view := judge.NewView(events)
	view.Spent, view.Elsewhere = rests.spent(), rests.Elsewhere
	var findings []verdict.Finding
	for _, c := range s.Checks {
		f := c.Judge(view)
		requirement, known := requirements.Lookup(f.Requirement)
		switch {
		case !slices.Contains(rulings, f.Verdict):
			why := fmt.Sprintf("the rule for %s gave %q, which is not a ruling", f.Requirement, f.Verdict)
			return Unrun(stop(r, verdict.Error, "no-ruling", why), rests)
		case !known:
			return Unrun(stop(r, verdict.Error, "unknown-requirement", "the catalogue has no "+f.Requirement), rests)
		case f.Verdict == verdict.Fail && requirement.Level == catalogue.Should:
			f.Verdict = verdict.Deviation
		}
		findings = append(findings, f)
	}
	judged = &Standing{Result: r, rests: rests, keys: view.UsedKeys(), agents: view.Agents()}
	judged.Result.Served = s.Served == nil || s.Served(view).Verdict == verdict.Pass
	judged.weigh(s, requirements, findings)
	if view.Standstill != nil {
		judged.void(view.Standstill.Text)
	}
	return judged
}

// void makes a result that the machine's standing still may explain the harness's error: device and mock may have run
// into time limits. What passed all the same has passed.
func (judged *Standing) void(stood string) {
	switch r := judged.Result; r.Verdict {
	case verdict.Fail, verdict.Deviation, verdict.Inconclusive:
		seen := fmt.Sprintf("%s; what was seen is worth nothing: %s (%s)", stood, r.Observed, r.Cause)
		r.Expected, r.Hint, r.Blocked = "", "", nil
		judged.Result = stop(r, verdict.Error, string(observation.MachineStoodStill), seen)
	}
}

// weigh makes a scenario's result of its findings, one for each of its checks.
func (judged *Standing) weigh(s *plan.Scenario, requirements *catalogue.Catalogue, findings []verdict.Finding) {
	r := &judged.Result
	blocked := withhold(s, findings, judged.rests)
	giveWay(s.ID, findings, blocked)
	for i, f := range findings {
		requirement, _ := requirements.Lookup(f.Requirement)
		switch {
		case !requirement.Binding() || requirement.Level == catalogue.May:
			r.Remarks = append(r.Remarks, f)
			continue
		case f.Verdict == verdict.Fail && yields(requirement, findings):
			f.Verdict = verdict.Deviation
		}
		judged.add(f, blocked[i])
	}
	if len(r.Findings) == 0 { // none of the requirements can fail a device
		r.Verdict, r.Cause = verdict.Observed, "observed-only"
	}
}

// add adds a finding, and what blocks it. The gravest is the verdict.
func (judged *Standing) add(f verdict.Finding, blocked *results.Blocked) {
	r := &judged.Result
	r.Findings, judged.why = append(r.Findings, f), append(judged.why, blocked)
	if gravest, _ := verdict.Gravest(r.Findings); gravest != r.Verdict {
		r.Verdict, r.Blocked = gravest, blocked
		r.Cause, r.Expected, r.Observed, r.Hint = f.Cause, f.Expected, f.Observed, f.Hint
	}
}

// ownFault returns the first fault of the harness's own, nil if there is none. A machine
// that stood still is not one: it spoils no pass.
func ownFault(events []observation.Event) *observation.Event {
	for i := range events {
		if events[i].Kind == observation.Fault && events[i].Fault != observation.MachineStoodStill {
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
		Direction: string(s.Direction), Area: s.Area, Level: string(s.Level), Requirements: s.Requirements(), Role: string(s.Role()),
	}
}

// Lacking returns the result of a scenario that needs capabilities which the device does
// not declare.
func Lacking(s *plan.Scenario, missing []device.Capability) results.Result {
	r := stop(blank(s), verdict.NotApplicable, "capability-missing", fmt.Sprintf("the device does not declare %v", missing))
	for _, m := range missing {
		r.Missing = append(r.Missing, string(m))
	}
	return r
}

// stop gives a result a verdict that no rule gave.
func stop(r results.Result, v verdict.Verdict, cause, observed string) results.Result {
	r.Findings, r.Remarks = nil, nil
	r.Verdict, r.Cause, r.Observed = v, cause, observed
	return r
}
