package judge

import (
	"fmt"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Check asks whether a view shows that the device meets one requirement.
type Check struct {
	Requirement string
	// Expected says in a sentence what a conforming device does on the wire.
	Expected string
	Rule     Rule
}

// Rule judges a view. What it cannot see it leaves inconclusive.
type Rule func(*View) Ruling

// Ruling is what a rule says of a view.
type Ruling struct {
	Verdict  verdict.Verdict // Pass, Fail or Inconclusive
	Cause    string
	Observed string
	Hint     string
	Events   []int
}

// Judge applies the check. It withholds a pass from a device that ended by itself,
// and a fail if the machine stood still.
func (c Check) Judge(v *View) verdict.Finding {
	r := c.Rule(v)
	if v.Died >= 0 && r.Verdict == verdict.Pass {
		// A crashed device does nothing wrong, which proves nothing.
		r = open("device-died", "%s; but the device ended by itself", r.Observed).at(append(r.Events, v.Died)...)
	}
	if v.Standstill >= 0 && r.Verdict == verdict.Fail {
		// Device and mock may both have run into a time limit.
		r = open("machine-stood-still", "%s; but the machine stood still during the scenario", r.Observed).
			at(append(r.Events, v.Standstill)...)
	}
	return verdict.Finding{Requirement: c.Requirement, Verdict: r.Verdict, Cause: r.Cause,
		Expected: c.Expected, Observed: r.Observed, Hint: r.Hint, Events: r.Events}
}

func pass(cause, observed string, args ...any) Ruling {
	return Ruling{Verdict: verdict.Pass, Cause: cause, Observed: fmt.Sprintf(observed, args...)}
}

func fail(cause, observed string, args ...any) Ruling {
	return Ruling{Verdict: verdict.Fail, Cause: cause, Observed: fmt.Sprintf(observed, args...)}
}

func open(cause, observed string, args ...any) Ruling {
	return Ruling{Verdict: verdict.Inconclusive, Cause: cause, Observed: fmt.Sprintf(observed, args...)}
}

func (r Ruling) at(events ...int) Ruling {
	r.Events = append(r.Events, events...)
	return r
}

func (r Ruling) hint(format string, args ...any) Ruling {
	r.Hint = fmt.Sprintf(format, args...)
	return r
}

// All passes if every rule does. Otherwise it rules like the first that fails, or
// else like the first that is inconclusive. It needs at least one rule.
func All(rules ...Rule) Rule {
	if len(rules) == 0 {
		panic("judge: All without rules")
	}
	return func(v *View) Ruling {
		var undecided, passed *Ruling
		for _, rule := range rules {
			r := rule(v)
			switch {
			case r.Verdict == verdict.Fail:
				return r
			case r.Verdict == verdict.Inconclusive && undecided == nil:
				undecided = &r
			case r.Verdict == verdict.Pass && passed == nil:
				passed = &r
			}
		}
		if undecided != nil {
			return *undecided
		}
		return *passed
	}
}
