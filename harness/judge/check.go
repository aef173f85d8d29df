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
	// Refusal tells that a device passes by refusing something, or by stopping when it
	// is refused. Such a pass proves nothing of a device that was never served.
	Refusal bool
}

// Rule judges a view. What it cannot see it leaves inconclusive.
type Rule func(*View) Ruling

// Ruling is what a rule says of a view.
type Ruling struct {
	Verdict  verdict.Verdict // Pass, Fail, Inconclusive, or NotApplicable if the requirement does not bind the device
	Cause    string
	Observed string
	Hint     string
	Events   []int
	// Short tells that the device did not get as far as what was asked, so that a
	// rule which asks why rules more exactly.
	Short bool
	// Deaf tells that the ruling rests on what a device does that hears the vendor.
	Deaf bool
}

// Judge applies the check. It withholds a pass from a device that ended by itself, and
// what rests on observations that a flood kept out of the log. A device that the vendor
// sent no media, because of the address that it asked for, is not blamed for not hearing.
func (c Check) Judge(v *View) verdict.Finding {
	r := v.underFlood(v.explained(c.Rule(v)))
	if v.Withheld != nil && r.Deaf && r.Verdict != verdict.Pass {
		r = open("media-address-not-allowed", "%s; %s", v.Withheld.Text, r.Observed).at(append(r.Events, v.Withheld.Seq)...).
			hint("describe an address of the device's own in c= and a=rtcp; media is sent nowhere else")
	}
	if v.Died >= 0 && r.Verdict == verdict.Pass {
		// A crashed device does nothing wrong, which proves nothing.
		r = open("device-died", "%s; but the device ended by itself", r.Observed).at(append(r.Events, v.Died)...)
	}
	return verdict.Finding{Requirement: c.Requirement, Verdict: r.Verdict, Cause: r.Cause,
		Expected: c.Expected, Observed: r.Observed, Hint: r.Hint, Events: r.Events, Short: r.Short}
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

func unbound(cause, observed string, args ...any) Ruling {
	return Ruling{Verdict: verdict.NotApplicable, Cause: cause, Observed: fmt.Sprintf(observed, args...)}
}

func (r Ruling) at(events ...int) Ruling {
	r.Events = append(r.Events, events...)
	return r
}

func (r Ruling) hint(format string, args ...any) Ruling {
	r.Hint = fmt.Sprintf(format, args...)
	return r
}

// deaf marks a ruling on a device that does not show that it hears the vendor.
func (r Ruling) deaf() Ruling {
	r.Deaf = true
	return r
}

// short marks a ruling on a device that did not get far enough.
func (r Ruling) short() Ruling {
	r.Short = true
	return r
}

// leftOpen is the ruling of a rule that another one stands in the way of: it fails
// nobody for what it does not ask about.
func (r Ruling) leftOpen() Ruling {
	if r.Verdict == verdict.Fail {
		r.Verdict, r.Hint = verdict.Inconclusive, ""
	}
	return r
}

// Beside applies rules to a device that is served. What a device that is not does
// wrong still fails it, but proves nothing otherwise.
func Beside(served Rule, rules ...Rule) Rule {
	all := All(rules...)
	return func(v *View) Ruling {
		r := all(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		if s := served(v); s.Verdict != verdict.Pass {
			return s.leftOpen()
		}
		return r
	}
}

// Given applies rule to a device that obeys first. Another is left open: what it did
// wrong there is for others to judge.
func Given(first, rule Rule) Rule {
	return func(v *View) Ruling {
		if r := first(v); r.Verdict != verdict.Pass {
			return r.leftOpen()
		}
		return rule(v)
	}
}

// ServedOr asks for one of two: that the device is served, or that it obeys rule.
func ServedOr(served, rule Rule) Rule {
	return func(v *View) Ruling {
		if r := served(v); r.Verdict == verdict.Pass {
			return r
		}
		return rule(v)
	}
}

// Unshown is rule for a requirement of which a scenario cannot show that it is met: it
// can fail a device, and otherwise does not bind it here. Why says what would show it.
func Unshown(rule Rule, why string) Rule {
	return func(v *View) Ruling {
		r := rule(v)
		if r.Verdict == verdict.Pass {
			return unbound("not-shown", "%s; %s", r.Observed, why).at(r.Events...)
		}
		return r
	}
}

// All passes if every rule does that applies. Otherwise it rules like the first that
// fails, or else like the first that is inconclusive, or that does not apply if none
// does. It needs at least one rule.
func All(rules ...Rule) Rule {
	if len(rules) == 0 {
		panic("judge: All without rules")
	}
	return func(v *View) Ruling {
		var undecided, passed, unbinding *Ruling
		for _, rule := range rules {
			r := rule(v)
			switch {
			case r.Verdict == verdict.Fail:
				return r
			case r.Verdict == verdict.Inconclusive && undecided == nil:
				undecided = &r
			case r.Verdict == verdict.Pass && passed == nil:
				passed = &r
			case r.Verdict == verdict.NotApplicable && unbinding == nil:
				unbinding = &r
			}
		}
		if undecided != nil {
			return *undecided
		}
		if passed == nil {
			return *unbinding
		}
		return *passed
	}
}
