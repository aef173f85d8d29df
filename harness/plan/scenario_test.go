package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/harness/plan"
)

func TestRequirements(t *testing.T) {
	t.Parallel()
	s := scenario("a", asks("AC-2", "AC-1", "AC-2"))
	if got := s.Requirements(); !slices.Equal(got, []string{"AC-2", "AC-1"}) {
		t.Errorf("asks about %v: each once, in the order of the checks", got)
	}
	if got := scenario("a", asks()).Requirements(); got != nil {
		t.Errorf("asks about %v", got)
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	s := scenario("register/tls1.1", in("seed-era", "current"), asks("AC-1", "AC-2"))
	want := []string{
		"vendor:acme", "product:voice", "profile:seed-era", "profile:current", "direction:register", "area:tls", "level:must",
		"req:AC-1", "req:AC-2", "id:acme:voice:register:tls1.1",
	}
	got := s.Labels()
	if !slices.Equal(got, want) {
		t.Errorf("labels are\n%q, want\n%q", got, want)
	}
	for _, label := range got {
		if cleaned, err := types.ValidateAndCleanupLabel(label, types.CodeLocation{}); err != nil || cleaned != label {
			t.Errorf("%q is not a label in the grammar of filters: %v", label, err)
		}
		// Users paste labels into filters, so a label as a filter must select its scenario.
		if match, err := types.ParseLabelFilter(label); err != nil || !match(got) {
			t.Errorf("filter %q does not select the scenario: %v", label, err)
		}
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	edit := func(f func(*plan.Scenario)) []*plan.Scenario { return []*plan.Scenario{scenario("a", f)} }
	for name, c := range map[string]struct {
		all  []*plan.Scenario
		want []string // a part of each fault
	}{
		"sound":                          {[]*plan.Scenario{scenario("a"), scenario("b", control("a")), scenario("c/d-1.2", control("b"))}, nil},
		"nothing":                        {nil, nil},
		"two of a name":                  {[]*plan.Scenario{scenario("a"), scenario("a")}, []string{"acme/voice/a exists twice"}},
		"capitals in an ID":              {[]*plan.Scenario{scenario("TLS")}, []string{"acme/voice/TLS: write the ID as a slug"}},
		"a space in the middle of an ID": {[]*plan.Scenario{scenario("tls 1.2")}, []string{"write the ID as a slug"}},
		"an underscore in an ID":         {[]*plan.Scenario{scenario("tls_12")}, []string{"write the ID as a slug"}},
		"an ID that leads elsewhere":     {[]*plan.Scenario{scenario("../../x")}, []string{"write the ID as a slug"}},
		"an ID with an empty part":       {[]*plan.Scenario{scenario("tls//a")}, []string{"write the ID as a slug"}},
		"an ID that ends in a slash":     {[]*plan.Scenario{scenario("tls/")}, []string{"write the ID as a slug"}},
		"another vendor's ID":            {edit(func(s *plan.Scenario) { s.Vendor = "other" }), []string{"that begins with other/voice/"}},
		"another product's ID":           {edit(func(s *plan.Scenario) { s.Product = "trunk" }), []string{"that begins with acme/trunk/"}},
		"no title":                       {edit(func(s *plan.Scenario) { s.Title = "" }), []string{"needs a title, revisions, a run and checks"}},
		"no revision":                    {edit(func(s *plan.Scenario) { s.Revisions = nil }), []string{"needs a title, revisions, a run and checks"}},
		"no run":                         {edit(func(s *plan.Scenario) { s.Run = nil }), []string{"needs a title, revisions, a run and checks"}},
		"no check":                       {edit(asks()), []string{"needs a title, revisions, a run and checks"}},
		"a check without a rule":         {edit(func(s *plan.Scenario) { s.Checks[0].Rule = nil }), []string{"the check of AC-TLS-01 lacks a rule, or does not say what it expects"}},
		"a check that expects nothing":   {edit(func(s *plan.Scenario) { s.Checks[0].Expected = "" }), []string{"the check of AC-TLS-01 lacks a rule, or does not say what it expects"}},
		"a control that is not there":    {edit(control("b")), []string{"it rests on acme/voice/b, which does not exist"}},
		"its own control":                {edit(control("a")), []string{"acme/voice/a: what it rests on leads back to it"}},
		"two that control each other": {
			[]*plan.Scenario{scenario("a", control("b")), scenario("b", control("a"))},
			[]string{"acme/voice/a: what it rests on leads back to it", "acme/voice/b: what it rests on leads back to it"},
		},
		"a circle of three, and one that leads to it": {
			[]*plan.Scenario{scenario("a", control("b")), scenario("b", control("c")), scenario("c", control("a")), scenario("d", control("a"))},
			[]string{"acme/voice/a: what it rests on", "acme/voice/b: what it rests on", "acme/voice/c: what it rests on"},
		},
		"all faults at once": {
			[]*plan.Scenario{scenario("A", control("z"), asks()), scenario("b", control("b"))},
			[]string{"acme/voice/A: write the ID", "acme/voice/A needs", "acme/voice/A: it rests on", "acme/voice/b: what it rests on"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := plan.Lint(c.all)
			if (err == nil) != (c.want == nil) {
				t.Fatalf("Lint says %v, want %q", err, c.want)
			}
			if err == nil {
				return
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Errorf("Lint says %d things, want %d: %v", len(lines), len(c.want), err)
			}
			for _, part := range c.want {
				if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, part) }) {
					t.Errorf("Lint does not say %q but %v", part, err)
				}
			}
		})
	}
}
