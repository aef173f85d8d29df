package scene

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestInCall: a call is up from the 200 to a BYE of either side. That a second fork is turned away does not end it.
func TestInCall(t *testing.T) {
	t.Parallel()
	sip := func(dir observation.Direction, text string) observation.Event {
		return observation.Event{Kind: observation.SIP, Dir: dir, Bytes: []byte(text + "\r\n\r\n")}
	}
	const in, out = observation.In, observation.Out
	const ok, bye = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE", "BYE sip:a@b SIP/2.0\r\nCSeq: 2 BYE"
	for name, c := range map[string]struct {
		events []observation.Event
		want   bool
	}{
		"nothing":                 {nil, false},
		"answered":                {[]observation.Event{sip(in, ok)}, true},
		"ended by the device":     {[]observation.Event{sip(in, ok), sip(in, bye)}, false},
		"ended by the vendor":     {[]observation.Event{sip(in, ok), sip(out, bye)}, false},
		"a fork is turned away":   {[]observation.Event{sip(in, ok), sip(in, ok), sip(out, bye+"\r\nReason: SIP ;cause=200")}, true},
		"the device says as much": {[]observation.Event{sip(in, ok), sip(in, bye+"\r\nReason: SIP ;cause=200")}, false},
		"the next call":           {[]observation.Event{sip(in, ok), sip(out, bye), sip(in, ok)}, true},
	} {
		if got := inCall(c.events); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
