package reference

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// offeredKeys returns the attributes of an offer's first stream.
func offeredKeys(t testing.TB, r *received) []sdes.Attribute {
	t.Helper()
	offer, err := sdp.Parse(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	results, err := sdes.ParseMedia(offer.Media[0].Values("crypto"))
	if err != nil {
		t.Fatal(err)
	}
	return sdes.Valid(results)
}

func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	other, _ := attribute(t, 1, cm32, "")
	good := func(tag int, suite string) string {
		text, _ := attribute(t, tag, suite, "")
		return text
	}
	theirs := func(offer *sdp.Session) string { value, _ := offer.Media[0].Value("crypto"); return value }
	tests := []struct {
		name   string
		answer func(*sdp.Session, *sound) string
		said   string
	}{
		{"wrong tag", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/SAVP", good(7, cm80)) }, "tag-not-offered"},
		{"suite of another tag", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/SAVP", other) }, "suite-not-offered-for-tag"},
		{"suite not offered", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/SAVP", good(1, "AEAD_AES_128_GCM")) }, "suite-not-offered-for-tag"},
		{"two attributes", func(_ *sdp.Session, s *sound) string {
			return s.describe("RTP/SAVP", good(1, cm80), good(2, cm32))
		}, "several-crypto"},
		{"no attribute", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/SAVP") }, "no-crypto"},
		{"own key", func(o *sdp.Session, s *sound) string { return s.describe("RTP/SAVP", theirs(o)) }, "same-key-as-offered"},
		{"clear profile", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/AVP") }, "RTP/AVP in answer to RTP/SAVP"},
		{"clear profile with key", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/AVP", good(1, cm80)) }, "RTP/AVP in answer to RTP/SAVP"},
		{"unencrypted", func(_ *sdp.Session, s *sound) string {
			return s.describe("RTP/SAVP", good(1, cm80)+" UNENCRYPTED_SRTP")
		}, "session-parameters-differ"},
		{"MKI", func(_ *sdp.Session, s *sound) string { return s.describe("RTP/SAVP", good(1, cm80)+"|1:4") }, "has an MKI"},
		{"rejected stream", func(*sdp.Session, *sound) string { return describe("m=audio 0 RTP/SAVP 0\r\n") }, "every stream is rejected"},
		{"other formats", func(*sdp.Session, *sound) string { return describe("m=audio 9 RTP/SAVP 18\r\n") }, "no format in common"},
		{"too many streams", func(_ *sdp.Session, s *sound) string {
			return s.describe("RTP/SAVP", good(1, cm80)) + "m=audio 9 RTP/AVP 0\r\n"
		}, "2 streams in the answer"},
		{"no description", func(*sdp.Session, *sound) string { return "" }, "sdp: empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSound(t)
			w := newWorld(t, settings{script: callee(func(o *sdp.Session) string { return tt.answer(o, s) })})
			w.do(device.Call, target)
			w.said("answer not acceptable: ")
			if !strings.Contains(w.events(), tt.said) {
				t.Errorf("said %s", w.events())
			}
			if got := outline(w.finish()); got != "tls1 INVITE, tls1 ACK, tls1 BYE" {
				t.Error(got)
			}
			if s.drain() > 0 {
				t.Error("media was sent")
			}
		})
	}
}

func TestOffersFollowLevers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		levers device.Levers
		want   string // media profiles, and attributes without keys
	}{
		{"default", device.Levers{}, "RTP/SAVP 1:" + cm80 + " 2:" + cm32},
		{"told RTP over TLS", device.Levers{Media: device.RTP}, "RTP/AVP"},
		{"opportunistic", device.Levers{Media: device.Opportunistic}, "RTP/AVP 1:" + cm80 + " 2:" + cm32},
		{"both", device.Levers{Media: device.Both}, "RTP/SAVP 1:" + cm80 + " 2:" + cm32 + " / RTP/AVP"},
		{"suites in order", device.Levers{SRTPSuites: []string{"AEAD_AES_256_GCM", cm32}}, "RTP/SAVP 1:AEAD_AES_256_GCM 2:" + cm32},
		{"MKI and lifetime", device.Levers{MKI: true, Lifetime: "2^20", SRTPSuites: []string{cm80}}, "RTP/SAVP 1:" + cm80 + "|2^20|1:4"},
		{"no keys over UDP", device.Levers{Transport: observation.UDP}, "RTP/AVP"},
		{"no keys over TCP", device.Levers{Transport: observation.TCP}, "RTP/AVP"},
		{"keys over TCP when told", device.Levers{Transport: observation.TCP, Media: device.SRTP, SRTPSuites: []string{cm80}}, "RTP/SAVP 1:" + cm80},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{levers: tt.levers, script: func(r *received) {
				if r.Method == "INVITE" {
					r.respond(486, "")
				}
			}})
			w.do(device.Call, target)
			sent := w.finish()
			if got := offerOutline(t, sent[0].Body); got != tt.want {
				t.Errorf("offered %s, want %s", got, tt.want)
			}
		})
	}
}

