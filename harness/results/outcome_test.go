package results

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/harness/verdict"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	res := func(v verdict.Verdict, level string) Result { return Result{Verdict: v, Level: level} }
	pass, should := res(verdict.Pass, "must"), res(verdict.Inconclusive, "should")
	fail, open := res(verdict.Fail, "should"), res(verdict.Inconclusive, "must")
	deviation, broken := res(verdict.Deviation, "should"), res(verdict.Error, "must")
	absent, observed := res(verdict.NotApplicable, "must"), res(verdict.Observed, "may")
	lacking, blocked := absent, open
	lacking.Missing = []string{"echo"}
	blocked.Cause, blocked.Blocked = BlockedCause, &Blocked{Scenario: "s0"}
	waived := fail
	waived.Waived = &Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-30"}
	expired := fail
	expired.Waived = &Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-29"}
	unowned := fail
	unowned.Waived = &Waiver{Reason: "known", Expiry: "2026-07-30"}
	waivedOpen := open
	waivedOpen.Waived = waived.Waived
	hiding := waived
	hiding.Level = "must"
	hiding.Findings = []verdict.Finding{{Verdict: verdict.Fail}, {Verdict: verdict.Inconclusive}}
	again := pass
	again.Configuration = "media RTP"
	missing := []NotEmulated{{What: "TLS_RSA_WITH_NULL_SHA"}}

	for _, test := range []struct {
		name    string
		results []Result
		edit    func(*Run)
		want    Outcome
		why     string
	}{
		{"all pass", []Result{pass, pass}, nil, Conformant, "2 scenarios concluded, none failed"},
		{"deviation", []Result{pass, deviation}, nil, Conformant, "2 scenarios concluded, none failed, 1 deviated"},
		{"a missed should alone", []Result{deviation}, nil, Undecided, "no scenario of level must was concluded"},
		{"observed beside a pass", []Result{pass, observed}, nil, Conformant, "1 scenario concluded, none failed"},
		{"only observed", []Result{observed}, nil, Undecided, "nothing was concluded"},
		{"a core scenario that is only observed", []Result{observed, pass}, nil, Undecided, "a core scenario was not concluded"},
		{"core not asked", []Result{lacking, pass}, nil, Undecided, "1 claim partial of 1: core scenarios that are not applicable"},
		{"core not asked, in a filtered run", []Result{lacking, pass}, func(r *Run) { r.Plan.Filter = "area:tls" },
			Conformant, "in what was asked, 1 scenario concluded, none failed; partial: core scenarios that are not applicable"},
		{"core left out by the filter", []Result{pass}, func(r *Run) { r.Plan.Filter, r.Plan.Parts[0].Core = "area:tls", []string{"s0", "else"} },
			Conformant, "in what was asked, 1 scenario concluded, none failed; partial: filter"},
		{"core left out and not asked", []Result{lacking, pass}, func(r *Run) { r.Plan.Filter, r.Plan.Parts[0].Core = "area:tls", []string{"s0", "else"} },
			Conformant, "in what was asked, 1 scenario concluded, none failed; partial: filter, and core scenarios that are not applicable"},
		{"a filter that leaves out nothing", []Result{pass}, func(r *Run) { r.Plan.Filter = "vendor:twilio" }, Conformant, "1 scenario concluded, none failed"},
		{"no part", []Result{pass}, func(r *Run) { r.Plan.Parts = nil }, Undecided, "what was concluded belongs to no claim"},
		{"what a waived fail blocks", []Result{pass, waived, blocked}, nil, Undecided, "1 scenario of level must not concluded"},
		{"not applicable beside a pass", []Result{pass, absent}, nil, Conformant, "1 scenario concluded, none failed"},
		{"fail", []Result{pass, fail}, nil, NotConformant, "1 scenario failed"},
		{"fail goes before inconclusive", []Result{open, fail}, nil, NotConformant, "1 scenario failed"},
		{"error goes before fail", []Result{fail, broken}, nil, HarnessError, "the harness itself failed in 1 scenario"},
		{"no verdict at all", []Result{pass, {}}, nil, HarnessError, "the harness itself failed in 1 scenario"},
		{"waived as a verdict", []Result{pass, res("waived", "must")}, nil, HarnessError, "the harness itself failed in 1 scenario"},
		{"waived fail", []Result{pass, waived}, nil, Conformant, "2 scenarios concluded, 1 failed and waived"},
		{"waived and unwaived fail", []Result{waived, fail, fail}, nil, NotConformant, "2 scenarios failed, 1 waived"},
		{"waiver expired", []Result{expired}, nil, NotConformant, "1 scenario failed"},
		{"waiver without an owner", []Result{unowned}, nil, NotConformant, "1 scenario failed"},
		{"waiver hides nothing open", []Result{pass, hiding}, nil, Undecided, "1 scenario of level must not concluded"},
		{"waiver excuses only a fail", []Result{pass, waivedOpen}, nil, Undecided, "1 scenario of level must not concluded"},
		{"inconclusive must", []Result{pass, open}, nil, Undecided, "1 scenario of level must not concluded"},
		{"inconclusive should", []Result{pass, should}, nil, Conformant, "1 scenario concluded, none failed"},
		{"nothing", nil, nil, Undecided, "nothing was concluded"},
		{"only not applicable", []Result{absent, absent}, nil, Undecided, "nothing was concluded"},
		{"only an inconclusive should", []Result{should}, nil, Undecided, "nothing was concluded"},
		{"stopped half-way", []Result{pass}, func(r *Run) { r.Plan.Selected = 2 }, Undecided, "incomplete, only 1 of 2 scenarios were run"},
		{"stopped half-way, and asked again", []Result{pass, again}, func(r *Run) { r.Plan.Selected = 2 },
			Undecided, "incomplete, only 1 of 2 scenarios were run"},
		{"killed", []Result{pass}, func(r *Run) { r.Plan.Selected, r.Incomplete = 3, "it was killed" },
			Undecided, "incomplete, only 1 of 3 scenarios were run: it was killed"},
		{"interrupted while it asked again", []Result{pass}, func(r *Run) { r.Incomplete = "interrupted" },
			Undecided, "incomplete, not everything was asked again in the device's configurations: interrupted"},
		{"interrupted after a fail", []Result{fail}, func(r *Run) { r.Incomplete = "interrupted" }, NotConformant, "1 scenario failed"},
		{"not emulated", []Result{pass}, func(r *Run) { r.NotEmulated = missing }, Conformant, "1 scenario concluded, none failed"},
		{"not emulated, full coverage", []Result{pass}, func(r *Run) { r.NotEmulated, r.Plan.FullCoverage = missing, true },
			Undecided, "full coverage was asked for and 1 part of it cannot be emulated on this machine"},
		{"full coverage", []Result{pass}, func(r *Run) { r.Plan.FullCoverage = true }, Conformant, "1 scenario concluded, none failed"},
		{"full coverage does not hide a fail", []Result{fail}, func(r *Run) { r.NotEmulated, r.Plan.FullCoverage = missing, true }, NotConformant, "1 scenario failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := &Run{AsOf: "2026-07-30", Results: slices.Clone(test.results)}
			for i := range run.Results {
				run.Results[i].Scenario = fmt.Sprint("s", i)
			}
			run.Plan.Parts = []Part{{Scenarios: len(run.Results), Core: []string{"s0"}}}
			if test.edit != nil {
				test.edit(run)
			}
			got, why := Decide(run)
			if got != test.want || why != test.why {
				t.Errorf("Decide = %s, %q; want %s, %q", got, why, test.want, test.why)
			}
			run.Conclude()
			if run.Outcome != test.want || run.Schema != Schema || run.Summary != Summarise(test.results) {
				t.Errorf("Conclude left %s, %s, %+v", run.Outcome, run.Schema, run.Summary)
			}
		})
	}
}

