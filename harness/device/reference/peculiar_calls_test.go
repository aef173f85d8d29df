package reference

import (
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{options: Options{Peculiarities: Peculiarities{SupportsUpdate: true}}})
	l := w.mustDial()
	s := newSound(t)
	first, _ := attribute(t, 1, cm80, "")
	answer := l.invite("call", s.describe("RTP/SAVP", first))
	second, key := attribute(t, 4, cm32, "")
	update := func(seq int, offer, tag string) *received {
		m := l.within(answer, "UPDATE", seq)
		m.Set("To", "<sip:+15557654321@example.com>;tag="+tag)
		if offer != "" {
			m.SetBody(sdpType, []byte(offer))
		}
		return l.ask(m)
	}
	for _, tt := range []struct {
		name, offer, tag string
		seq              int
		want             string
	}{
		{"of no call", "", "other", 2, "481"},
		{"offer that is not acceptable", s.describe("RTP/AVP"), answer.ToTag(), 3, "488"},
		{"out of order", s.describe("RTP/SAVP", second), answer.ToTag(), 3, "500"},
		{"new key", s.describe("RTP/SAVP", second), answer.ToTag(), 4, "200 RTP/SAVP 4:" + cm32},
	} {
		got := update(tt.seq, tt.offer, tt.tag)
		if shown := shown(t, got); shown != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, shown, tt.want)
		}
		answer.Body = got.Body
	}
	session, err := sdp.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	s.drain()
	s.echoed(mediaAddress(t, answer.Body), keysOf(t, key), keysOf(t, parseAttribute(t, value)))
}

// TestMultiplexing: a device that offers to multiplex sends RTCP to the RTP port if the answer agrees, else to the next.
func TestMultiplexing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer      string
		multiplexed bool
	}{"agreed": {"a=rtcp-mux\r\n", true}, "not agreed": {"", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSound(t)
			w := newWorld(t, settings{
				options: Options{Peculiarities: Peculiarities{OffersRTCPMux: true}}, levers: device.Levers{Media: device.RTP},
				script: callee(func(*sdp.Session) string { return s.describe("RTP/AVP") + tt.answer }),
			})
			w.do(device.Call, target)
			if !tt.multiplexed {
				if _, err := s.report(nil); err != nil {
					t.Error(err)
				}
				return
			}
			for range 1000 {
				if packet := s.receive(); packet[1] == 200 { // a sender report
					return
				}
			}
			t.Error("no report among the RTP")
		})
	}
}

// TestSessionTimers checks who refreshes a session (RFC 4028 §9).
func TestSessionTimers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, supported, asked, want string }{
		{"caller refreshes", "timer", "900;refresher=uac", "900;refresher=uac"},
		{"callee refreshes", "timer", "900;refresher=uas", "900;refresher=uas"},
		{"caller does not say", "timer", "900", "900;refresher=uac"},
		{"caller has no timers", "replaces", "900", "900;refresher=uas"},
		{"not asked", "timer", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{options: Options{Peculiarities: Peculiarities{SupportsTimers: true}}})
			l := w.mustDial()
			text, _ := attribute(t, 1, cm80, "")
			m := l.request("INVITE", "call", 1)
			m.Set("Supported", tt.supported)
			if tt.asked != "" {
				m.Add("Session-Expires", tt.asked)
			}
			m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
			answer := l.ask(m)
			if got := answer.Get("Session-Expires"); answer.Status != 200 || got != tt.want {
				t.Errorf("%d with %q, want %q", answer.Status, got, tt.want)
			}
			if got, want := answer.Get("Require") == "timer", tt.want == "900;refresher=uac"; got != want {
				t.Errorf("Require: timer %t, want %t", got, want)
			}
		})
	}
}
