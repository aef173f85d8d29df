package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	sipconform(t, "verify", certify(t).folder).expect(t, 0, " 0 differ", fmt.Sprint(len(read(t, certify(t).folder).Results), " scenarios"))
	first := func(run *results.Run) *results.Result { return &run.Results[0] }
	last := func(run *results.Run) *results.Result { return &run.Results[len(run.Results)-1] } // no control of another
	holed := copied(t)                                                                         // observations that no mock makes
	const hole = `{"seq":0,"at_ns":0,"kind":"transport-open","conn":"tls-1"}`
	if err := os.WriteFile(filepath.Join(holed, filepath.FromSlash(read(t, holed).Results[0].Evidence.Observations)), []byte(hole), 0o600); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "verify", holed).expect(t, 1, "the observations say error", `observations.jsonl.gz" was changed: its SHA-256 is not that of the manifest`)
	for name, c := range map[string]struct {
		edit   func(*results.Run)
		status int
		says   string
	}{
		"a verdict that was changed": {func(run *results.Run) { first(run).Verdict = verdict.Fail }, 1, "recorded fail"},
		"a cause that was changed":   {func(run *results.Run) { first(run).Cause = "luck" }, 1, "(luck)"},
		"a scenario that is not known": {func(run *results.Run) {
			last(run).Scenario = "twilio/voice/no-more"
			run.Conclude()
		}, 1, "twilio/voice/no-more: this version has no such scenario"},
		"a scenario that was not judged":  {func(run *results.Run) { last(run).Findings = nil }, 1, "findings: recorded nothing"},
		"evidence that is not there":      {func(run *results.Run) { first(run).Evidence.Observations = "evidence/gone.jsonl" }, 1, "gone.jsonl"},
		"evidence that is something else": {func(run *results.Run) { first(run).Evidence.Observations = "report.html" }, 1, "report.html"},
		"a pass that was not withheld": {func(run *results.Run) {
			last(run).Verdict, last(run).Cause = verdict.Inconclusive, engine.ControlNotServed
		}, 1, "recorded inconclusive (control-not-served), served, the observations say pass (crypto-offered), served"},
		"a blame that was added": {func(run *results.Run) {
			last(run).Blocked = &results.Blocked{Scenario: first(run).Scenario, Cause: "luck"}
		}, 1, " (luck), served, the observations say pass (crypto-offered), served"},
		"a claim that was changed":    {func(run *results.Run) { run.Claims[0].State = results.ClaimConformant }, 1, "the record claims twilio voice, register: conformant"},
		"a claim that was added":      {func(run *results.Run) { run.Claims = append(run.Claims, run.Claims[0]) }, 1, "the results give no such claim"},
		"an outcome that was changed": {func(run *results.Run) { run.Outcome = results.NotConformant }, 1, `outcome is "not-conformant"`},
		"a core that was trimmed": {func(run *results.Run) {
			run.Plan.Parts[0].Core = run.Plan.Parts[0].Core[:1]
			run.Conclude()
		}, 1, "twilio voice, register: this version has another core, or another number of scenarios, than the record says"},
		"a part that was trimmed": {func(run *results.Run) {
			run.Plan.Parts[1].Scenarios = 1
			run.Conclude()
		}, 1, "twilio voice, call-out: this version has another core"},
		"a part that was removed": {func(run *results.Run) {
			run.Plan.Parts = run.Plan.Parts[1:]
			run.Conclude()
		}, 1, "the plan has no part twilio voice, register"},
		"another day":                    {func(run *results.Run) { run.AsOf = "long ago" }, 1, `as_of: "long ago" is not a date`},
		"a record of the version before": {func(run *results.Run) { run.Schema = "sipconform/results/v1" }, 2, "the version that wrote it can verify it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := copied(t)
			change(t, folder, c.edit)
			sipconform(t, "verify", folder).expect(t, c.status, c.says)
		})
	}
}
