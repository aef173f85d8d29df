package judge

import (
	"fmt"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Check asks a view about one requirement.
type Check struct {
	Requirement string
	// Expected says in a sentence what a conforming device is seen to do.
	Expected string
	Rule     Rule
}

// Rule looks at a view and rules. It gives no verdict on what it could not see.
type Rule func(*View) Ruling

// Ruling is what a rule makes of a view.
type Ruling struct {
	Verdict  verdict.Verdict // Pass, Fail or Inconclusive
	Cause    string
	Observed string
	Hint     string
	Events   []int
}

// Judge applies the check.
func (c Check) Judge(v *View) verdict.Finding {
	r := c.Rule(v)
	if v.Died >= 0 && r.Verdict == verdict.Pass {
		// What a device that has crashed does not do proves nothing.
		r = open("device-died", "%s; but the device ended by itself", r.Observed).at(append(r.Events, v.Died)...)
	}
	if v.Standstill >= 0 && r.Verdict == verdict.Fail {
		// Device and mock may both have run into their limits.
		r = open("machine-stood-still", "%s; but the machine stood still meanwhile", r.Observed).at(append(r.Events, v.Standstill)...)
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

// All passes if every rule does; else it rules like the first that fails, or
// the first that could not tell. It wants at least one rule.
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
