package report

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// hostile is a text by which a device might attack the reader of a report.
const hostile = "\x1b]0;owned\x07\u202e\x00</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick=\"alert(3) ]]> {{.}}"

// hostileRun returns a run in which every text is hostile that a device can influence or an edited results.json can
// hold.
func hostileRun() *results.Run {
	run := sampleRun()
	run.Device.Name, run.Device.Version = hostile, hostile
	run.Device.Capabilities = []string{hostile}
	run.Plan.Filter = hostile
	run.Advice[0] = results.Advice{Requirement: hostile, Title: hostile, Text: hostile, Source: hostile}
	run.NotEmulated[0].What, run.NotEmulated[0].Reason = hostile, hostile
	for i := range run.Results {
		r := &run.Results[i]
		r.Title, r.Cause, r.Expected, r.Observed, r.Hint = hostile, hostile, hostile, hostile, hostile
		for j := range r.Findings {
			f := &r.Findings[j]
			f.Cause, f.Expected, f.Observed, f.Hint = hostile, hostile, hostile, hostile
		}
		for j := range r.Remarks {
			r.Remarks[j].Observed = hostile
		}
		r.Evidence = results.Evidence{
			Observations: "javascript:alert(4)", Ladder: "../../../etc/passwd", Capture: "//example.com/x",
			Chain: "data:text/html,<script>alert(5)</script>", Device: `c:\windows`,
		}
	}
	return run
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := sampleRun()
	for _, name := range record.Files(run) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := cmp.Or(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(dir, run, sampleRequirements()); err != nil {
		t.Fatal(err)
	}
	stored, err := results.Read(filepath.Join(dir, ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := stored.Validate(); err != nil {
		t.Error(err)
	}
	folder, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	// The other files can be made again from results.json, and the evidence.
	for name, render := range map[string]func(*bytes.Buffer) error{
		JUnitFile: func(out *bytes.Buffer) error { return JUnit(out, stored, EvidenceIn(folder)) },
		HTMLFile:  func(out *bytes.Buffer) error { return HTML(out, stored, sampleRequirements()) },
	} {
		var again bytes.Buffer
		if err := render(&again); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written, again.Bytes()) {
			t.Errorf("%s is not what results.json gives", name)
		}
	}
	if err := Write(filepath.Join(dir, "none"), run, nil); err == nil {
		t.Error("Write into no folder succeeded")
	}
}

func TestJudgements(t *testing.T) {
	t.Parallel()
	finding := func(id string, v verdict.Verdict) verdict.Finding {
		return verdict.Finding{Requirement: id, Verdict: v, Cause: "said"}
	}
	for _, test := range []struct {
		name   string
		result results.Result
		want   []string
	}{
		{"findings only", results.Result{Requirements: []string{"A"}, Verdict: verdict.Fail, Cause: "c",
			Findings: []verdict.Finding{finding("A", verdict.Fail), finding("A", verdict.Pass)}}, []string{"A fail said", "A pass said"}},
		{"no findings", results.Result{Requirements: []string{"A", "B"}, Verdict: verdict.Fail, Cause: "c"}, []string{"A fail c", "B fail c"}},
		{"not applicable", results.Result{Requirements: []string{"A"}, Verdict: verdict.NotApplicable, Cause: "c"},
			[]string{"A not-applicable c"}},
		{"another's fail", results.Result{Requirements: []string{"A", "B"}, Verdict: verdict.Fail, Cause: "c",
			Findings: []verdict.Finding{finding("A", verdict.Fail)}}, []string{"A fail said", "B inconclusive not-judged"}},
		{"another's pass", results.Result{Requirements: []string{"A", "B"}, Verdict: verdict.Pass, Cause: "c",
			Findings: []verdict.Finding{finding("A", verdict.Pass)}}, []string{"A pass said", "B pass c"}},
		{"remark", results.Result{Requirements: []string{"A", "B"}, Verdict: verdict.Pass, Cause: "c",
			Findings: []verdict.Finding{finding("A", verdict.Pass)}, Remarks: []verdict.Finding{finding("B", verdict.Fail)}},
			[]string{"A pass said"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range judgements(&test.result) {
				got = append(got, strings.Join([]string{f.Requirement, string(f.Verdict), f.Cause}, " "))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("judgements = %q, want %q", got, test.want)
			}
		})
	}
}

func TestGraveFallsBackOnTheResult(t *testing.T) {
	t.Parallel()
	r := &results.Result{Verdict: verdict.Error, Cause: "judge-panic", Observed: "nil map"}
	got := grave(r)
	if len(got) != 1 || got[0].Cause != "judge-panic" || got[0].Observed != "nil map" || got[0].Requirement != "" {
		t.Errorf("grave = %+v", got)
	}
}

func TestVisibleLeavesTheRunAlone(t *testing.T) {
	t.Parallel()
	run := hostileRun()
	clean := visible(run)
	if run.Device.Name != hostile || run.Results[0].Cause != hostile || run.Results[0].Title != hostile {
		t.Error("the run itself was changed")
	}
	if strings.ContainsAny(clean.Device.Name+clean.Device.Capabilities[0]+clean.Results[0].Cause, "\x1b\x07\x00\u202e") {
		t.Errorf("not visible: %q", clean.Device.Name)
	}
	if !clean.Started.Equal(run.Started) || clean.Summary != run.Summary || len(clean.Results) != len(run.Results) {
		t.Error("the copy is not whole")
	}
}
