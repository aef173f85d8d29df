package unsolicited

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// TestRecorder: what a window has is recorded while it runs and once more when it is asked for, and written as evidence
// that comes to the same again.
func TestRecorder(t *testing.T) {
	t.Parallel()
	registers := plan.Scenario{ID: "twilio/voice/a", Vendor: "twilio", Product: "voice", Revisions: []string{"current"}, Direction: plan.Register,
		Level: catalogue.Must, Usual: new(plan.Usual), Checks: []judge.Check{{Requirement: "TW-TLS-09", Expected: "is served", Rule: judge.Registered}}}
	j := twilio(t, &registers)
	settings, err := j.product.SettingValues(j.revision, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := observation.NewWindow()
	r := NewRecorder(log, j.product, func() map[string]string { return settings }, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	// What a story tells goes into the log as well.
	s := newStory(j.product)
	register := func() {
		s.sorter = NewSorter(j.product, func() map[string]string { return nil }, func(e Episode) {
			for _, e := range e.Events {
				log.Append(e)
			}
		})
		s.seq = 0
		s.open("tls-1", "192.0.2.20", false)
		s.ask("tls-1", "REGISTER", "r", 200)
		s.sorter.Change()
	}
	register()
	r.Change()
	register()
	out := t.TempDir()
	record, err := r.Record(j, out)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	running.Wait()
	if len(record.Seen) != 2 || len(record.Results) != 2 || record.Results[1].Seen != "register-2" || record.Results[1].Verdict != verdict.Pass {
		t.Fatalf("the record is %+v", record)
	}
	for _, result := range record.Results {
		events, err := evidence.ReadFile(filepath.Join(out, result.Evidence.Observations))
		if err != nil {
			t.Fatal(err)
		}
		if role := RoleOf(j.product, events); string(role) != result.Role {
			t.Errorf("%s is of the role %q", result.Seen, role)
		}
		if _, err := os.Stat(filepath.Join(out, result.Evidence.Ladder)); err != nil || result.Evidence.Capture != "" {
			t.Errorf("the evidence is %+v: %v", result.Evidence, err)
		}
		if _, err := sipwire.Parse(events[len(events)-1].Bytes); err != nil {
			t.Errorf("the last event is %+v", events[len(events)-1])
		}
	}
}
