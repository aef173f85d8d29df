package main_test

import (
	"crypto/tls"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// says reads the mock's lines to the next that answers a line of input.
func (s *served) says(t *testing.T) string {
	t.Helper()
	for s.lines.Scan() {
		if line := s.lines.Text(); strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "error ") {
			return line
		}
	}
	t.Fatal("the mock does not answer")
	return ""
}

// tell writes a line to the mock.
func (s *served) tell(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(s.input, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// told writes a line to the mock, and checks that the answer begins with the first of the words and has all of them.
func (s *served) told(t *testing.T, line string, words ...string) {
	t.Helper()
	s.tell(t, line)
	s.expect(t, words...)
}

func (s *served) expect(t *testing.T, words ...string) {
	t.Helper()
	answer := s.says(t)
	for i, word := range words {
		if i == 0 && !strings.HasPrefix(answer, word) || !strings.Contains(answer, word) {
			t.Errorf("the answer is %q, without %q", answer, word)
		}
	}
}

// TestDriveAPI drives an HTTPS API, and looks at what its clients are shown meanwhile.
func TestDriveAPI(t *testing.T) {
	t.Parallel()
	s := serve(t, "infobip")
	const host = "api.infobip.com"
	shown := func(endpoint string, version uint16) string {
		conn, err := tls.Dial("tcp", s.at(t, endpoint+" "+host), &tls.Config{ServerName: host, RootCAs: s.roots(t), MaxVersion: version})
		if err != nil {
			return "nothing"
		}
		defer conn.Close()
		return string(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	}
	first := shown("production", tls.VersionTLS12)
	s.told(t, "announce leaf", "ok announce: New leaf: Scheduled, begins on ")
	if staged := shown("test", 0); staged == first || shown("production", 0) != first {
		t.Error("the new leaf is in production, or is not on the test endpoint")
	}
	s.told(t, "announce version 2026-01-01", "error announce: ", "at the earliest")
	s.told(t, "announce version", "ok announce: The lowest version of TLS is dropped: Scheduled")
	if shown("test", tls.VersionTLS12) != "nothing" || shown("production", tls.VersionTLS12) != first {
		t.Error("TLS 1.2 is dropped in production, or is not on the test endpoint")
	}
	s.told(t, "advance 61d", "ok advance: it is ", "New leaf: Completed", "dropped: Scheduled")
	if shown("production", 0) == first {
		t.Error("the leaf is not renewed")
	}
	s.told(t, "advance 200d", "ok advance: ", "dropped: Completed")
	if shown("production", tls.VersionTLS12) != "nothing" {
		t.Error("TLS 1.2 is not dropped")
	}
	s.told(t, "announce suite", "ok announce: The suite that is preferred is dropped")
	before := shown("production", 0)
	s.told(t, "renew next-global-root", "ok renew: ")
	if after := shown("production", 0); after == before || after == "nothing" {
		t.Error("the certificate is not renewed")
	}
	s.told(t, "set client_certificate=required", "ok set: client_certificate is required")
	s.told(t, "restart", "ok restart: ")
	s.end(t, os.Interrupt)
}

// TestDriveRefusals checks that a line which a mock cannot obey is answered with what is possible.
func TestDriveRefusals(t *testing.T) {
	t.Parallel()
	https, sip := serve(t, "infobip"), serve(t, "twilio", "--product=voice")
	for _, c := range []struct {
		mock  *served
		line  string
		words []string
	}{
		{https, "call alice", []string{"error call: this mock is of an HTTPS API", "use restart, renew, announce, advance, set, report, help"}},
		{https, "hang-up", []string{"error hang-up: "}},
		{https, "announce", []string{"error announce: write announce CHANGE [DATE]"}},
		{https, "announce prices", []string{`error announce: there is no change "prices"`, "leaf, root, version, suite"}},
		{https, "announce leaf tomorrow", []string{`error announce: "tomorrow" is no date`}},
		{https, "announce leaf 2099-01-01 now", []string{`error announce: "now" is too much`}},
		{https, "advance", []string{"error advance: write advance DURATION"}},
		{https, "advance -1h", []string{`error advance: "-1h" is no time`}},
		{https, "advance 0d", []string{`error advance: "0d" is no time`}},
		{https, "advance 99999999d", []string{"error advance: "}},
		{https, "renew nobody", []string{`error renew: the bundle has no root "nobody"`, "global-root, next-global-root"}},
		{https, "set colour=red", []string{"error set: ", `"colour"`, "tls_min"}},
		{https, "set tls_min", []string{"error set: ", "key=value"}},
		{https, "restart now", []string{"error restart: it takes no argument"}},
		{https, strings.Repeat("x", 5000), []string{"error a line is longer than 1024 bytes"}},
		{https, "  \n\x1b[31mred", []string{"error there is no command ", `\x1b[31mred`}},
		{sip, "advance 60d", []string{"error advance: this mock speaks SIP", "use call, hang-up, restart, renew, set, report, help"}},
		{sip, "dance", []string{`error there is no command "dance"`}},
		{sip, "hang-up", []string{"error hang-up: there is no call"}},
		{sip, "call", []string{"error call: write call USER[@HOST:PORT] [secure=true]"}},
		{sip, "call @127.0.0.1:5061", []string{"error call: name the user"}},
		{sip, "call bob@127.0.0.1", []string{"error call: ", "no HOST:PORT"}},
		{sip, "call bob@127.0.0.1:0", []string{"error call: ", "no port"}},
		{sip, "call bob secure=maybe", []string{`error call: "secure=maybe" is no option`}},
	} {
		c.mock.told(t, c.line, c.words...)
	}
	sip.told(t, "call nobody", "error call nobody: ", "no usable registration")
	for at, m := range map[string]*served{"production api.infobip.com": https, "tls": sip} { // the end of input leaves them running
		if err := m.input.Close(); err != nil {
			t.Error(err)
		}
		conn, err := tls.Dial("tcp", m.at(t, at), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		m.end(t, os.Interrupt)
	}
}

// TestDriveCalls has the vendor call a phone: over its registration, at its listener, and while it is not answered.
func TestDriveCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio", "--product=voice", "--set=digest=off")
	phone := testkit.Connect(t, observation.TLS, netip.MustParseAddrPort(s.at(t, "tls")),
		testkit.ClientTLS([]byte(file(t, s.CA)), s.Domain, 0))
	phone.Account = "sip:alice@" + s.Domain
	phone.Send(phone.Compose("REGISTER", "sip:"+s.Domain, "Expires: 600"))
	if got := phone.Final("REGISTER"); got.Status != 200 {
		t.Fatalf("registering: %s", testkit.FirstLine(got))
	}
	rings := func(line string) *sipwire.Message {
		t.Helper()
		s.tell(t, line)
		return phone.Expect(0, "INVITE")
	}
	for _, c := range []struct{ line, offers, answer string }{
		{"call alice", " RTP/AVP ", testkit.RTP()},
		{"call alice secure=true", " RTP/SAVP ", testkit.SRTP(testkit.Tag80)},
	} {
		invite := rings(c.line)
		if !strings.Contains(string(invite.Body), c.offers) {
			t.Errorf("%s offers %s", c.line, invite.Body)
		}
		phone.Send(phone.Reply(invite, 200, c.answer))
		phone.Expect(0, "ACK")
		s.expect(t, "ok call alice: 200 OK")
		s.tell(t, "hang-up")
		phone.Send(phone.Reply(phone.Expect(0, "BYE"), 200))
		s.expect(t, "ok hang-up: calls ended: 1; given up while they rang: 0")
	}
	phone.Send(phone.Reply(rings("call alice"), 486))
	phone.Expect(0, "ACK")
	s.expect(t, "ok call alice: 486 ")

	invite := rings("call alice")
	phone.Send(phone.Reply(invite, 180))
	s.sees(t, " in ", "180 Ringing to INVITE")
	s.told(t, "hang-up", "ok hang-up: calls ended: 0; given up while they rang: 1")
	phone.Send(phone.Reply(phone.Expect(0, "CANCEL"), 200))
	phone.Send(phone.Reply(invite, 487))
	s.expect(t, "ok call alice: given up while it rang")

	s.told(t, "set secure_media=on", "ok set: secure_media is on")
	s.told(t, "restart", "ok restart: ")
	s.told(t, "call alice", "error call alice: ", "no usable registration")
	s.told(t, "renew", "ok renew: ")
	s.end(t, os.Interrupt)
}
