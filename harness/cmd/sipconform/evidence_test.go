package main_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

// unpacked returns the text of a compressed file.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	text, err := io.ReadAll(z)
	must(t, err)
	return string(text)
}

// TestEvidence: of a scenario that passed, a record keeps observations and ladder, and every other file is made from them.
func TestEvidence(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "report")
	sipconform(t, "certify", "-out="+folder, "-filter=id:twilio:voice:call-out:secure").expect(t, 0)
	var passed *results.Result
	run := read(t, folder)
	for i := range run.Results {
		if run.Results[i].Scenario == "twilio/voice/call-out/secure" {
			passed = &run.Results[i]
		}
	}
	if passed == nil || len(passed.Evidence.Files()) != 2 || !strings.HasSuffix(passed.Evidence.Ladder, "ladder.txt.gz") {
		t.Fatalf("its evidence is %+v", passed)
	}
	out := filepath.Join(t.TempDir(), "out")
	made := sipconform(t, "evidence", folder, "twilio:voice:call-out:secure", out)
	made.expect(t, 0, "capture.pcapng", "media.pcapng", "device-1.wav", "vendor-1.wav", "chain.pem", "ladder.txt", "observations.jsonl")
	for name, packed := range map[string]string{"ladder.txt": passed.Evidence.Ladder, "observations.jsonl": passed.Evidence.Observations} {
		want := unpacked(t, filepath.Join(folder, filepath.FromSlash(packed)))
		if name == "ladder.txt" { // which names the scenario, and this one is in a folder of its own
			want = want[strings.Index(want, "begun"):]
		}
		if is := file(t, filepath.Join(out, name)); is != want {
			t.Errorf("%s is not what the record has", name)
		}
	}
	if _, err := evidence.ReadFile(filepath.Join(out, "observations.jsonl")); err != nil {
		t.Error(err)
	}
	sipconform(t, "verify", folder).expect(t, 0, " 0 differ") // which it left as it was
	sipconform(t, "evidence", folder, "twilio:voice:call-out:secure", out).expect(t, 2, "is not empty")
	sipconform(t, "evidence", folder, "twilio/voice/nothing").expect(t, 2, `no scenario "twilio/voice/nothing"`)
	sipconform(t, "evidence", folder).expect(t, 2, "name a report and a scenario")
}

// TestVerifyEarlier: a record of a version that compressed nothing, and wrote no media, is verified as before.
func TestVerifyEarlier(t *testing.T) {
	t.Parallel()
	folder := copied(t)
	run := read(t, folder)
	for i := range run.Results {
		for r := &run.Results[i]; r != nil; r = r.Own {
			observed := filepath.Join(folder, filepath.FromSlash(r.Evidence.Observations))
			if r.Evidence.Observations == "" {
				continue
			}
			events, err := evidence.ReadFile(observed)
			must(t, err)
			evidence.Remove(folder, r.Evidence)
			named := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(r.Evidence.Observations)), evidence.Root+"/")
			r.Evidence, err = evidence.Write(folder, events, evidence.Options{Scenario: named, Extent: evidence.Loose})
			must(t, err)
			left := results.Evidence{Media: r.Evidence.Media, Sounds: r.Evidence.Sounds}
			evidence.Remove(folder, left)
			r.Evidence.Media, r.Evidence.Sounds = "", nil
		}
	}
	known, err := scenarios.Load()
	must(t, err)
	must(t, report.Write(folder, run, report.Known(known.Requirements.All())))
	sipconform(t, "verify", folder).expect(t, 0, " 0 differ")
	if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(run.Results[0].Evidence.Observations))); err != nil {
		t.Error(err)
	}
}
