package selftest

import (
	"io/fs"
	"os"
	"runtime"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
	"github.com/sipconform/sipconform/scenarios/selftest/stub"
)

// TestFlood runs scenarios with a device that sends without end. What it did before is judged, nothing else is; what
// the run keeps of it is bounded, on disk and, once it is over, in memory.
func TestFlood(t *testing.T) {
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	library, out := load(t), t.TempDir()
	before := heap()
	run := conclude(t, library, scenarios.Options{
		Device: stub.Flooder(), Jobs: 4, Forge: forge(), Out: out,
		Filter: "id:twilio:voice:certificate:expired || id:cisco:imp:connect:default", // and what these rest on
	})
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("%d bytes of the heap are in use after the run", grown)
	}
	want := map[string]struct {
		verdict verdict.Verdict
		cause   string
	}{
		"twilio/voice/certificate/unknown-ca": {verdict.Fail, "accepted-unknown-ca"},
		"twilio/voice/certificate/expired":    {verdict.Inconclusive, results.BlockedCause}, // by that fail
		"twilio/voice/certificate/exact-name": {verdict.Inconclusive, judge.Flood},
		"cisco/imp/connect/default":           {verdict.Inconclusive, judge.Flood},
	}
	for _, r := range run.Results {
		if r.Verdict == verdict.Pass || r.Verdict == verdict.Error {
			t.Errorf("%s is %s (%s): %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
		if w, asked := want[r.Scenario]; asked && (r.Verdict != w.verdict || r.Cause != w.cause) {
			t.Errorf("%s is %s (%s), want %s (%s): %s", r.Scenario, r.Verdict, r.Cause, w.verdict, w.cause, r.Observed)
		}
		delete(want, r.Scenario)
	}
	if len(want) > 0 {
		t.Errorf("not asked: %v", want)
	}
	size := 0
	_ = fs.WalkDir(os.DirFS(out), ".", func(_ string, d fs.DirEntry, err error) error {
		if info, fault := d.Info(); err == nil && fault == nil {
			size += int(info.Size())
		}
		return nil
	})
	if most := len(run.Results) * 12 * observation.ConnectionBytes; size == 0 || size > most {
		t.Errorf("the evidence has %d bytes, at most %d are allowed", size, most)
	}
}