func TestSummarise(t *testing.T) {
	t.Parallel()
	all := []Result{
		{Verdict: verdict.Pass}, {Verdict: verdict.Pass}, {Verdict: verdict.Deviation},
		{Verdict: verdict.Fail}, {Verdict: verdict.Fail, Waived: &Waiver{}}, {Verdict: verdict.Inconclusive},
		{Verdict: verdict.NotApplicable}, {Verdict: verdict.Observed}, {Verdict: verdict.Error},
	}
	got := Summarise(all)
	want := Summary{Pass: 2, Deviation: 1, Fail: 2, Inconclusive: 1, NotApplicable: 1, Observed: 1, Error: 1, Waived: 1}
	if got != want {
		t.Errorf("Summarise = %+v, want %+v", got, want)
	}
	total := 0
	for _, v := range []verdict.Verdict{
		verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable, verdict.Observed, verdict.Error,
	} {
		total += got.Of(v)
	}
	if total != len(all) {
		t.Errorf("the verdicts' counts add up to %d of %d", total, len(all))
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[Outcome]int{Conformant: 0, NotConformant: 1, Undecided: 3, HarnessError: 4, "": 4, "passed": 4} {
		if got := ExitCode(outcome); got != want {
			t.Errorf("ExitCode(%q) = %d, want %d", outcome, got, want)
		}
	}
}
