package results

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sipconform/sipconform/harness/verdict"
)

// unsolicitedSample is a record of a registration and two calls, of which one was judged.
func unsolicitedSample(v verdict.Verdict) *Run {
	run := &Run{
		Harness: Harness{Version: "0.3.0", Go: "go1.26.0", OS: "linux/amd64", Isolation: "none"}, Device: Device{Name: "unsolicited"},
		AsOf: "2026-07-30", Plan: Plan{Hash: "c0ffee", Selected: 2}, Revisions: []Revision{{"twilio", "voice", "current"}},
		Unsolicited: &Unsolicited{Vendor: "twilio", Product: "voice", Revision: "current", Forgotten: 2, Idle: 1, Seen: []Seen{
			{Name: "register-1", Role: "register", Device: "192.0.2.20", BeganMS: 12, LastedMS: 90, Settings: map[string]string{"digest": "on"}, Judged: true},
			{Name: "call-out-1", Role: "call-out", Device: "192.0.2.20", BeganMS: 300, Settings: map[string]string{}, LeftOut: 7},
		}},
	}
	for _, id := range []string{"connect/default", "register/challenge"} {
		run.Results = append(run.Results, Result{Scenario: "twilio/voice/" + id, Seen: "register-1", Title: "registers", Vendor: "twilio", Product: "voice",
			Revisions: "current", Direction: "register", Role: "register", Area: "tls", Level: "must", Verdict: v, Cause: "because"})
	}
	run.Conclude()
	return run
}

// TestUnsolicited: nothing that was seen without asking makes a device conformant, and a fail is a fail.
func TestUnsolicited(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for v, want := range map[verdict.Verdict]Outcome{
		verdict.Pass: Unasked, verdict.Inconclusive: Unasked, verdict.Observed: Unasked, verdict.Fail: NotConformant, verdict.Error: HarnessError,
	} {
		run := unsolicitedSample(v)
		if run.Outcome != want || len(run.Claims) > 0 {
			t.Errorf("%s: the outcome is %s, claims are %v", v, run.Outcome, run.Claims)
		}
		if err := run.Validate(); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		var out bytes.Buffer
		if err := run.Encode(&out); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	if name := unsolicitedSample(verdict.Pass).Results[0].Name(); name != "twilio/voice/connect/default (register-1)" {
		t.Errorf("a result is named %s", name)
	}
}

// TestUnsolicitedValidate: results are by what was seen, and in no other record.
func TestUnsolicitedValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*Run)
		want string
	}{
		"of nothing that was seen": {func(r *Run) { r.Results[0].Seen = "call-out-9" }, `the run has not seen "call-out-9"`},
		"by another role":          {func(r *Run) { r.Results[0].Seen = "call-out-1" }, "is judged by what is said to be a call-out"},
		"in a run that was asked":  {func(r *Run) { r.Unsolicited = nil }, "names what was seen in a run that is not unsolicited"},
		"twice":                    {func(r *Run) { r.Results[1].Scenario = r.Results[0].Scenario }, "judged twice"},
		"conformant":               {func(r *Run) { r.Outcome = Conformant }, `outcome is "conformant", the results give "unsolicited"`},
	} {
		run := unsolicitedSample(verdict.Pass)
		c.edit(run)
		if err := run.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
