package results

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
)

// ClaimState is how far a claim holds.
type ClaimState string

// The states. Only the first says that the device conforms.
const (
	// ClaimConformant: every core scenario was concluded, and no scenario of the role
	// failed without a waiver in force.
	ClaimConformant ClaimState = "conformant"
	// ClaimNotConformant: one of them failed.
	ClaimNotConformant ClaimState = "not-conformant"
	// ClaimPartial: nothing failed and nothing is open, but core scenarios were not
	// asked: the filter left them out, or they do not apply to the device.
	ClaimPartial ClaimState = "partial"
	// ClaimInconclusive: nothing failed, but a scenario of level must is open.
	ClaimInconclusive ClaimState = "inconclusive"
)

// Claim is what a run says of a device in one role at one product.
type Claim struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Role    string `json:"role"`
	// Configuration is that of its results; empty for the device's usual one.
	Configuration string     `json:"configuration,omitempty"`
	State         ClaimState `json:"state"`
	Core          Coverage   `json:"core"`
	All           Coverage   `json:"all"`
	// LeftOut is how many core scenarios are not in the run.
	LeftOut int `json:"left_out"`
	// Missing are the capabilities that scenarios of the role need and the device does
	// not declare, sorted: what it was not asked about.
	Missing []string `json:"missing"`
}

// Coverage counts scenarios: those that were concluded, of all that there are.
type Coverage struct {
	Concluded int `json:"concluded"`
	Of        int `json:"of"`
}

// String tells a claim in one line, without what it leaves out.
func (c Claim) String() string {
	text := fmt.Sprintf("%s %s, %s: %s, %d of %d core scenarios concluded, %d of %d in all",
		c.Vendor, c.Product, c.Role, c.State, c.Core.Concluded, c.Core.Of, c.All.Concluded, c.All.Of)
	if c.Configuration != "" {
		text += ", as " + c.Configuration
	}
	return text
}

// lacking reports whether core scenarios were not applicable.
func (c Claim) lacking() bool {
	return c.State == ClaimPartial && c.Core.Concluded+c.LeftOut < c.Core.Of
}

// Claims returns what can be claimed by a run: a claim for each of the plan's parts, and
// each configuration, in which the device was asked anything. A part without a must has
// none, and nor has a shard. Claims uses the results and the plan alone, so that claims can be
// recomputed from results.json.
func Claims(run *Run) []Claim {
	if run.Plan.Shard != nil {
		return nil // what the other shards show is not known
	}
	type part struct{ vendor, product, role string }
	type place struct{ scenario, configuration string }
	placed := make(map[place]*Result, len(run.Results))
	parts := make(map[part][]*tallies)
	for i := range run.Results {
		// What was asked again stays open in the usual configuration.
		for r := &run.Results[i]; r != nil; r = r.Own {
			placed[place{r.Scenario, r.Configuration}] = r
			key := part{r.Vendor, r.Product, r.Role}
			at := slices.IndexFunc(parts[key], func(t *tallies) bool { return t.Configuration == r.Configuration })
			if at < 0 {
				at = len(parts[key])
				parts[key] = append(parts[key], &tallies{Claim: Claim{Configuration: r.Configuration}})
			}
			parts[key][at].add(r, run.AsOf)
		}
	}
	var claims []Claim
	for _, p := range run.Plan.Parts {
		all := parts[part{p.Vendor, p.Product, p.Role}]
		slices.SortStableFunc(all, func(a, b *tallies) int { return strings.Compare(a.Configuration, b.Configuration) })
		for _, own := range all {
			t := *own
			t.Vendor, t.Product, t.Role = p.Vendor, p.Product, p.Role
			t.Core.Of, t.All.Of, t.Missing = len(p.Core), p.Scenarios, slices.Clone(t.Missing)
			for _, id := range p.Core {
				t.addCore(placed[place{id, t.Configuration}], run.AsOf)
			}
			if t.ran && (t.Core.Of > 0 || t.failed+t.open > 0) {
				claims = append(claims, t.claim(run.CutShort() != ""))
			}
		}
	}
	return claims
}

// tallies are the counts that give a claim its state.
type tallies struct {
	Claim
	ran          bool
	failed, open int // results
	lacking      int // core scenarios that are not applicable
}

// add counts a result of the part.
func (t *tallies) add(r *Result, asOf string) {
	t.ran = t.ran || r.Verdict != verdict.NotApplicable
	t.Missing = append(t.Missing, r.Missing...)
	if r.concluded() {
		t.All.Concluded++
	}
	t.weigh(r, asOf)
}

// weigh counts what stands against a claim.
func (t *tallies) weigh(r *Result, asOf string) {
	switch {
	case r.failed(asOf):
		t.failed++
	case r.open():
		t.open++
	}
}

// addCore counts a core scenario; nil if it is not in the run. Of one that a configuration
// gives up, nothing is judged in it.
func (t *tallies) addCore(r *Result, asOf string) {
	switch {
	case r == nil, r.Configuration != "" && r.Verdict == verdict.Observed:
		t.LeftOut++
	case r.Verdict == verdict.NotApplicable:
		t.lacking++
		t.Missing = append(t.Missing, r.Missing...)
	case r.concluded():
		t.Core.Concluded++
		t.weigh(r, asOf)
	default:
		t.open++
	}
}

// claim returns the claim. What is absent from a run that was cut short is open.
func (t *tallies) claim(cut bool) Claim {
	slices.Sort(t.Missing)
	t.Missing = list(slices.Compact(t.Missing))
	switch {
	case t.failed > 0:
		t.State = ClaimNotConformant
	case t.open > 0 || cut && t.LeftOut > 0:
		t.State = ClaimInconclusive
	case t.lacking+t.LeftOut > 0:
		t.State = ClaimPartial
	default:
		t.State = ClaimConformant
	}
	return t.Claim
}

// concluded reports whether what was seen decides the scenario.
func (r *Result) concluded() bool {
	return r.Verdict == verdict.Pass || r.Verdict == verdict.Deviation || r.Verdict == verdict.Fail
}

// failed reports whether the scenario failed without a waiver in force.
func (r *Result) failed(asOf string) bool {
	return r.Verdict == verdict.Fail && !r.Waived.Holds(asOf)
}

// open reports whether the result leaves a must unknown, or is the harness's error. A
// waived fail does not hide what was never concluded.
func (r *Result) open() bool {
	switch r.Verdict {
	case verdict.Inconclusive:
		return r.Level == must
	case verdict.Fail:
		return r.Level == must && hasInconclusive(r.Findings)
	case verdict.Pass, verdict.Deviation, verdict.NotApplicable, verdict.Observed:
		return false
	}
	return true
}
