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

// TestEveryRowIsAccountedFor: a row that can fail a device has exactly one of a
// scenario and a reason why the wire cannot show it.
func TestEveryRowIsAccountedFor(t *testing.T) {
	t.Parallel()
	l := load(t)
	short := make(map[string]bool) // vendors of whom this machine cannot show everything
	for _, n := range l.NotEmulated {
		short[n.Vendor] = true
	}
	for _, a := range catalogue.Coverage(l.Requirements.All(), l.Exercised()) {
		if a.State == catalogue.Gap && !short[a.Requirement.Vendor] || a.State == catalogue.Stale {
			t.Errorf("%s is %s: %s", a.Requirement.ID, a.State, a.Requirement.Title)
		}
	}
}

// TestOddities: what is flagged as strange in a vendor's table is in the
// catalogue.
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
						t.Errorf("%s %s, %s: there is no row %s", p.Vendor, p.Product, row.Application, id)
					}
				}
			}
		}
	}
	if flagged == 0 {
		t.Error("nothing is flagged")
	}
}

// TestLabelsCanBeFiltered: no label has a character that a filter cannot name,
// and each scenario can be selected alone.
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

// TestRefusalsHaveControls: a scenario whose pass rests on the device refusing
// something names the good case that backs it.
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
