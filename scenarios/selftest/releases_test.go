package selftest

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/scenarios"
)

// TestReleases: the report on a device that says that it is PJSIP below 2.5.5 has the
// vendor's advice beside its verdicts, which are those of any device.
func TestReleases(t *testing.T) {
	t.Parallel()
	library := load(t)
	for agent, want := range map[string]int{"PJSUA v2.5 Linux": 1, "PJSUA v2.5.5 Linux": 0, "reference": 0} {
		run := conclude(t, library, scenarios.Options{
			Device: reference.New(reference.Options{Name: agent, Interval: 5 * time.Millisecond}),
			Filter: "id:twilio:voice:connect:default", Depth: engine.NoEvidence,
		})
		if len(run.Advice) != want || want > 0 && (run.Advice[0].Requirement != "TW-CRT-03" || run.Advice[0].Source != "seed 002") {
			t.Errorf("%s: advice %+v", agent, run.Advice)
		}
		if len(run.Device.Agents) != 1 || run.Device.Agents[0] != agent {
			t.Errorf("%s called itself %q", agent, run.Device.Agents)
		}
		if run.Summary.Pass != 2 || run.Summary.Fail > 0 {
			t.Errorf("%s: %+v", agent, run.Summary)
		}
	}
}
