package main_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// TestKeysOverCalls: a key that comes again is found in the second call that has it, whoever
// ends first, and verify finds it there too. Media under the key of another call is called
// that in one scenario, whichever call was the first, and by verify.
func TestKeysOverCalls(t *testing.T) {
	t.Parallel()
	const (
		secure = "twilio/voice/call-out/secure"
		heard  = "twilio/voice/call-out/secure-heard"
		asked  = "twilio/voice/call-out/secure-media-on/tls/srtp"
	)
	for name, c := range map[string]struct {
		bugs  reference.Bugs
		cause string
		shows []string // one of these scenarios
	}{
		"lazy": {reference.Bugs{SendsOneKey: true}, "key-reused", []string{heard}},
		"forgetful": {
			reference.Bugs{CallBugs: reference.CallBugs{SendsUnderFirstKey: true}}, "media-key-of-another-call",
			[]string{secure, asked},
		},
	} {
		for _, jobs := range []int{1, 8} {
			out := t.TempDir()
			var shows []string
			for scenario, cause := range failing(t, name, c.bugs, jobs, out) {
				if cause != c.cause {
					t.Errorf("%s, %d jobs: %s fails: %s", name, jobs, scenario, cause)
				}
				shows = append(shows, scenario)
			}
			if len(shows) != 1 || !slices.Contains(c.shows, shows[0]) {
				t.Errorf("%s, %d jobs: it shows in %v, want one of %v", name, jobs, shows, c.shows)
			}
			sipconform(t, "verify", out).expect(t, 0, " 0 differ")
		}
	}
}

// failing runs a few calls of a device with bugs, and returns the causes of those that it fails.
func failing(t *testing.T, name string, bugs reference.Bugs, jobs int, out string) map[string]string {
	t.Helper()
	run := conclude(t, scenarios.Options{
		Device: reference.New(reference.Options{Name: name, Bugs: bugs, Interval: 5 * time.Millisecond}),
		Out:    out, Jobs: jobs,
		Filter: "product:voice && direction:device-to-vendor && req:RF-SD-22 || id:twilio:voice:call-out:secure-media-on:tls:srtp",
	})
	causes := make(map[string]string)
	for _, r := range run.Results {
		if r.Verdict == verdict.Fail {
			causes[r.Scenario] = r.Cause
		}
	}
	return causes
}
