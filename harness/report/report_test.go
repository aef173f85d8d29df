package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
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
			Chain: "data:text/html,<script>alert(5)</script>", Device: `c:\windows`, Sounds: []string{"javascript:alert(6).wav", "../x.wav", "/y.wav"},
		}
	}
	return run
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := sampleRun()
	events := []observation.Event{{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceAction}, Text: "<b>began</b>"}}
	for i := range run.Results {
		r := &run.Results[i]
		var err error
		if r.Evidence.Observations == "" {
			continue
		}
		if r.Evidence, err = evidence.Write(dir, events, evidence.Options{Scenario: r.Scenario}); err != nil {
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
		HTMLFile:  func(out *bytes.Buffer) error { return HTML(out, stored, sampleRequirements(), Below(dir)) },
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
	drawings(t, filepath.Join(dir, HTMLFile), stored)
	if err := Write(filepath.Join(dir, "none"), run, nil); err == nil {
		t.Error("Write into no folder succeeded")
	}
}

// drawings checks that a page has a drawing of each result with observations: as it is of those that have to be looked into,
// and otherwise packed.
func drawings(t *testing.T, path string, run *results.Run) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page, err := html.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	open, packed := 0, 0
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || attribute(n, "class") != "drawing" {
			continue
		}
		inside := n.FirstChild
		if inside.Data == "template" {
			packed++
			inside = unpacked(t, words(inside))
		} else {
			open++
		}
		if text := words(inside.Parent); !strings.Contains(text, "<b>began</b>") {
			t.Errorf("a drawing says %q", text)
		}
	}
	wantOpen, wantPacked := 0, 0
	for i := range run.Results {
		switch {
		case run.Results[i].Evidence.Observations == "":
		case run.Results[i].Telling():
			wantOpen++
		default:
			wantPacked++
		}
	}
	if open != wantOpen || packed != wantPacked || open == 0 || packed == 0 {
		t.Errorf("%d drawings and %d that are packed; want %d and %d", open, packed, wantOpen, wantPacked)
	}
}

// unpacked returns a packed drawing, in an element.
func unpacked(t *testing.T, text string) *html.Node {
	t.Helper()
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	page, err := html.Parse(zip)
	if err != nil {
		t.Fatal(err)
	}
	return page.FirstChild
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
