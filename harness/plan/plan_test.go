package plan_test

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// TestFilterThenControls: a plan has the scenarios that the filter selects and their
// controls, in the order of the catalogue, and nothing else.
func TestFilterThenControls(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{
		scenario("refused", control("good"), area("certificate")),
		scenario("other"),
		scenario("good", control("better")),
		scenario("refused-too", control("good"), area("certificate")),
		scenario("better"),
	}
	for filter, want := range map[string]struct{ scenarios, controls string }{
		"area:certificate":                   {"refused good refused-too better", "good better"},
		"id:acme:voice:refused":              {"refused good better", "good better"},
		"id:acme:voice:good":                 {"good better", "better"},
		"id:acme:voice:other":                {"other", ""},
		"":                                   {"refused other good refused-too better", ""},
		"vendor:acme && !id:acme:voice:good": {"refused other good refused-too better", "good"},
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			o := options(t, filter)
			p, err := plan.New(all, products(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(p); got != want.scenarios {
				t.Errorf("runs %q, want %q", got, want.scenarios)
			}
			var controls []string
			for _, c := range p.Controls {
				controls = append(controls, strings.TrimPrefix(c, "acme/voice/"))
			}
			if got := strings.Join(controls, " "); got != want.controls {
				t.Errorf("added as controls: %q, want %q", got, want.controls)
			}
			if p.Filter != o.Filter {
				t.Errorf("the record says filter %q", p.Filter)
			}
		})
	}
}

// TestPrior: a scenario comes after those that it rests on, and after those of its product
// and role alone.
func TestPrior(t *testing.T) {
	t.Parallel()
	calls := func(s *plan.Scenario) { s.Direction = plan.ToVendor }
	elsewhere := func(s *plan.Scenario) { s.Product = "trunking" }
	p := &plan.Plan{Scenarios: []*plan.Scenario{
		scenario("refused", control("good")), scenario("call", calls), scenario("other"), scenario("far", elsewhere),
		scenario("good", control("absent")), scenario("call-too", calls),
	}}
	want := map[string]string{"refused": "good", "other": "refused", "call-too": "call"}
	got := make(map[string]string)
	for id, before := range p.Prior() {
		got[strings.TrimPrefix(id, "acme/voice/")] = strings.TrimPrefix(before, "acme/voice/")
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestRevisions: a plan has the scenarios of the first revision and of the one in force.
// A scenario of both is there once.
func TestRevisions(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{
		scenario("both", in("seed-era", "current", "next")),
		scenario("old", in("seed-era")),
		scenario("now", in("current")),
		scenario("soon", in("next")),
	}
	for date, want := range map[string]struct{ scenarios, revisions string }{
		"2020-01-01": {"both old", "seed-era"},
		"2022-03-31": {"both old", "seed-era"},
		"2022-04-01": {"both old now", "seed-era current"},
		"2029-12-31": {"both old now", "seed-era current"},
		"2030-01-01": {"both old soon", "seed-era next"},
	} {
		t.Run(date, func(t *testing.T) {
			t.Parallel()
			p, err := plan.New(all, products(), plan.Options{AsOf: day(date)})
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(p); got != want.scenarios {
				t.Errorf("runs %q, want %q", got, want.scenarios)
			}
			var revisions []string
			for _, r := range p.Revisions {
				if r.Vendor != "acme" || r.Product != "voice" {
					t.Errorf("has the revision %v, and no scenario of it", r)
				}
				revisions = append(revisions, r.Revision)
			}
			if got := strings.Join(revisions, " "); got != want.revisions {
				t.Errorf("has the revisions %q, want %q", got, want.revisions)
			}
		})
	}
}

// TestTooEarly: a plan is refused for a day before the first date of every profile that it asks about, and of no other.
func TestTooEarly(t *testing.T) {
	t.Parallel()
	trunk := scenario("x", in("seed-era"))
	trunk.ID, trunk.Product = "acme/trunk/x", "trunk"
	all := []*plan.Scenario{scenario("good"), trunk}
	dated := products()
	dated[1].Revisions[0].From = "2018-06-01"
	for name, c := range map[string]struct {
		filter, day, first string // first is empty where there is a plan
	}{
		"the first day":                       {"product:voice", "2020-01-01", ""},
		"the day before":                      {"product:voice", "2019-12-31", "2020-01-01"},
		"the earliest of two":                 {"", "2018-06-01", ""},
		"before both":                         {"", "2018-05-31", "2018-06-01"},
		"before the one that is not asked of": {"product:trunk", "2019-12-31", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, c.filter)
			o.AsOf = day(c.day)
			_, err := plan.New(all, dated, o)
			if wrong := errors.Is(err, plan.ErrTooEarly); wrong != (c.first != "") || err != nil && !strings.Contains(err.Error(), c.first) {
				t.Errorf("%v, want %q named", err, c.first)
			}
		})
	}
}

