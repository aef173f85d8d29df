package main_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/scenarios"
)

// TestKeysOverCalls: a key that comes again is found in the second call that has it, whoever
// ends first, and verify finds it there too.
func TestKeysOverCalls(t *testing.T) {
	t.Parallel()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 8} {
		out := t.TempDir()
		c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
			Device: reference.New(reference.Options{Name: "lazy", Bugs: reference.Bugs{SendsOneKey: true}, Interval: 5 * time.Millisecond}),
			Out:    out, Jobs: jobs,
			Filter: "product:voice && direction:device-to-vendor && req:RF-SD-22 || id:twilio:voice:call-out:secure",
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		run, err := c.Conclude(t.Context(), c.Engine.Run(t.Context(), c.Plan))
		if err != nil {
			t.Fatal(err)
		}
		causes := make(map[string]string)
		for _, r := range run.Results {
			causes[r.Scenario] = r.Cause
		}
		if causes["twilio/voice/call-out/secure-heard"] != "key-reused" || causes["twilio/voice/call-out/secure"] == "key-reused" {
			t.Errorf("%d jobs: the causes are %v", jobs, causes)
		}
		sipconform(t, "verify", out).expect(t, 0, " 0 differ")
	}
}
