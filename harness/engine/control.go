package engine

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// ControlNotServed is the cause of a pass by refusal that was withheld because the
// device was not served in the scenario's control.
const ControlNotServed = "control-not-served"

// Standing is what a scenario came to, for those that have it as their control.
type Standing struct {
	Result results.Result
	rests  Rests
	why    []*results.Blocked // what blocks each finding, nil for none
	keys   []string           // fingerprints of those that the device used in calls
	agents []string           // what the device called itself
}

// Rests are the standings that a scenario rests on.
type Rests struct {
	Control  *Standing // nil if it names none
	Presumed []*Standing
	// Earlier is the one before it, of the scenarios that ask the same role of the
	// device at the same product; nil for the first.
	Earlier *Standing
	// Elsewhere has the keys of the run's other scenarios in the device's own set-up, in
	// the order of the plan. Only a scenario for which [judge.Unexplained] holds needs it.
	Elsewhere []judge.Elsewhere
}

// Unrun is the standing of a scenario of which no observations are left, with the
// result that was recorded or that says why.
func Unrun(r results.Result, rests Rests) *Standing {
	return &Standing{Result: r, rests: rests}
}

// Beside returns the standing for those that are judged by the same observations: that the device used its keys there is
// no earlier use of them.
func (s *Standing) Beside() *Standing {
	beside := *s
	beside.keys = nil
	return &beside
}

// inForce returns the first standing, from s on, of a scenario that applies to the
// device: what cannot be asked of a device is no control of anything. It is nil if
// there is none.
func (s *Standing) inForce() *Standing {
	for s != nil && s.Result.Verdict == verdict.NotApplicable {
		s = s.rests.Control
	}
	return s
}

// missed returns where the device missed what a finding says already, nil if it did
// not: a finding with the same cause that stands in the control or in one that the
// control rests on. A missed should hides a missed must only if it kept the device
// from being served.
func (s *Standing) missed(f verdict.Finding) *results.Blocked {
	for c := s.inForce(); c != nil; c = c.rests.Control.inForce() {
		if b := c.shows(f.Cause, f.Verdict == verdict.Deviation || !c.Result.Served); b != nil {
			return b
		}
	}
	return nil
}

// shows returns the standing's own fail for a cause, or its deviation if those count, as
// what blocks others; nil if it has none.
func (s *Standing) shows(cause string, deviations bool) *results.Blocked {
	for _, own := range s.Result.Findings {
		if own.Cause == cause && (own.Verdict == verdict.Fail || deviations && own.Verdict == verdict.Deviation) {
			return &results.Blocked{Scenario: s.Result.Scenario, Cause: cause}
		}
	}
	return nil
}

// root returns what kept the device from being served, as far as it is a fault of the
// device's that is judged; nil if it was served, or if that is not known.
func (s *Standing) root() *results.Blocked {
	switch {
	case s == nil || s.Result.Served:
		return nil
	case s.Result.Blocked != nil:
		return s.Result.Blocked
	case s.Result.Verdict == verdict.Fail || s.Result.Verdict == verdict.Deviation:
		return &results.Blocked{Scenario: s.Result.Scenario, Cause: s.Result.Cause}
	}
	return nil
}

// seen returns where an earlier scenario of the role shows the fault of a finding, nil
// if none does: one cause is blamed once.
func (r Rests) seen(f verdict.Finding) *results.Blocked {
	for e := r.Earlier; e != nil && f.Verdict == verdict.Fail; e = e.rests.Earlier {
		if b := e.shows(f.Cause, false); b != nil {
			return b
		}
	}
	return nil
}

// spent returns the keys that the device used in the earlier scenarios of the role, with
// the first in which it used each. That order is the plan's, so a key that comes again is
// found in the same scenario however many run at the same time.
func (r Rests) spent() map[string]string {
	spent := make(map[string]string)
	for e := r.Earlier; e != nil; e = e.rests.Earlier {
		for _, key := range e.keys {
			spent[key] = e.Result.Scenario
		}
	}
	return spent
}

// explained returns the first fail of a presumed scenario, or the one that explains
// that; nil if there is none.
func (r Rests) explained() *results.Blocked {
	for _, s := range r.Presumed {
		if s == nil {
			continue // it was not run
		}
		switch s.Result.Verdict {
		case verdict.Fail:
			return &results.Blocked{Scenario: s.Result.Scenario, Cause: s.Result.Cause}
		case verdict.Inconclusive, verdict.NotApplicable:
			if why := s.rests.explained(); why != nil {
				return why
			}
		}
	}
	return nil
}

// withhold takes from the findings of a scenario what its control does not back. A
// fault that the control or an earlier scenario shows too, or a presumed scenario
// explains, is blamed there. A pass by refusal needs a control in which the device was
// served: one that refuses the control too has not shown why it refuses this. What was
// not seen for want of that is blocked as well.
func withhold(s *plan.Scenario, findings []verdict.Finding, rests Rests) []*results.Blocked {
	blocked := make([]*results.Blocked, len(findings))
	control := rests.Control.inForce()
	served := control != nil && control.Result.Served
	for i := range findings {
		f := &findings[i]
		switch f.Verdict {
		case verdict.Fail, verdict.Deviation:
			if blocked[i] = control.missed(*f); blocked[i] == nil && f.Short {
				blocked[i] = control.root()
			}
			if blocked[i] == nil {
				blocked[i] = rests.explained()
			}
			if blocked[i] == nil {
				blocked[i] = rests.seen(*f)
			}
		case verdict.Inconclusive:
			blocked[i] = control.root()
		case verdict.Pass:
			if served || !s.Checks[i].Refusal {
				continue
			}
			if blocked[i] = control.root(); blocked[i] == nil {
				f.Verdict, f.Cause, f.Hint = verdict.Inconclusive, ControlNotServed, "see "+s.Control+" first"
				f.Observed = fmt.Sprintf("%s; but the device was not served in the control %s, so the reason is not known", f.Observed, s.Control)
			}
		}
		if b := blocked[i]; b != nil {
			block(f, b)
		}
	}
	return blocked
}

// giveWay blocks the findings on devices that did not get far enough, where another
// finding of the scenario shows a fault: the one with the same cause, or else the first.
func giveWay(scenario string, findings []verdict.Finding, blocked []*results.Blocked) {
	for i := range findings {
		f := &findings[i]
		if !f.Short || f.Verdict != verdict.Fail && f.Verdict != verdict.Deviation {
			continue
		}
		shows := func(other verdict.Finding) bool {
			return !other.Short && (other.Verdict == verdict.Fail || other.Verdict == verdict.Deviation)
		}
		why := slices.IndexFunc(findings, func(other verdict.Finding) bool { return shows(other) && other.Cause == f.Cause })
		if why < 0 {
			why = slices.IndexFunc(findings, func(other verdict.Finding) bool { return shows(other) && other.Verdict == verdict.Fail })
		}
		if why >= 0 {
			blocked[i] = &results.Blocked{Scenario: scenario, Cause: findings[why].Cause}
			block(f, blocked[i])
		}
	}
}

// block makes a finding inconclusive for a fault that is judged elsewhere.
func block(f *verdict.Finding, b *results.Blocked) {
	f.Was, f.Verdict, f.Cause = f.Cause, verdict.Inconclusive, results.BlockedCause
	f.Observed = fmt.Sprintf("%s; the device misses this already in %s (%s)", f.Observed, b.Scenario, b.Cause)
	f.Hint = "mend " + b.Scenario + " first"
}
