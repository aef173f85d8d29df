package edge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// sippHead is what every message of SIPp's calls has. The branch has characters that are no token's.
const sippHead = "Via: SIP/2.0/[transport] [local_ip]:[local_port] ;rport;branch=z9hG4bK+/[call_number]-%d=;alias\n" +
	"From: <sip:alice@[local_ip]>;tag=[call_number]\nTo: <sip:[service]@[remote_ip]>%s\nCall-ID: [call_id]\nCSeq: %d %s\n" +
	"Max-Forwards: 70\nContact: <sip:alice@[local_ip]:[local_port];transport=[transport]>\n%s\n%s"

// sippSend writes a request of SIPp's. Those after the first are within the dialog.
func sippSend(method, uri string, number int, headers, body string) string {
	to := ""
	if number > 1 || method == "ACK" {
		to = "[peer_tag_param]"
	}
	number = max(number, 1)
	transaction := number
	if method == "ACK" {
		transaction += 100
	}
	headers += "Content-Length: [len]\n"
	message := method + " " + uri + " SIP/2.0\n" + fmt.Sprintf(sippHead, transaction, to, number, method, headers, body)
	return "<send><![CDATA[\n" + message + "\n]]></send>\n"
}

// sippReceive waits for a response whose header fields match these expressions, after provisional ones.
func sippReceive(status int, matches ...string) string {
	action := ""
	for i := 0; i+1 < len(matches); i += 2 {
		action += fmt.Sprintf(`<ereg regexp="%s" search_in="hdr" header="%s:" check_it="true" assign_to="seen"/>`, matches[i+1], matches[i])
	}
	return fmt.Sprintf(`<recv response="100" optional="true"></recv><recv response="%d"><action>%s</action></recv>`+"\n", status, action)
}

// sipp runs a scenario of SIPp's, an independent SIP stack, against an edge.
func sipp(t *testing.T, s *Server, steps ...string) {
	t.Helper()
	scenario := `<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="case">` + "\n" + strings.Join(steps, "") +
		`<Reference variables="seen"/></scenario>`
	file := testkit.File(t, "scenario.xml", []byte(scenario))
	cmd := testkit.Command(t, "sipp", s.Addresses()[observation.UDP].String(), "-sf", file, "-s", "+15550199", "-m", "1", "-i", "127.0.0.1",
		"-nostdin", "-timeout", "20s", "-timeout_error", "-trace_err", "-error_file", "/dev/stderr")
	cmd.Dir = t.TempDir()
	if out, status := testkit.Run(t, cmd); status != 0 {
		t.Errorf("status %d\n%s\n%s", status, scenario, out)
	}
}

// TestAgainstSIPp has SIPp send what field reports have: a Via that is not to be written otherwise, session timers,
// bodies of several parts, and a hold by address.
func TestAgainstSIPp(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "sipp")
	const uri = "sip:[service]@example.sip.twilio.com"
	lines := func(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
	plain := lines(testkit.RTP())
	typed := "Content-Type: application/sdp\n"
	echoed := []string{"Via", `;rport=[0-9]+;branch=z9hG4bK\+/[0-9]+-[0-9]+=;alias;received=127.0.0.1`}
	ending := sippSend("BYE", uri, 9, "", "") + sippReceive(200, echoed...)
	for name, steps := range map[string][]string{
		"Via": {sippSend("OPTIONS", uri, 1, "", ""), sippReceive(200, echoed...)},
		"timer required": {sippSend("INVITE", uri, 1, "Require: timer\nSupported: timer\nSession-Expires: 1800;refresher=uas\n"+typed, plain),
			sippReceive(200, "Session-Expires", "1800;refresher=uas", "Require", "timer"), sippSend("ACK", uri, 0, "", ""), ending},
		"unknown extension": {sippSend("INVITE", uri, 1, "Require: x-field, timer\n"+typed, plain),
			sippReceive(420, "Unsupported", "x-field"), sippSend("ACK", uri, 0, "", "")},
		"multipart": {sippSend("INVITE", uri, 1, "c: multipart/mixed;boundary=uniqueBoundary\n",
			"--uniqueBoundary\nContent-Type: application/sdp\n\n"+plain+"\n--uniqueBoundary\nContent-Type: application/pidf+xml\n\n<presence/>\n--uniqueBoundary--\n"),
			sippReceive(200, "Content-Type", "application/sdp"), sippSend("ACK", uri, 0, "", ""), ending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t)
			sipp(t, s, steps...)
			for _, e := range s.Log.Events() {
				if e.Kind == observation.Unexpected || e.Kind == observation.SIPMalformed {
					t.Errorf("%s: %s", e.Kind, e.Text)
				}
			}
		})
	}
	t.Run("late offer", func(t *testing.T) {
		t.Parallel()
		s := serve(t, "cisco-ucm", map[string]string{"security_mode": "non-secure"})
		answer := lines(testkit.SRTP("3" + tag80[1:]))
		sipp(t, s, sippSend("INVITE", uri, 1, "", ""), sippReceive(200, "Content-Type", "application/sdp"),
			sippSend("ACK", uri, 0, typed, answer), `<pause milliseconds="100"/>`, ending)
		for _, e := range s.Log.Events() {
			if e.Kind == observation.Note && strings.HasPrefix(e.Text, "call ended") {
				t.Error(e.Text)
			}
		}
	})
	t.Run("hold by address", func(t *testing.T) {
		t.Parallel()
		s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(c *Config) { c.Wire, c.MediaInterval = true, 1e6 })
		sipp(t, s, sippSend("INVITE", uri, 1, typed, plain), sippReceive(200), sippSend("ACK", uri, 0, "", ""), `<pause milliseconds="100"/>`,
			sippSend("INVITE", uri, 2, typed, plain+"c=IN IP4 0.0.0.0\n"), sippReceive(200),
			sippSend("ACK", uri, 2, "", ""), `<pause milliseconds="300"/>`, ending)
		before, after, finals := 0, 0, 0
		for _, e := range s.Log.Events() {
			switch {
			case e.Kind == observation.SIP && e.Dir == observation.Out && strings.HasPrefix(string(e.Bytes), "SIP/2.0 200 "):
				finals++
			case e.Kind == observation.Media && e.Dir == observation.Out && finals < 2:
				before++
			case e.Kind == observation.Media && e.Dir == observation.Out:
				after++
			}
		}
		if before == 0 || after > 0 {
			t.Errorf("%d datagrams before the hold and %d during it", before, after)
		}
	})
}
