package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	folder := certify(t).folder
	now := filepath.Join(folder, "results.json")
	count := len(read(t, folder).Results)
	baseline := filepath.Join(t.TempDir(), "baseline.json")
	sipconform(t, "diff", "-record", baseline, now).expect(t, 0)
	same := fmt.Sprintf("%d verdicts, all the same", count)
	sipconform(t, "diff", baseline, now).expect(t, 0, same)
	sipconform(t, "diff", now, now).expect(t, 0, same)

	again := filepath.Join(t.TempDir(), "again.json")
	sipconform(t, "diff", "-record", again, baseline).expect(t, 0)
	if a, b := file(t, baseline), file(t, again); a != b || strings.Contains(a, "duration") || !strings.Contains(a, `"device": "reference"`) {
		t.Errorf("the baseline is\n%s\nand then\n%s", a, b)
	}

	changed := copied(t)
	var moved, gone string
	change(t, changed, func(run *results.Run) {
		moved, gone = run.Results[0].Scenario, run.Results[1].Scenario
		run.Results[0].Verdict, run.Results[0].Cause = verdict.Fail, "broke"
		run.Results[1].Scenario = "twilio/voice/brand-new"
	})
	o := sipconform(t, "diff", baseline, filepath.Join(changed, "results.json"))
	o.expect(t, 1, moved+": was ", ", is fail (broke)", gone+": was ", "is not there", "twilio/voice/brand-new: was not there",
		fmt.Sprintf("3 of %d verdicts differ", count+1))

	o = sipconform(t, "diff", "-format=markdown", baseline, filepath.Join(changed, "results.json"))
	o.expect(t, 1, "### sipconform: `reference", "1 worse, 1 new, 1 gone.", "| worse | `"+moved+"` |")
	o = sipconform(t, "diff", "-format=json", baseline, filepath.Join(changed, "results.json"))
	o.expect(t, 1, `"schema": "sipconform/diff/v1"`, `"worse": 1,`)

	recaused := copied(t) // the same verdicts, one of them for another reason
	change(t, recaused, func(run *results.Run) { run.Results[0].Cause = "luck" })
	o = sipconform(t, "diff", baseline, filepath.Join(recaused, "results.json"))
	o.expect(t, 1, moved+": was pass (", "), is pass (luck)", fmt.Sprintf("1 of %d verdicts differ", count))

	filtered := copied(t)
	change(t, filtered, func(run *results.Run) { run.Results = run.Results[:1] })
	sipconform(t, "diff", baseline, filepath.Join(filtered, "results.json")).expect(t, 1, "is not there")
	sipconform(t, "diff", "-part", baseline, filepath.Join(filtered, "results.json")).expect(t, 0, "1 verdicts, all the same")

	bare := filepath.Join(t.TempDir(), "bare.json")
	if err := os.WriteFile(bare, []byte(`{"schema": "sipconform/baseline/v2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "diff", bare, now).expect(t, 1, fmt.Sprintf("%d of %d verdicts differ", count, count))
	sipconform(t, "diff", "-record", filepath.Join(bare, "below.json"), now).expect(t, 2, "below.json")
}

// TestDiffOfVersions: baselines and results of the schemas before are read as what they
// would be today, and are recorded as that.
func TestDiffOfVersions(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const old = `"verdicts": {"a": "pass", "b": "pass"}, "causes": {"a": "observed-only", "b": "registered"}}`
	v1 := path("v1.json", `{"schema": "sipconform/baseline/v1", `+old)
	v2 := path("v2.json", `{"schema": "sipconform/baseline/v2", "verdicts": {"a": "observed", "b": "pass"},
		"causes": {"a": "observed-only", "b": "registered"}}`)
	run := path("run.json", `{"schema": "sipconform/results/v1", "results": [
		{"scenario": "a", "verdict": "pass", "cause": "observed-only"}, {"scenario": "b", "verdict": "pass", "cause": "registered"}]}`)
	for _, other := range []string{v2, run, v1} {
		sipconform(t, "diff", v1, other).expect(t, 0, "2 verdicts, all the same")
	}
	wrong := path("wrong.json", `{"schema": "sipconform/baseline/v2", `+old)
	sipconform(t, "diff", v2, wrong).expect(t, 1, "a: was observed (observed-only), is pass (observed-only)")
	again := filepath.Join(folder, "again.json")
	sipconform(t, "diff", "-record", again, v1).expect(t, 0)
	if text := file(t, again); !strings.Contains(text, `"a": "observed"`) || !strings.Contains(text, "sipconform/baseline/v2") {
		t.Errorf("recorded as\n%s", text)
	}
	sipconform(t, "diff", v1, path("v9.json", `{"schema": "sipconform/baseline/v9"}`)).expect(t, 2, "sipconform/baseline/v9")
}