// TestRevisionsAreTheProducts: a product's revision selects no scenario of another
// product that has a revision of the same name.
func TestRevisionsAreTheProducts(t *testing.T) {
	t.Parallel()
	trunk := scenario("x", in("current"))
	trunk.ID, trunk.Product = "acme/trunk/x", "trunk"
	p, err := plan.New([]*plan.Scenario{trunk}, products(), plan.Options{AsOf: day("2023-01-01")})
	if !errors.Is(err, plan.ErrNothingSelected) {
		t.Errorf("the plan is %v, %v", p, err)
	}
}

func TestNothingSelected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		all []*plan.Scenario
		o   plan.Options
	}{
		"no such label":   {[]*plan.Scenario{scenario("a")}, options(t, "vendor:nobody")},
		"not yet in rule": {[]*plan.Scenario{scenario("a", in("next"))}, options(t, "")},
		"no scenarios":    {nil, options(t, "vendor:acme")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.New(c.all, products(), c.o)
			if p != nil || !errors.Is(err, plan.ErrNothingSelected) {
				t.Fatalf("the plan is %v, %v", p, err)
			}
			for _, part := range []string{`"` + c.o.Filter + `"`, "sipconform list"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %s", err, part)
				}
			}
		})
	}
}

// TestControlsThatGoInACircle: New returns even if controls form a circle.
func TestControlsThatGoInACircle(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{scenario("a", control("b")), scenario("b", control("a")), scenario("c", control("c"))}
	p, err := plan.New(all, products(), options(t, "id:acme:voice:b || id:acme:voice:c"))
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(p); got != "a b c" {
		t.Errorf("runs %q", got)
	}
}

// TestHash: two plans have the same hash exactly if they ask the same.
func TestHash(t *testing.T) {
	t.Parallel()
	catalogue := func(edits ...func(*plan.Scenario)) []*plan.Scenario {
		return []*plan.Scenario{scenario("a"), scenario("b"), scenario("c", append([]func(*plan.Scenario){control("a")}, edits...)...)}
	}
	hash := func(all []*plan.Scenario, o plan.Options) string {
		t.Helper()
		p, err := plan.New(all, products(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(p.Hash) {
			t.Fatalf("the hash is %q", p.Hash)
		}
		return p.Hash
	}
	want := hash(catalogue(), options(t, ""))
	for name, o := range map[string]plan.Options{
		"again":                        options(t, ""),
		"the same selected by a word":  options(t, "vendor:acme"),
		"another day of the same rule": {AsOf: day("2024-05-05")},
	} {
		if got := hash(catalogue(), o); got != want {
			t.Errorf("%s: %s, was %s", name, got, want)
		}
	}
	if got := hash(catalogue(func(s *plan.Scenario) { s.Title = "better said" }), options(t, "")); got != want {
		t.Errorf("another title gives another hash")
	}
	seen := map[string]string{want: "the whole"}
	for name, all := range map[string][]*plan.Scenario{
		"one fewer":             catalogue()[:2],
		"another order":         reversed(catalogue()),
		"another requirement":   catalogue(asks("AC-TLS-02")),
		"one more requirement":  catalogue(asks("AC-TLS-01", "AC-TLS-02")),
		"another control":       catalogue(control("b")),
		"no control":            catalogue(func(s *plan.Scenario) { s.Control = "" }),
		"another area":          catalogue(area("srtp")),
		"true of fewer":         catalogue(in("current")),
		"another level":         catalogue(func(s *plan.Scenario) { s.Level = "should" }),
		"another direction":     catalogue(func(s *plan.Scenario) { s.Direction = plan.HTTPS }),
		"a scenario of another": catalogue(func(s *plan.Scenario) { s.ID += "2" }),
	} {
		got := hash(all, options(t, ""))
		if other, is := seen[got]; is {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[got] = name
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	s := scenario("a", func(s *plan.Scenario) {
		s.Needs = []device.Capability{device.CanRegister, device.LeverTLSVersion, "tls:1.0"}
	})
	for name, c := range map[string]struct {
		can  device.Capabilities
		want []device.Capability
	}{
		"all of it":  {device.Capabilities{"tls:1.0", device.CanRegister, device.LeverTLSVersion}, nil},
		"some of it": {device.Capabilities{device.CanRegister, "tls:1.2"}, []device.Capability{device.LeverTLSVersion, "tls:1.0"}},
		"none":       {nil, s.Needs},
	} {
		if got := plan.Missing(s, c.can); !slices.Equal(got, c.want) {
			t.Errorf("%s: lacks %v, want %v", name, got, c.want)
		}
	}
}
