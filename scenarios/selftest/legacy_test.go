package selftest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// TestLegacyPhone: a phone without TLS 1.2 does as the scenarios about legacy phones say, and
// its report has every restriction that the vendor documents.
func TestLegacyPhone(t *testing.T) {
	t.Parallel()
	run := conclude(t, load(t), scenarios.Options{
		Device: reference.New(reference.Options{Name: "legacy", Legacy: true, Interval: 5 * time.Millisecond}),
		Filter: "req: containsAny {CU-LEG-01, CU-LEG-02, CU-LEG-03, CU-LEG-05, CU-LEG-06, CU-LEG-07, CU-LEG-08, CU-LEG-09}",
		Depth:  engine.NoEvidence,
	})
	want := 9
	if len(run.NotEmulated) > 0 { // such as authenticated mode's suite
		want--
	}
	control := func(r results.Result) bool { return !strings.Contains(r.Scenario, "/legacy/") }
	asked := slices.DeleteFunc(slices.Clone(run.Results), control)
	if len(asked) != want {
		t.Errorf("%d scenarios, want %d", len(asked), want)
	}
	for _, r := range asked {
		// The vendor says these things of phones; they bind none.
		if r.Verdict != verdict.Observed || slices.ContainsFunc(r.Remarks, func(f verdict.Finding) bool { return f.Verdict != verdict.Pass }) {
			t.Errorf("%s: %s (%s): %+v", r.Scenario, r.Verdict, r.Cause, r.Remarks)
		}
	}
	if len(run.Advice) != 10 {
		t.Errorf("%d rows of advice, want 10", len(run.Advice))
	}
	for _, a := range run.Advice {
		if !strings.HasPrefix(a.Requirement, "CU-LEG-") || a.Text == "" || a.Source != "seed 004" {
			t.Errorf("advice %+v", a)
		}
	}
}
