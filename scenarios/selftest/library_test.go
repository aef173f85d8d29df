package selftest

import (
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/scenarios"
)

func load(t *testing.T) *scenarios.Library {
	t.Helper()
	l, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestEveryRowIsAccountedFor: a requirement that can fail a device has either a scenario
// or a reason why no test on the wire can see it, not both.
func TestEveryRowIsAccountedFor(t *testing.T) {
	t.Parallel()
	l := load(t)
	short := make(map[string]bool) // vendors that this machine cannot emulate completely
	for _, n := range l.NotEmulated {
		short[n.Vendor] = true
	}
	for _, a := range catalogue.Coverage(l.Requirements.All(), l.Exercised()) {
		if a.State == catalogue.Gap && !short[a.Requirement.Vendor] || a.State == catalogue.Stale {
			t.Errorf("%s is %s: %s", a.Requirement.ID, a.State, a.Requirement.Title)
		}
	}
}

// TestOddities: the catalogue has every requirement that a table of ports cites for a
// contradiction in the vendor's document.
func TestOddities(t *testing.T) {
	t.Parallel()
	l := load(t)
	flagged := 0
	for _, p := range l.Products {
		for _, r := range p.Revisions {
			if r.Ports == nil {
				continue
			}
			for _, row := range r.Ports.Rows {
				for _, id := range row.Oddities {
					flagged++
					if _, known := l.Requirements.Lookup(id); !known {
						t.Errorf("%s %s, %s: the catalogue has no %s", p.Vendor, p.Product, row.Application, id)
					}
				}
			}
		}
	}
	if flagged == 0 {
		t.Error("no table cites anything")
	}
}

// TestLabelsCanBeFiltered: no label has a character that means something in a filter,
// and the id: label selects one scenario.
func TestLabelsCanBeFiltered(t *testing.T) {
	t.Parallel()
	l := load(t)
	for _, s := range l.Scenarios {
		if i := slices.IndexFunc(s.Labels(), func(label string) bool { return strings.ContainsAny(label, "&|!,()/{}") }); i >= 0 {
			t.Errorf("%s has the label %q", s.ID, s.Labels()[i])
		}
	}
	one := l.Scenarios[len(l.Scenarios)/2]
	match, err := types.ParseLabelFilter(one.Label())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Scenarios {
		if match(s.Labels()) != (s.ID == one.ID) {
			t.Errorf("%q selects %s: %v", one.Label(), s.ID, s.ID != one.ID)
		}
	}
}

// TestRefusalsHaveControls: a scenario that a device passes by refusing an offer or
// rejecting a certificate names a control.
func TestRefusalsHaveControls(t *testing.T) {
	t.Parallel()
	for _, s := range load(t).Scenarios {
		refusal := strings.Contains(s.ID, "/offer/") && strings.Contains(s.Checks[0].Expected, "refuses") ||
			strings.Contains(s.ID, "/certificate/") && strings.Contains(s.Checks[0].Expected, "refuses")
		if refusal && s.Control == "" {
			t.Errorf("%s has no control", s.ID)
		}
	}
}
