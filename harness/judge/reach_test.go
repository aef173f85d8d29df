package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestAtTheDoor judges devices that did not get as far as a request. Only their own
// decision is a fail.
func TestAtTheDoor(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"never connected", judge.Registered, tell().resolves("_sips._tcp.example.com.", "SRV"), "inconclusive never-connected"},
		{"went to the private address", judge.Registered, tell().strays("udp-1", "private-contact"), "inconclusive never-connected"},
		{"the vendor connected", judge.Registered, tell().dials("tls-1").shakes("tls-1", tls12, "leaf"), "inconclusive never-connected"},
		{"asked for something else", judge.Registered, secured().in("tls-1", "OPTIONS 1"), "inconclusive no-REGISTER"},
		{"said nothing that can be read", judge.Registered, secured().mangles("tls-1"), "inconclusive no-REGISTER"},
		{"connected by TCP and said nothing", judge.Registered, tell().opens("tcp-1"), "inconclusive silent-connection"},
		{"refused", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alerts("tls-1", 48).breaks("tls-1", "remote error").closes("tls-1", "eof"), "fail certificate-refused"},
		{"refused after the handshake", judge.Registered, secured().alerts("tls-1", 42).closes("tls-1", "eof"), "fail certificate-refused"},
		{"was refused", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).alert("tls-1", observation.Out, 2, 70).breaks("tls-1", "no common version"), "fail handshake-failed"},
		{"is shaking hands", judge.Registered, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}), "inconclusive handshake-unfinished"},
		{"hung up after the handshake", judge.Registered, secured().alert("tls-1", observation.In, 1, 0).closes("tls-1", "eof"), "fail closed-without-sip"},
		{"broke off after the handshake", judge.Registered, secured().closes("tls-1", "reset"), "fail closed-without-sip"},
		{"was hung up on", judge.Registered, secured().closes("tls-1", "local"), "inconclusive no-sip"},
		{"was hung up on when all was over", judge.Registered, secured().over().closes("tls-1", "eof"), "inconclusive no-sip"},
		{"keeps silent", judge.Registered, secured(), "inconclusive no-sip"},
		{"the last connection counts", judge.Registered, secured().alerts("tls-1", 48).opens("tls-2"), "inconclusive handshake-unfinished"},
	})
}

// TestTLSAtTheWrongPort: who begins TLS where SIP is spoken in clear is told so, and where to go.
func TestTLSAtTheWrongPort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		log  *story
		want string // in the hint
	}{
		{"TLS at the port for TCP", tell().opens("tcp-1").mangles("tcp-1"), "use the port for TLS"},
		{"nothing at that port", tell().opens("tcp-1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := judge.Check{Rule: judge.NoPlainOnTLS}.Judge(judge.NewView(c.log.events))
			if f.Cause != "never-connected" || !strings.Contains(f.Hint, c.want) || (c.want == "") != (f.Hint == "") {
				t.Errorf("%s: %s (hint: %s), want a hint with %q", f.Cause, f.Observed, f.Hint, c.want)
			}
		})
	}
}

// TestAfterTheEnd: what happens while the harness clears up is not judged.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	greeting := func() *story { return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).over() }
	try(t, []trial{
		{"a handshake that the harness ends", judge.Registered, greeting().breaks("tls-1", "use of closed network connection").closes("tls-1", "local"), "inconclusive handshake-unfinished"},
		{"an alert to a device that is ended", judge.RejectsServer("expired"), secured().over().alerts("tls-1", 90), "inconclusive undecided"},
		{"a handshake of the device's server that the harness ends", judge.RejectsClient("tls1.1"), tell().dials("tls-1").over().breaks("tls-1", "closed").closes("tls-1", "local"), "inconclusive handshake-unfinished"},
		{"a connection that is opened again", judge.Did("OPTIONS"), secured().over().opens("tls-2"), "inconclusive no-sip"},
	})
}

// TestTimeouts: a handshake on which the mock gave up is neither a rejection nor a fail.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	slow := func(s *story) *story {
		return s.breaks("tls-1", "context deadline exceeded").closes("tls-1", "timeout")
	}
	try(t, []trial{
		{"of the device's", judge.Registered, slow(tell().opens("tls-1")), "inconclusive handshake-unfinished"},
		{"of the device's server", judge.RejectsClient("tls1.1"), slow(tell().dials("tls-1")), "inconclusive handshake-unfinished"},
		{"of the device's server that was called", judge.Answered, slow(tell().dials("tls-1")), "inconclusive not-called"},
		{"after an alert", judge.RejectsClient("tls1.1"), tell().dials("tls-1").alerts("tls-1", 70).breaks("tls-1", "remote error").closes("tls-1", "timeout"), "pass refused-tls1.1"},
	})
}
