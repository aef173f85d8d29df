package main_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// adjustable is a device with configurations.
type adjustable struct {
	device.Device
	configurations []device.Configuration
}

func (a adjustable) Configurations() []device.Configuration { return a.configurations }

// TestConfiguration: a device that takes no wildcard certificate, which is all that
// Twilio has, is judged on the rest without verification, and the record of both can
// be verified.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	strict := reference.New(reference.Options{Name: "strict", Bugs: reference.Bugs{RefusesWildcard: true}, Interval: 5 * time.Millisecond})
	off := device.Configuration{
		Name: "verification off", Levers: device.Levers{VerifyOff: true},
		GivesUp: []string{"area:certificate", "area:identity", "area:rotation"},
	}
	out := t.TempDir()
	run := conclude(t, scenarios.Options{
		Device: adjustable{strict, []device.Configuration{off}}, Out: out, Jobs: 8,
		Filter: "product:voice && direction:register && (area:certificate || area:signalling || id:twilio:voice:connect:default)",
	})
	var claims []string
	for _, c := range run.Claims {
		claims = append(claims, strings.TrimSpace(string(c.State)+" "+c.Configuration))
	}
	if want := []string{"inconclusive", "partial verification off"}; !slices.Equal(claims, want) || run.Outcome != results.Undecided {
		t.Errorf("the claims are %+v, and the outcome is %s; want %q", run.Claims, run.Outcome, want)
	}
	shown := make(map[string]verdict.Verdict)
	for _, r := range run.Results {
		shown[r.Name()] = r.Verdict
		if r.Configuration != "" && r.Verdict == verdict.Inconclusive {
			t.Errorf("%s is inconclusive (%s): %s", r.Name(), r.Cause, r.Observed)
		}
		if r.Configuration != "" && slices.Contains(off.GivesUp, "area:"+r.Area) && r.Findings != nil {
			t.Errorf("%s is judged, which the configuration gives up: %s (%s)", r.Name(), r.Verdict, r.Cause)
		}
	}
	for name, want := range map[string]verdict.Verdict{
		"twilio/voice/connect/default (verification off)":        verdict.Pass,
		"twilio/voice/register/not-supported (verification off)": verdict.Pass,
		"twilio/voice/certificate/wildcard":                      verdict.Deviation,
		"twilio/voice/certificate/expired":                       verdict.Pass,
	} {
		if shown[name] != want {
			t.Errorf("%s is %q, want %q", name, shown[name], want)
		}
	}
	if got := run.Device.Configurations; len(got) != 1 || got[0].Name != off.Name || !slices.Equal(got[0].GivesUp, off.GivesUp) {
		t.Errorf("the record has the configurations %+v", got)
	}
	sipconform(t, "verify", out).expect(t, 0, " 0 differ")
}

// conclude runs what the options select, and returns the record of it.
func conclude(t *testing.T, options scenarios.Options) *results.Run {
	t.Helper()
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := scenarios.Prepare(t.Context(), library, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan))
	if err != nil {
		t.Fatal(err)
	}
	return run
}
