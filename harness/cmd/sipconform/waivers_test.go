package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/harness/waivers"
	"github.com/sipconform/sipconform/scenarios"
)

// TestWaivers: a device that accepts an expired certificate is conformant as long as a waiver holds, its verdict stays, and
// verify holds the record to the waivers in it.
func TestWaivers(t *testing.T) {
	t.Parallel()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	const expired = "twilio/voice/certificate/expired"
	certified := func(t *testing.T, text string) (*results.Run, *waivers.List, string) {
		t.Helper()
		folder := t.TempDir()
		file := filepath.Join(folder, "waivers.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := waivers.Load(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		marked := 0
		c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
			Device: reference.New(reference.Options{Bugs: reference.Bugs{AcceptsExpired: true}, Interval: 5 * time.Millisecond}),
			Filter: "id:twilio:voice:certificate:expired", AsOf: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
			Out: filepath.Join(folder, "report"), Jobs: 2, Waivers: list,
			Done: func(r results.Result) {
				if r.Waived != nil {
					marked++
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		run, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan))
		if err != nil {
			t.Fatal(err)
		}
		if marked != run.Summary.Waived {
			t.Errorf("%d results were marked when they were done, %d in the record", marked, run.Summary.Waived)
		}
		return run, list, filepath.Join(folder, "report")
	}
	for name, c := range map[string]struct {
		waiver  string
		outcome results.Outcome
		waived  int
		told    string
	}{
		"holds":           {"cause: accepted-expired\n  expiry: 2026-01-31", results.Conformant, 1, ""},
		"expired":         {"cause: accepted-expired\n  expiry: 2026-01-30", results.NotConformant, 0, "expired on 2026-01-30"},
		"of nothing here": {"scenario: twilio/voice/nothing\n  expiry: 2026-12-31", results.NotConformant, 0, "matches no scenario of this run"},
		"by a label":      {"labels: area:certificate\n  expiry: 2026-12-31", results.Conformant, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, list, folder := certified(t, "- "+c.waiver+"\n  reason: mended in 4.3\n  owner: QA\n")
			if run.Outcome != c.outcome || run.Summary.Waived != c.waived || len(run.Waivers) != c.waived || run.Summary.Fail != 1 {
				t.Errorf("%s, %+v, waivers %v", run.Outcome, run.Summary, run.Waivers)
			}
			if told := strings.Join(list.Tell(run, library.Labels), "\n"); !strings.Contains(told, c.told) || c.told == "" && told != "" {
				t.Errorf("told %q", told)
			}
			if status, said := inspected(t, folder, library, nil); status != exitDone || strings.Contains(said, "a waiver is taken as it is recorded") != (c.waived > 0) {
				t.Errorf("verify: %d\n%s", status, said)
			}
		})
	}

	_, _, folder := certified(t, "- cause: accepted-expired\n  expiry: 2026-12-31\n  reason: mended in 4.3\n  owner: QA\n")
	for _, forgery := range []struct {
		name, says string
		edit       func(run *results.Run, failed, passed *results.Result)
	}{
		{"a waiver of what it does not cover", "waived: recorded", func(run *results.Run, failed, _ *results.Result) {
			run.Waivers[0].Cause, failed.Waived.Cause = "luck", "luck"
		}},
		{"an expired one", "waiver is incomplete or has expired", func(run *results.Run, failed, _ *results.Result) {
			run.Waivers[0].Expiry, failed.Waived.Expiry = "2026-01-30", "2026-01-30"
		}},
		{"one that the record does not hold", "waived", func(run *results.Run, _, _ *results.Result) { run.Waivers = nil }},
		{"a mark that was taken away", "waived", func(_ *results.Run, failed, _ *results.Result) { failed.Waived = nil }},
		{"another owner beside the verdict", "waived.owner", func(_ *results.Run, failed, _ *results.Result) { failed.Waived.Owner = "nobody" }},
		{"a pass that is waived", "waived: recorded", func(run *results.Run, _, passed *results.Result) { passed.Waived = &run.Waivers[0] }},
		{"one that applied to nothing", "waivers", func(run *results.Run, _, _ *results.Result) {
			run.Waivers = append(run.Waivers, results.Waiver{Cause: "luck", Reason: "x", Owner: "y", Expiry: "2026-12-31"})
		}},
		{"labels that do not parse", "waivers: filter", func(run *results.Run, failed, _ *results.Result) {
			run.Waivers[0].Labels, failed.Waived.Labels = "(", "("
		}},
	} {
		t.Run(forgery.name, func(t *testing.T) {
			forged := t.TempDir()
			if err := os.CopyFS(forged, os.DirFS(folder)); err != nil {
				t.Fatal(err)
			}
			run, err := results.Read(filepath.Join(forged, report.ResultsFile))
			if err != nil {
				t.Fatal(err)
			}
			var failed, passed *results.Result
			for i := range run.Results {
				switch r := &run.Results[i]; {
				case r.Scenario == expired:
					failed = r
				case r.Verdict == verdict.Pass:
					passed = r
				}
			}
			forgery.edit(run, failed, passed)
			run.Conclude()
			if err := report.Write(forged, run, report.Known(library.Requirements.All())); err != nil {
				t.Fatal(err)
			}
			if status, said := inspected(t, forged, library, nil); status != exitDifferent || !strings.Contains(said, forgery.says) {
				t.Errorf("verify: %d, want %q\n%s", status, forgery.says, said)
			}
		})
	}
}
