package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestRejectsServer: a device rejects a server by an alert or by hanging up. Once it
// sent SIP it has accepted the server, whatever it does afterwards.
func TestRejectsServer(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsServer("expired")
	try(t, []trial{
		{"by an alert", rule, tell().opens("tls-1").alerts("tls-1", 45).breaks("tls-1", "remote error").closes("tls-1", "eof"), "pass refused-expired"},
		{"by an alert after the handshake", rule, secured().alerts("tls-1", 45), "pass refused-expired"},
		{"by hanging up", rule, secured().closes("tls-1", "eof"), "pass refused-expired"},
		{"by a reset", rule, secured().closes("tls-1", "reset"), "pass refused-expired"},
		{"and goes on trying", rule, secured().alerts("tls-1", 45).opens("tls-2").hello("tls-2", observation.HelloInfo{}), "pass refused-expired"},
		{"sends SIP", rule, secured().in("tls-1", "REGISTER 1"), "fail accepted-expired"},
		{"sends SIP and hangs up", rule, secured().in("tls-1", "REGISTER 1").alerts("tls-1", 45).closes("tls-1", "eof"), "fail accepted-expired"},
		{"sends what is hardly SIP", rule, secured().mangles("tls-1"), "fail accepted-expired"},
		{"refuses once, and then no more", rule, secured().alerts("tls-1", 45).opens("tls-2").shakes("tls-2", tls12, "leaf").in("tls-2", "REGISTER 1"), "fail accepted-expired"},
		{"does nothing", rule, secured(), "inconclusive undecided"},
		{"takes leave politely", rule, secured().alert("tls-1", observation.In, 1, 0), "inconclusive undecided"},
		{"is hung up on", rule, secured().closes("tls-1", "local"), "inconclusive undecided"},
		{"is waited for in vain", rule, secured().closes("tls-1", "timeout"), "inconclusive undecided"},
		{"is turned away by the vendor", rule,
			tell().opens("tls-1").alert("tls-1", observation.Out, 2, 40).breaks("tls-1", "no cipher suite").closes("tls-1", "eof"), "inconclusive undecided"},
		{"hangs up when all is over", rule, secured().over().closes("tls-1", "eof"), "inconclusive undecided"},
		{"goes another way", rule, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive never-connected"},
		{"was called", rule, tell().dials("tls-1").alerts("tls-1", 45), "inconclusive never-connected"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

// TestAcceptsServer: a device that refuses the certificate fails; one that is stopped by
// something else is not blamed for it.
func TestAcceptsServer(t *testing.T) {
	t.Parallel()
	shown := observation.HandshakeInfo{Error: "remote error", LocalChain: [][]byte{[]byte("leaf")}}
	try(t, []trial{
		{"sends SIP", judge.AcceptsServer, secured().in("tls-1", "REGISTER 1"), "pass certificate-accepted"},
		{"sends SIP, which is refused", judge.AcceptsServer, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "pass certificate-accepted"},
		{"refuses it", judge.AcceptsServer, tell().opens("tls-1").alerts("tls-1", 48).finishes("tls-1", shown), "fail certificate-refused"},
		{"refuses the key exchange", judge.AcceptsServer, tell().opens("tls-1").alerts("tls-1", 51).finishes("tls-1", shown), "inconclusive handshake-refused"},
		{"is turned away", judge.AcceptsServer,
			tell().opens("tls-1").alert("tls-1", observation.Out, 2, 40).breaks("tls-1", "no cipher suite"), "inconclusive handshake-failed"},
		{"is silent", judge.AcceptsServer, secured(), "inconclusive no-sip"},
		{"goes another way", judge.AcceptsServer, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive never-connected"},
	})
}

// TestRejectsServerOverHTTP: an HTTP request, or any other data, accepts a server as
// SIP does.
func TestRejectsServerOverHTTP(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"asked", judge.RejectsServer("x"), secured().asks("tls-1"), "fail accepted-x"},
		{"said something", judge.RejectsServer("x"), secured().says("tls-1"), "fail accepted-x"},
		{"left", judge.RejectsServer("x"), secured().closes("tls-1", "eof"), "pass refused-x"},
	})
}

// TestWhatWasAccepted: a fail says what the device sent, to whom, and what was wrong there.
func TestWhatWasAccepted(t *testing.T) {
	t.Parallel()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "vendor", Root: certs.Authority{CommonName: "Vendor Root CA"}})
	if err != nil {
		t.Fatal(err)
	}
	expired, err := pki.IssueDefective("expired", certs.Leaf{DNSNames: []string{"edge.example"}})
	if err != nil {
		t.Fatal(err)
	}
	end := expired.Leaf.NotAfter.Format(time.DateOnly)
	connected := func() *story { return tell().opens("tls-1").shakes("tls-1", tls12, string(expired.Leaf.Raw)) }
	for _, c := range []struct {
		log  *story
		what string
		want []string // in the observed text
	}{
		{connected().in("tls-1", "REGISTER 1"), "expired", []string{"it sent REGISTER", "expired a day ago", "edge.example", "Issuing CA", end}},
		{connected().asks("tls-1"), "wrong-name", []string{"it sent GET /", "another host"}},
		{connected().says("tls-1"), "unknown-ca", []string{"it sent data", "does not trust"}},
		{secured().in("tls-1", "REGISTER 1"), "unknown-root", []string{"unknown-root", "not readable"}},
		{secured().in("tls-1", "REGISTER 1"), "tls1.1", []string{"nothing above TLS 1.2"}},
	} {
		r := judge.RejectsServer(c.what)(judge.NewView(c.log.events))
		for _, part := range c.want {
			if !strings.Contains(r.Observed, part) {
				t.Errorf("%s: observed %q does not say %q", c.what, r.Observed, part)
			}
		}
	}
}

func TestRejectsClient(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsClient("tls1.1")
	try(t, []trial{
		{"by an alert", rule, tell().dials("tls-1").alerts("tls-1", 70).breaks("tls-1", "remote error: protocol version"), "pass refused-tls1.1"},
		{"by an alert after the handshake", rule, tell().dials("tls-1").shakes("tls-1", tls13, "leaf").alerts("tls-1", 48), "pass refused-tls1.1"},
		{"not", rule, tell().dials("tls-1").shakes("tls-1", tls11, "leaf"), "fail accepted-tls1.1"},
		{"not, and it answered before the alert", rule, tell().dials("tls-1").shakes("tls-1", tls13, "leaf").in("tls-1", "200 INVITE 1").
			alerts("tls-1", 48), "fail accepted-tls1.1"},
		{"the vendor itself", rule, tell().dials("tls-1").finishes("tls-1", observation.HandshakeInfo{Error: "bad name", EndedBy: observation.MockSide}),
			"inconclusive handshake-failed"},
		{"slowly", rule, tell().dials("tls-1"), "inconclusive handshake-unfinished"},
		{"as a client", rule, secured().alerts("tls-1", 70), "inconclusive not-called"},
	})
}
