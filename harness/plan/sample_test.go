package plan_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
)

// products returns two products of a vendor; the first has three revisions.
func products() []*profile.Product {
	return []*profile.Product{
		{Vendor: "acme", Product: "voice", Revisions: []profile.Revision{
			{Revision: "seed-era", From: "2020-01-01"}, {Revision: "current", From: "2022-04-01"}, {Revision: "next", From: "2030-01-01"},
		}},
		{Vendor: "acme", Product: "trunk", Revisions: []profile.Revision{{Revision: "seed-era", From: "2020-01-01"}}},
	}
}

// scenario returns a valid scenario below acme/voice, changed by edits.
func scenario(id string, edits ...func(*plan.Scenario)) *plan.Scenario {
	s := &plan.Scenario{
		ID: "acme/voice/" + id, Title: "what " + id + " is", Vendor: "acme", Product: "voice", Revisions: []string{"seed-era", "current", "next"},
		Direction: plan.Register, Area: "tls", Level: catalogue.Must,
		Run: func(context.Context, *bench.Bench) error { return nil },
	}
	asks("AC-TLS-01")(s)
	for _, edit := range edits {
		edit(s)
	}
	return s
}

func asks(requirements ...string) func(*plan.Scenario) {
	return func(s *plan.Scenario) {
		s.Checks = nil
		for _, r := range requirements {
			s.Checks = append(s.Checks, judge.Check{Requirement: r, Expected: "does", Rule: judge.NoClearSignalling})
		}
	}
}

func control(id string) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Control = "acme/voice/" + id }
}

func in(revisions ...string) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Revisions = revisions }
}

func area(name string) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Area = name }
}

func day(date string) time.Time {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return at
}

// options parses a filter as users write it.
func options(t *testing.T, filter string) plan.Options {
	t.Helper()
	match, err := types.ParseLabelFilter(filter)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Options{Match: match, Filter: filter, AsOf: day("2023-01-01")}
}

// ids returns the scenarios of a plan, without the common prefix of their IDs.
func ids(p *plan.Plan) string {
	var all []string
	for _, s := range p.Scenarios {
		all = append(all, strings.TrimPrefix(s.ID, "acme/voice/"))
	}
	return strings.Join(all, " ")
}

func reversed[T any](s []T) []T {
	r := slices.Clone(s)
	slices.Reverse(r)
	return r
}
