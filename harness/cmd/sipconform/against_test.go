package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TestAgainst: certify -against tells what is otherwise than in an earlier run, on the console, in the record and on the
// page, and neither verdicts nor the exit status depend on it. Verify holds the record to that run.
func TestAgainst(t *testing.T) {
	t.Parallel()
	earlier := copied(t)
	mended, recaused := "", ""
	change(t, earlier, func(run *results.Run) {
		for i := range run.Results {
			switch r := &run.Results[i]; {
			case r.Verdict != verdict.Pass:
			case mended == "":
				mended, r.Verdict, r.Cause = r.Name(), verdict.Fail, "no-ack"
			case recaused == "":
				recaused, r.Cause = r.Name(), "luck"
			}
		}
	})
	folder := t.TempDir()
	o := sipconform(t, "certify", "-filter="+few, "-as-of=2026-01-31", "-out="+folder, "-against="+earlier)
	o.expect(t, certify(t).status, "against reference", "as of 2026-01-31: 1 other, 1 mended, ")
	run := read(t, folder)
	if run.Against == nil || len(run.Against.Was) != 2 || run.Against.Same != len(run.Results)-2 || run.Outcome != read(t, certify(t).folder).Outcome {
		t.Fatalf("against: %+v, outcome %s", run.Against, run.Outcome)
	}
	page := file(t, filepath.Join(folder, "report.html"))
	for _, want := range []string{`<span class="change ch-mended">mended: was fail</span>`, "change:mended", "was fail (no-ack), is pass"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	sipconform(t, "verify", folder).expect(t, 0, "an earlier run said is taken as it is recorded")
	sipconform(t, "verify", "-against="+filepath.Join(earlier, "results.json"), folder).expect(t, 0, "0 differ")
	sipconform(t, "verify", "-against="+certify(t).folder, folder).expect(t, 1, "against.of")
	sipconform(t, "certify", "-against="+filepath.Join(folder, "none.json"), "-out="+t.TempDir()).expect(t, 2, "none.json")
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	other := copied(t)
	change(t, other, func(run *results.Run) { run.Device.Version = "<0.9>" })
	if err := os.Remove(filepath.Join(other, "report.html")); err != nil {
		t.Fatal(err)
	}
	beside := filepath.Dir(certify(t).folder)
	page := filepath.Join(beside, "matrix.html")
	sipconform(t, "matrix", "-title=Ours & theirs", page, certify(t).folder, filepath.Join(other, "results.json")).expect(t, 0, "matrix.html: 2 runs")
	text := file(t, page)
	report := filepath.Base(certify(t).folder) + "/report.html"
	for _, want := range []string{"<h1>Ours &amp; theirs</h1>", "reference &lt;0.9&gt;", `href="` + report + `"`, `href="` + report + `#requirement/` + read(t, other).Results[0].Requirements[0] + `"`, `id="areas"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, other) || strings.Contains(text, "<script>alert") {
		t.Error("the page names a folder without a report")
	}
	for _, wrong := range [][]string{{page}, {certify(t).folder, other}, {page, filepath.Join(other, "none.json")}} {
		sipconform(t, append([]string{"matrix"}, wrong...)...).expect(t, 2)
	}
}
