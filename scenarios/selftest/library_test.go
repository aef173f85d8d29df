package selftest

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/sdes/tables"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios"
)

// forge makes the certificates of all runs: a quarter of a run's work is the search for RSA keys.
var forge = sync.OnceValue(func() *certs.Forge { return vendor.NewForge(1) })

func load(t *testing.T) *scenarios.Library {
	t.Helper()
	l, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// conclude runs what the options select, and returns the record of it.
func conclude(t *testing.T, library *scenarios.Library, options scenarios.Options) *results.Run {
	t.Helper()
	c, err := scenarios.Prepare(t.Context(), library, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestEveryRowIsAccountedFor: a requirement has either a scenario or a reason why no test
// on the wire can see it, not both. That holds of rows that fail no device too, so that
// who reads the list finds one of the two beside each.
func TestEveryRowIsAccountedFor(t *testing.T) {
	t.Parallel()
	l := load(t)
	short := make(map[string]bool) // vendors that this machine cannot emulate completely
	for _, n := range l.NotEmulated {
		short[n.Vendor] = true
		short["rfc"] = true // whose rows may be asked at that vendor alone
	}
	for _, a := range catalogue.Coverage(l.Requirements.All(), l.Exercised()) {
		lacks := a.State == catalogue.Gap || a.State == catalogue.Open
		if lacks && !short[a.Requirement.Vendor] || a.State == catalogue.Stale {
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

// TestTabledOffersFollowTheCatalogue: an offer of fixtures/sdes has the level of the
// requirement that it is asked for.
func TestTabledOffersFollowTheCatalogue(t *testing.T) {
	t.Parallel()
	requirements := load(t).Requirements
	for _, o := range tables.Offers() {
		if row, known := requirements.Lookup(o.Requirement); o.Requirement != "" && (!known || string(row.Level) != o.Level) {
			t.Errorf("%s is a %s, and %s a %q", o.Name, o.Level, o.Requirement, row.Level)
		}
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

// TestNames: no two scenarios have the same customer at their vendor.
func TestNames(t *testing.T) {
	t.Parallel()
	named := make(map[string]string)
	for _, s := range load(t).Scenarios {
		name := (&bench.Bench{ID: s.ID}).Name()
		if other, is := named[name]; is {
			t.Errorf("%s and %s are both %s", s.ID, other, name)
		}
		named[name] = s.ID
	}
}

// TestEveryRecipeIsPlanted: a defect that package certs can make is asked of devices,
// or there is a reason why not.
func TestEveryRecipeIsPlanted(t *testing.T) {
	t.Parallel()
	left := map[string]string{
		"root-expired":         "the device would need another root than in its control",
		"ip-as-dns-name":       "asked by /certificate/address or /by-address",
		"leaf-not-first":       "refused for the name or for the key",
		"wildcard":             "legal at the vendors that have one",
		"leaf-is-ca":           "no RFC has a rule for it",
		"key-mismatch":         "OpenSSL's servers load no such key",
		"md5-signature":        "OpenSSL's servers do not show it",
		"intermediate-revoked": "the intermediate names no list",
	}
	planted := make(map[string]bool)
	for _, s := range load(t).Scenarios {
		if _, name, is := strings.Cut(s.ID, "/certificate/"); is {
			planted[name] = true
		}
	}
	for _, r := range certs.Recipes() {
		// Twilio's own certificate has the scenario of that name.
		if _, excused := left[r.Name]; planted[r.Name] == excused && r.Name != "wildcard" {
			t.Errorf("%s: planted %v, excused %v", r.Name, planted[r.Name], excused)
		}
		delete(left, r.Name)
	}
	if len(left) > 0 {
		t.Errorf("excuses for no recipe: %v", left)
	}
}
