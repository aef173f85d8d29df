package reference

import (
	"net"
	"net/netip"
	"reflect"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// sink returns a link that discards what is sent.
func sink(f *testing.F, w *world) *link {
	f.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	l := w.session.datagramLink(conn.LocalAddr().(*net.UDPAddr).AddrPort())
	l.protocol = "tls" // the device treats it as secure
	return l
}

// allBugs returns every bug but those that make the device wait, or keep the media of calls that have ended.
func allBugs() (b Bugs) {
	for _, f := range bugFields() {
		reflect.ValueOf(&b).Elem().FieldByIndex(f.Index).SetBool(true)
	}
	b.PingsTooOften, b.NeverAnswers, b.TalksAfterBye = false, false, false
	return b
}

// allPeculiarities returns every peculiarity but those that make the device wait, or keep the media of calls that have
// ended.
func allPeculiarities() (p Peculiarities) {
	v := reflect.ValueOf(&p).Elem()
	for i := range v.NumField() {
		v.Field(i).SetBool(true)
	}
	p.AnswersSlowly, p.ShakesHandsSlowly, p.SendsEarlyMedia = false, false, false
	p.FallsSilentEarly, p.TrailsOff = false, false
	return p
}

// FuzzMessage has the device handle arbitrary messages.
func FuzzMessage(f *testing.F) {
	good := newWorld(f, settings{})
	bad := newWorld(f, settings{options: Options{Bugs: allBugs()}})
	odd := newWorld(f, settings{options: Options{Peculiarities: allPeculiarities()}})
	text, _ := attribute(f, 1, cm80, "|2^20 -FOO=1")
	for _, method := range []string{"INVITE", "BYE", "CANCEL", "OPTIONS", "ACK", "REGISTER", "UPDATE"} {
		m := (&line{w: good}).request(method, "call", 1)
		m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
		f.Add(m.Bytes())
		f.Add(sipwire.NewResponse(m, 200, "").Bytes())
	}
	links := []*link{sink(f, good), sink(f, bad), sink(f, odd)}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		for _, l := range links {
			m, err := sipwire.Parse(raw)
			if err != nil {
				return
			}
			l.session.message(l, m)
			for _, c := range l.session.currentCalls() {
				c.close()
			}
		}
	})
}

// FuzzAnswer has the device read arbitrary answers to its own offers.
func FuzzAnswer(f *testing.F) {
	good := newWorld(f, settings{levers: device.Levers{MKI: true}})
	bad := newWorld(f, settings{options: Options{Bugs: allBugs()}})
	odd := newWorld(f, settings{options: Options{Peculiarities: allPeculiarities()}})
	text, _ := attribute(f, 1, cm80, "|1:4")
	f.Add([]byte(describe(stream(9, "RTP/SAVP", text))))
	f.Add([]byte(describe(stream(0, "RTP/SAVP"), stream(9, "RTP/AVP"))))
	links := []*link{sink(f, good), sink(f, bad), sink(f, odd)}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, l := range links {
			c, ok := l.session.newCall("call", l)
			if !ok {
				t.Fatal("the last call is still there")
			}
			if o, err := c.newOffer(device.Both); err == nil {
				_ = c.settle(o, &sipwire.Message{Body: body})
			}
			c.close()
		}
	})
}
