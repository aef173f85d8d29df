package unsolicited

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Judge judges episodes of one run, one after the other in the order in which they began. What a device missed in one
// is blamed there, and blocked in the later ones of the same role.
type Judge struct {
	product      *profile.Product
	revision     profile.Revision
	scenarios    []*plan.Scenario // of the product and the revision
	requirements *catalogue.Catalogue
	earlier      map[part]*engine.Standing
}

// part is what a device does in one role.
type part struct {
	device netip.Addr
	role   profile.Role
}

// NewJudge returns a judge of what devices do at a product under a revision of its rules. Of all scenarios, it takes
// those that hold there.
func NewJudge(product *profile.Product, revision profile.Revision, all []*plan.Scenario, requirements *catalogue.Catalogue) *Judge {
	j := &Judge{product: product, revision: revision, requirements: requirements, earlier: make(map[part]*engine.Standing)}
	for _, s := range all {
		if s.Vendor == product.Vendor && s.Product == product.Product && slices.Contains(s.Revisions, revision.Revision) {
			j.scenarios = append(j.scenarios, s)
		}
	}
	// What a claim would rest on comes first, so that a fault is blamed there.
	slices.SortStableFunc(j.scenarios, func(a, b *plan.Scenario) int { return min(len(b.CoreOf), 1) - min(len(a.CoreOf), 1) })
	return j
}

// Judged is what an episode came to.
type Judged struct {
	Results []results.Result
	Agents  []string // what the device called itself
	// Why says why there are no results; it is empty if there are.
	Why string
}

// Episode judges an episode: a result for each scenario that it is about, of the checks that it decides. It is a pure
// function of the episode and of those before it.
func (j *Judge) Episode(e *Episode) Judged {
	var all Judged
	view := judge.NewView(e.Events)
	all.Agents = view.Agents()
	at := part{e.Device, e.Role}
	earlier := j.earlier[at]
	said := make(map[ruling]bool)
	nearest := anotherRole
	for _, s := range j.scenarios {
		if o := j.obstacle(s, e, view); o != none {
			nearest = max(nearest, o)
			continue
		}
		decided := *s
		if decided.Checks = decidedBy(s.Checks, view, said, e.Role == profile.Connecting); len(decided.Checks) == 0 {
			nearest = nothingDecided
			continue
		}
		standing := engine.Judge(&decided, j.requirements, e.Events, engine.Rests{Earlier: earlier})
		earlier, j.earlier[at] = standing.Beside(), standing
		r := standing.Result
		r.Seen, r.DurationMS = e.Name, e.Lasted().Milliseconds()
		all.Results = append(all.Results, r)
		for _, f := range r.Findings {
			said[ruling{f.Requirement, f.Cause}] = f.Verdict == verdict.Pass
		}
	}
	if len(all.Results) == 0 {
		all.Why = nearest.String()
	}
	return all
}

// setUp are the causes of a device whose user has given it no password, or a wrong one, or has not imported the roots.
var setUp = []string{"challenge-not-answered", "credentials-refused", "certificate-refused"}

// ruling is what a check comes to.
type ruling struct{ requirement, cause string }

// decidedBy returns the checks that an episode decides by itself, without those that pass as an earlier scenario of the
// episode passed. A refusal proves nothing without a control, and nor does what the device's user may have set up so: that
// it does not get far, or has no password, or a wrong one. Of a handshake that failed, what did not happen proves nothing.
func decidedBy(checks []judge.Check, v *judge.View, said map[ruling]bool, failed bool) []judge.Check {
	var decided []judge.Check
	for _, c := range checks {
		if c.Refusal {
			continue
		}
		f, sound := finding(c, v)
		passed := f.Verdict == verdict.Pass
		repeats := passed && said[ruling{f.Requirement, f.Cause}]
		unshown := passed && failed && len(f.Events) == 0
		if sound && (f.Short || slices.Contains(setUp, f.Cause) || repeats || unshown || !passed && f.Verdict != verdict.Fail) {
			continue
		}
		decided = append(decided, c)
	}
	return decided
}

// finding applies a check. It is not sound if the check panics, which is for the engine to tell.
func finding(c judge.Check, v *judge.View) (f verdict.Finding, sound bool) {
	defer func() {
		if recover() != nil {
			sound = false
		}
	}()
	return c.Judge(v), true
}

// Seen returns what a record says of an episode, and of what it came to.
func Seen(e *Episode, judged Judged) results.Seen {
	return results.Seen{Name: e.Name, Role: string(e.Role), Device: e.Device.String(), BeganMS: e.Began().Milliseconds(),
		LastedMS: e.Lasted().Milliseconds(), Settings: e.Settings, LeftOut: e.LeftOut, Judged: len(judged.Results) > 0, Why: judged.Why}
}

// Address reads what [Seen] says of a device's address.
func Address(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Errorf("unsolicited: %q is no address of a device", text)
	}
	return a, nil
}

// RoleOf returns the role in which a device is in observations of an episode at a product; empty if they are of none.
func RoleOf(product *profile.Product, events []observation.Event) profile.Role {
	var found profile.Role
	s := NewSorter(product, func() map[string]string { return nil }, func(e Episode) {
		if found == "" {
			found = e.Role
		}
	})
	for _, e := range events {
		s.Take(e)
	}
	s.Change()
	return found
}
