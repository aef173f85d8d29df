package scenarios

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
)

// What a record says beside the verdicts follows from the library, the plan and the device.

// SelfTest returns the scores of package selftest, which holds the file to them, for the
// record of the reference device; nil for that of any other.
func SelfTest(device string) (*results.SelfTest, error) {
	if device != ReferenceName {
		return nil, nil
	}
	data, err := fixtures.FS.ReadFile("selftest/scores.json")
	if err != nil {
		return nil, err
	}
	scores := new(results.SelfTest)
	return scores, json.Unmarshal(data, scores)
}

// Advice returns what the plan's vendors say about devices with the device's capabilities,
// and about those that say that they are certain releases.
func (l *Library) Advice(p *plan.Plan, d results.Device) []results.Advice {
	said := append(slices.Clone(d.Agents), d.Name+" "+d.Version)
	var advice []results.Advice
	for _, r := range l.Requirements.All() {
		planned := slices.ContainsFunc(p.Revisions, func(p plan.Revision) bool { return p.Vendor == r.Vendor })
		concerned := slices.ContainsFunc(r.Concerns, func(kind string) bool { return slices.Contains(d.Capabilities, kind) }) ||
			slices.ContainsFunc(r.Releases, func(release catalogue.Release) bool { return slices.ContainsFunc(said, release.Said) })
		if planned && concerned {
			advice = append(advice, results.Advice{Requirement: r.ID, Title: r.Title, Text: r.Text, Source: strings.Join(r.Sources, ", ")})
		}
	}
	return advice
}

// Lacks returns what this machine cannot emulate of the plan's products.
func (l *Library) Lacks(p *plan.Plan) []results.NotEmulated {
	return l.lacking(func(n results.NotEmulated) bool {
		return slices.ContainsFunc(p.Revisions, func(r plan.Revision) bool { return r.Vendor == n.Vendor && r.Product == n.Product })
	})
}

// LacksAt returns what this machine cannot emulate of one product.
func (l *Library) LacksAt(vendor, product string) []results.NotEmulated {
	return l.lacking(func(n results.NotEmulated) bool { return n.Vendor == vendor && n.Product == product })
}

func (l *Library) lacking(of func(results.NotEmulated) bool) []results.NotEmulated {
	var missing []results.NotEmulated
	for _, n := range l.NotEmulated {
		if of(n) {
			missing = append(missing, n)
		}
	}
	return missing
}
