package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// claimTable has a row for each product and a column for each role.
type claimTable struct {
	Roles []string
	Rows  []claimRow
}

type claimRow struct {
	Vendor, Product string
	Cells           [][]results.Claim // by role; several of one role are of several configurations
}

// newClaimTable returns the claims of a run by product, in its order, and role.
func newClaimTable(run *results.Run) claimTable {
	var t claimTable
	for _, c := range run.Claims {
		if !slices.Contains(t.Roles, c.Role) {
			t.Roles = append(t.Roles, c.Role)
		}
	}
	slices.SortFunc(t.Roles, byRole)
	for _, c := range run.Claims {
		at := slices.IndexFunc(t.Rows, func(r claimRow) bool { return r.Vendor == c.Vendor && r.Product == c.Product })
		if at < 0 {
			at = len(t.Rows)
			t.Rows = append(t.Rows, claimRow{c.Vendor, c.Product, make([][]results.Claim, len(t.Roles))})
		}
		in := slices.Index(t.Roles, c.Role)
		t.Rows[at].Cells[in] = append(t.Rows[at].Cells[in], c)
	}
	return t
}

// byRole sorts roles by how often devices have them.
func byRole(a, b string) int {
	order := []string{"register", "call-out", "call-in", "call-in-listener", "options", "https", "tls-connect"}
	return cmp.Or(slices.Index(order, a)-slices.Index(order, b), cmp.Compare(a, b))
}

// unclaimed is a part of the plan in which the device was asked nothing, so that there
// is no claim.
type unclaimed struct {
	results.Part
	Missing []string // capabilities that the device lacks
}

// notClaimed returns the parts of a run without a claim; none of a shard, which has no claim at all.
func notClaimed(run *results.Run) []unclaimed {
	if run.Plan.Shard != nil {
		return nil // the others know
	}
	var all []unclaimed
	for _, p := range run.Plan.Parts {
		claimed := func(c results.Claim) bool { return c.Vendor == p.Vendor && c.Product == p.Product && c.Role == p.Role }
		if slices.ContainsFunc(run.Claims, claimed) {
			continue
		}
		one := unclaimed{Part: p}
		for i := range run.Results {
			if r := &run.Results[i]; r.Vendor == p.Vendor && r.Product == p.Product && r.Role == p.Role {
				one.Missing = append(one.Missing, r.Missing...)
			}
		}
		slices.Sort(one.Missing)
		one.Missing = slices.Compact(one.Missing)
		all = append(all, one)
	}
	return all
}

// unaskedPart is what a device was not asked in a role, for want of a capability.
type unaskedPart struct {
	Vendor, Product, Role string
	Missing               []string
	Nothing               bool // so that there is no claim
}

// unasked returns what was not asked, claim by claim, and then the parts without a claim.
func unasked(run *results.Run) []unaskedPart {
	var all []unaskedPart
	for _, c := range run.Claims {
		if len(c.Missing) > 0 {
			all = append(all, unaskedPart{c.Vendor, c.Product, c.Role, c.Missing, false})
		}
	}
	for _, p := range notClaimed(run) {
		all = append(all, unaskedPart{p.Vendor, p.Product, p.Role, p.Missing, true})
	}
	return all
}

// claimGlyph returns a sign for the state of a claim.
func claimGlyph(s results.ClaimState) string {
	switch s {
	case results.ClaimConformant:
		return Glyph(verdict.Pass)
	case results.ClaimNotConformant:
		return Glyph(verdict.Fail)
	case results.ClaimPartial:
		return "◐"
	}
	return Glyph(verdict.Inconclusive)
}

func claimColour(s results.ClaimState) string {
	switch s {
	case results.ClaimConformant:
		return green
	case results.ClaimNotConformant:
		return red
	case results.ClaimPartial:
		return yellow
	}
	return purple
}

// roleWords says what a device does in a role.
func roleWords(role string) string {
	switch role {
	case "register":
		return "registers"
	case "call-out":
		return "places calls"
	case "call-in":
		return "takes calls over its registration"
	case "call-in-listener":
		return "takes calls at its own server"
	case "options":
		return "sends OPTIONS"
	case "https":
		return "fetches pages"
	case "tls-connect":
		return "connects to ports"
	}
	return role
}

// Partial reports whether a conformant run leaves core scenarios out.
func Partial(run *results.Run) bool {
	return run.Outcome == results.Conformant &&
		slices.ContainsFunc(run.Claims, func(c results.Claim) bool { return c.State == results.ClaimPartial })
}

// tellClaims returns how many claims have each state, such as "2 conformant, 1 partial".
func tellClaims(claims []results.Claim) string {
	var parts []string
	for _, s := range []results.ClaimState{
		results.ClaimConformant, results.ClaimNotConformant, results.ClaimPartial, results.ClaimInconclusive,
	} {
		n := 0
		for _, c := range claims {
			if c.State == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(s), "-", " ")))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// folded maps scenarios to those that their fault blocks. What a scenario that reports
// do not show in full would block is not folded, nor what blocks itself.
func folded(run *results.Run) map[string][]*results.Result {
	shown := make(map[string]bool)
	for i := range run.Results {
		switch r := &run.Results[i]; r.Verdict {
		case verdict.Fail, verdict.Deviation, verdict.Error:
			shown[r.Scenario] = true
		}
	}
	by := make(map[string][]*results.Result)
	for i := range run.Results {
		if r := &run.Results[i]; r.Blocked != nil && r.Verdict == verdict.Inconclusive && shown[r.Blocked.Scenario] {
			by[r.Blocked.Scenario] = append(by[r.Blocked.Scenario], r)
		}
	}
	return by
}

// blockedOf counts the results that a fault elsewhere left inconclusive.
func blockedOf(run *results.Run) int {
	n := 0
	for i := range run.Results {
		if run.Results[i].Blocked != nil {
			n++
		}
	}
	return n
}

// scenarios spells a number of scenarios.
func scenarios(n int) string { return plural(n, "scenario") }

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
