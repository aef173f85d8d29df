package scenarios

import (
	"strings"
	"testing"
)

// TestUsual: what a mock that runs by itself can be asked about is the good cases, and nothing with a planted fault.
func TestUsual(t *testing.T) {
	t.Parallel()
	l, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	usual, of := make(map[string]bool), make(map[string]int)
	for _, s := range l.Scenarios {
		if s.Usual == nil {
			continue
		}
		usual[s.ID] = true
		of[s.Vendor+" "+s.Product+" "+string(s.Role())]++
		for _, planted := range []string{"/certificate/", "-at-most-", "wrong-password", "/offer/", "/answer-", "/hold", "revoked", "/suites/"} {
			good := []string{"certificate/wildcard", "certificate/san", "certificate/chain"}
			if strings.Contains(s.ID, planted) && !strings.Contains(strings.Join(good, " "), strings.Join(strings.Split(s.ID, "/")[2:], "/")) {
				t.Errorf("%s comes about by itself", s.ID)
			}
		}
	}
	for _, id := range []string{"twilio/voice/connect/default", "twilio/voice/call-out/secure", "twilio/voice/call-in/secure",
		"twilio/voice/register/challenge", "twilio/voice/register/capped", "twilio/voice/call-out/secure-media-off/tls/rtp"} {
		if !usual[id] {
			t.Errorf("%s does not come about by itself", id)
		}
	}
	for _, role := range []string{"twilio voice register", "twilio voice call-out", "twilio voice call-in", "twilio voice call-in-listener",
		"twilio trunking call-out", "twilio trunking call-in-listener", "genesys byoc-cloud call-out", "genesys byoc-premises call-out",
		"cisco ucm call-out", "cisco imp options", "infobip rest https"} {
		if of[role] == 0 {
			t.Errorf("nothing is asked of %s: %v", role, of)
		}
	}
}
