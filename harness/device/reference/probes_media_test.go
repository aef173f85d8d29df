package reference

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// offered has the peer call the device, and shows the answer.
func offered(proto string, keys func(testing.TB) []string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}})
		l := w.mustDial()
		given := keys(t)
		answer := l.invite("call", describe(stream(9, proto, given...)))
		seen := shown(t, answer)
		if session, err := sdp.Parse(answer.Body); err == nil {
			if value, ok := session.Media[0].Value("crypto"); ok && len(given) > 0 {
				if inlineKey(value) == inlineKey(given[0]) {
					seen += " with the offered key"
				}
			}
		}
		return seen
	}
}

// key returns an a=crypto with a fresh key, followed by after.
func key(tag int, suite, after string) func(testing.TB) []string {
	return func(t testing.TB) []string { text, _ := attribute(t, tag, suite, after); return []string{text} }
}

// plays has the peer call the device, and shows whether its first packet and its first RTCP report are authentic.
func plays(suite string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: device.Levers{SRTPSuites: []string{suite}}})
		l := w.mustDial()
		s := newSound(t)
		text, _ := attribute(t, 1, suite, "")
		answer := l.invite("call", s.describe("RTP/SAVP", text))
		session, err := sdp.Parse(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		value, _ := session.Media[0].Value("crypto")
		theirs := parseAttribute(t, value)
		raw := s.receive()
		packet, err := keysOf(t, theirs).DecryptRTP(nil, raw, nil)
		seen := fmt.Sprintf("%d bytes, authentic", len(raw))
		if err != nil || len(packet) != 12+packetSamples {
			seen = fmt.Sprintf("%d bytes, not authentic", len(raw))
		}
		if _, err := s.report(keysOf(t, theirs)); err != nil {
			return seen + ", report not authentic"
		}
		return seen + ", report authentic"
	}
}

// changesKeys has the peer change its key during a call, and shows with which keys the device then receives and sends.
func changesKeys(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	l := w.mustDial()
	s := newSound(t)
	first, _ := attribute(t, 1, cm80, "")
	answer := l.invite("call", s.describe("RTP/SAVP", first))
	second, own := attribute(t, 1, cm80, "")
	moved := newSound(t)
	again := l.within(answer, "INVITE", 2)
	again.SetBody(sdpType, []byte(moved.describe("RTP/SAVP", second)))
	changed := l.ask(again)
	l.send(l.within(answer, "ACK", 2))
	session, err := sdp.Parse(changed.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	theirs := parseAttribute(t, value)
	if _, err := moved.hear(keysOf(t, theirs)); err != nil {
		return "sends under another key than it told"
	}
	payload := bytes.Repeat([]byte{0x44}, packetSamples)
	receive := keysOf(t, theirs)
	for range 50 {
		moved.say(mediaAddress(t, changed.Body), keysOf(t, own), payload)
		if packet, err := moved.hear(receive); err == nil && bytes.Equal(packet.Payload, payload) {
			return "hears and sends under the new keys"
		}
	}
	return "does not hear the new key"
}

// none returns no keys.
func none(testing.TB) []string { return nil }
