package edge

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestUnworkableAnswers: an answer that the vendor cannot work with ends the call
// at once, TW-SRTP-16.
func TestUnworkableAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(offer string) string{
		"RTP":              func(string) string { return audioOnly("RTP/AVP") },
		"RTP with key":     func(string) string { return audioOnly("RTP/AVP", tag80) },
		"DTLS":             func(string) string { return audioOnly("UDP/TLS/RTP/SAVPF") + "a=fingerprint:sha-256 00\r\n" },
		"no key":           func(string) string { return audioOnly("RTP/SAVP") },
		"two keys":         func(string) string { return audioOnly("RTP/SAVP", tag80, strings.Replace(tag80, "1 ", "2 ", 1)) },
		"unoffered tag":    func(string) string { return audioOnly("RTP/SAVP", strings.Replace(tag80, "1 ", "2 ", 1)) },
		"unoffered suite":  func(string) string { return audioOnly("RTP/SAVP", strings.Replace(tag80, "_80", "_32", 1)) },
		"the offerer's":    func(offer string) string { return audioOnly("RTP/SAVP", offer) },
		"the stream is no": func(string) string { return strings.Replace(audioOnly("RTP/SAVP", tag80), "audio 40000", "audio 0", 1) },
		"no description":   func(string) string { return "" },
		"garbage":          func(string) string { return "v=0\r\n\x00" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			done := ring(t.Context(), s, outbound)
			invite := d.request("INVITE")
			d.send(d.reply(invite, 200, answer(stream(t, invite, 0).Values("crypto")[0])))
			d.request("ACK")
			d.send(d.reply(d.request("BYE"), 200, ""))
			if r := <-done; r.err != nil || r.call.Status != 200 {
				t.Errorf("got %+v, %v", r.call, r.err)
			}
			seen(t, s, func(e observation.Event) bool {
				return e.Kind == observation.Note && strings.HasPrefix(e.Text, "call ended for its answer: ")
			})
		})
	}
}
