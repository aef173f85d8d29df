package stub_test

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/scenarios/selftest/stub"
)

// TestShows: what a stub has to pass is what it passes, but for what it lacks.
func TestShows(t *testing.T) {
	t.Parallel()
	s := stub.Stub{
		Passes: []stub.Shown{{Scenarios: "*/voice/register/**"}, {Scenarios: "twilio/*/call-in/secure"}},
		Lacks:  []stub.Shown{{Scenarios: "*/*/register/tls1.*/** !*/*/register/tls1.2/*"}},
	}
	for scenario, want := range map[string]bool{
		"twilio/voice/register/challenge":    true,
		"twilio/voice/register/tls1.0/off":   false,
		"twilio/voice/register/tls1.2/off":   true,
		"twilio/trunking/call-in/secure":     true,
		"twilio/trunking/call-in/secure/off": false,
		"twilio/trunking/register/challenge": false,
		"twilio/voice":                       false,
	} {
		if got := s.Shows(scenario); got != want {
			t.Errorf("%s: %v, want %v", scenario, got, want)
		}
	}
	if got := s.Idle([]string{"twilio/voice/register/tls1.0/off"}); !slices.Equal(got, []string{"twilio/*/call-in/secure"}) {
		t.Errorf("idle are %q", got)
	}
}

// TestAll: every stub has a name of its own, as has its device, and a reason for each of
// its passes.
func TestAll(t *testing.T) {
	t.Parallel()
	all := stub.All()
	if len(all) < 20 {
		t.Errorf("there are %d stubs", len(all))
	}
	names := make(map[string]bool)
	for _, s := range all {
		if names[s.Name] || names[s.Device.Name()] {
			t.Errorf("%s, %s: the name is taken", s.Name, s.Device.Name())
		}
		names[s.Name], names[s.Device.Name()] = true, true
		for _, shown := range slices.Concat(s.Passes, s.Lacks) {
			if shown.Why == "" {
				t.Errorf("%s: %s has no reason", s.Name, shown.Scenarios)
			}
		}
	}
}
