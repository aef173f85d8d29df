package edge

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestUnworkableAnswers checks that an answer that the vendor cannot work with ends the call at once, TW-SRTP-16.
func TestUnworkableAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(offer string) string{
		"RTP":              func(string) string { return testkit.RTP() },
		"RTP with key":     func(string) string { return testkit.RTP(tag80) },
		"DTLS":             func(string) string { return testkit.AudioOnly("UDP/TLS/RTP/SAVPF") + "a=fingerprint:sha-256 00\r\n" },
		"no key":           func(string) string { return testkit.SRTP() },
		"two keys":         func(string) string { return testkit.SRTP(tag80, strings.Replace(tag80, "1 ", "2 ", 1)) },
		"unoffered tag":    func(string) string { return testkit.SRTP(strings.Replace(tag80, "1 ", "2 ", 1)) },
		"unoffered suite":  func(string) string { return testkit.SRTP(strings.Replace(tag80, "_80", "_32", 1)) },
		"the offerer's":    func(offer string) string { return testkit.SRTP(offer) },
		"the stream is no": func(string) string { return strings.Replace(testkit.SRTP(tag80), "audio 40000", "audio 0", 1) },
		"no description":   func(string) string { return "" },
		"garbage":          func(string) string { return "v=0\r\n\x00" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			done := ring(t.Context(), s, outbound)
			invite := d.Expect(0, "INVITE")
			d.Send(d.Reply(invite, 200, answer(stream(t, invite, 0).Values("crypto")[0])))
			d.Expect(0, "ACK")
			d.Send(d.Reply(d.Expect(0, "BYE"), 200))
			if r := <-done; r.err != nil || r.call.Status != 200 {
				t.Errorf("got %+v, %v", r.call, r.err)
			}
			testkit.Await(t, s.Log, observation.Note, func(e observation.Event) bool {
				return strings.HasPrefix(e.Text, "call ended for its answer: ")
			})
		})
	}
}