// offerOutline describes what a session description offers, without the keys.
func offerOutline(t testing.TB, body []byte) string {
	t.Helper()
	session, err := sdp.Parse(body)
	if err != nil {
		return err.Error()
	}
	if len(session.Problems) > 0 {
		t.Errorf("%v in\n%s", session.Problems, body)
	}
	var lines []string
	for i := range session.Media {
		m := &session.Media[i]
		line := m.Proto
		if m.Port == 0 {
			line += " rejected"
		}
		for _, value := range m.Values("crypto") {
			a := parseAttribute(t, value)
			line += fmt.Sprintf(" %d:%s", a.Tag, a.Suite)
			if a.Keys[0].LifetimeText != "" {
				line += "|" + a.Keys[0].LifetimeText
			}
			if a.HasMKI() {
				line += fmt.Sprintf("|%d:%d", a.Keys[0].MKI[len(a.Keys[0].MKI)-1], a.Keys[0].MKILength)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " / ")
}

// TestEverySuite exchanges media under each suite, with and without an MKI.
func TestEverySuite(t *testing.T) {
	t.Parallel()
	for suite := range protections {
		for _, mki := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, MKI %t", suite, mki), func(t *testing.T) {
				t.Parallel()
				s := newSound(t)
				text, own := attribute(t, 1, suite, "")
				w := newWorld(t, settings{
					levers: device.Levers{SRTPSuites: []string{suite}, MKI: mki},
					script: callee(func(*sdp.Session) string { return s.describe("RTP/SAVP", text) }),
				})
				w.do(device.Call, target)
				invite := w.peer.request(t, "INVITE")
				offered := offeredKeys(t, invite)[0]
				if offered.HasMKI() != mki {
					t.Fatal("MKI lever not obeyed")
				}
				mine, theirs := keysOf(t, own), keysOf(t, offered)
				for range firstReport {
					s.echoed(mediaAddress(t, invite.Body), mine, theirs)
				}
				if _, err := s.report(keysOf(t, offered)); err != nil {
					t.Errorf("report: %v", err)
				}
			})
		}
	}
}

func TestClearMediaWhenTold(t *testing.T) {
	t.Parallel()
	text, own := attribute(t, 1, cm80, "")
	tests := []struct {
		name   string
		media  device.Media
		answer func(*sound) string
		secure bool
	}{
		{"RTP", device.RTP, func(s *sound) string { return s.describe("RTP/AVP") }, false},
		{"opportunistic, taken", device.Opportunistic, func(s *sound) string { return s.describe("RTP/AVP", text) }, true},
		{"opportunistic, not taken", device.Opportunistic, func(s *sound) string { return s.describe("RTP/AVP") }, false},
		{"both, clear taken", device.Both, func(s *sound) string {
			return describe("m=audio 0 RTP/SAVP 0\r\n", stream(port(s.rtp.LocalAddr()), "RTP/AVP"))
		}, false},
		{"both, secure taken", device.Both, func(s *sound) string {
			return describe(stream(port(s.rtp.LocalAddr()), "RTP/SAVP", text), "m=audio 0 RTP/AVP 0\r\n")
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSound(t)
			w := newWorld(t, settings{levers: device.Levers{Media: tt.media}, script: callee(func(*sdp.Session) string { return tt.answer(s) })})
			w.do(device.Call, target)
			w.said("call established")
			var send, receive *srtp.Context
			if tt.secure {
				send, receive = keysOf(t, own), keysOf(t, offeredKeys(t, w.peer.request(t, "INVITE"))[0])
			}
			if _, err := s.hear(receive); err != nil {
				t.Fatal(err)
			}
			if tt.media != device.Both {
				s.echoed(mediaAddress(t, w.peer.request(t, "INVITE").Body), send, receive)
			}
		})
	}
}
