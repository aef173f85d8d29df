package reference

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

func TestIncomingCall(t *testing.T) {
	t.Parallel()
	s := newSound(t)
	text, own := attribute(t, 7, cm80, "")
	w := newWorld(t, settings{script: callee(nil)})
	l := w.mustDial()
	answer := l.invite("call", s.describe("RTP/SAVP", text))
	if got := shown(t, answer); got != "200 RTP/SAVP 7:"+cm80 {
		t.Fatal(got)
	}
	if defects := answer.Defects(); len(defects) > 0 {
		t.Errorf("%v in\n%s", defects, answer.Raw)
	}
	if got := strings.Join(answer.Lines("Record-Route"), " "); got != firstRoute+" "+secondRoute {
		t.Errorf("Record-Route %s", got)
	}
	session, err := sdp.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	chosen := parseAttribute(t, value)
	if bytes.Equal(chosen.Keys[0].Material, own.Keys[0].Material) || chosen.HasMKI() || chosen.Keys[0].LifetimeText != "" {
		t.Errorf("answered %d %s with the wrong key, an MKI or a lifetime", chosen.Tag, chosen.Suite)
	}
	s.echoed(mediaAddress(t, answer.Body), keysOf(t, own), keysOf(t, chosen))
	w.do(device.HangUp, "")
	s.drain()
	sent := w.finish()
	if !s.silent() {
		t.Error("media after the BYE")
	}
	if got := outline(sent); got != "tls1 100, tls1 180, tls1 200, tls1 BYE" {
		t.Fatal(got)
	}
	// The route set is in the order of Record-Route, and everything stays on the connection.
	bye := sent[3]
	if got := strings.Join(bye.Lines("Route"), " "); got != firstRoute+" "+secondRoute ||
		bye.FromTag() != answer.ToTag() || bye.ToTag() != "caller" {
		t.Errorf("BYE\n%s", bye.Raw)
	}
}

func TestReinvite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := w.mustDial()
	first, firstKey := attribute(t, 1, cm80, "")
	s := newSound(t)
	answer := l.invite("call", s.describe("RTP/SAVP", first))
	value := func(r *received) string {
		session, err := sdp.Parse(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := session.Media[0].Value("crypto")
		return text
	}
	s.echoed(mediaAddress(t, answer.Body), keysOf(t, firstKey), keysOf(t, parseAttribute(t, value(answer))))

	reinvite := func(seq int, offer string) *received {
		m := l.within(answer, "INVITE", seq)
		if offer != "" {
			m.SetBody(sdpType, []byte(offer))
		}
		again := l.ask(m)
		if again.Status != 200 || offer != "" {
			l.send(l.within(answer, "ACK", seq))
		}
		return again
	}
	// The same offer changes nothing.
	if same := reinvite(2, s.describe("RTP/SAVP", first)); value(same) != value(answer) || same.ToTag() != answer.ToTag() {
		t.Errorf("the same offer got\n%s", same.Body)
	}
	// An offer that is not acceptable changes nothing.
	if refused := reinvite(3, s.describe("RTP/AVP")); refused.Status != 488 {
		t.Errorf("a clear offer got %d", refused.Status)
	}
	// A new key and address take effect, and the device has a new key too.
	second, secondKey := attribute(t, 5, cm32, "")
	moved := newSound(t)
	changed := reinvite(4, moved.describe("RTP/SAVP", second))
	if got := shown(t, changed); got != "200 RTP/SAVP 5:"+cm32 {
		t.Fatal(got)
	}
	if parseAttribute(t, value(changed)).Keys[0].Equal(parseAttribute(t, value(answer)).Keys[0]) {
		t.Error("the device kept its key")
	}
	moved.echoed(mediaAddress(t, changed.Body), keysOf(t, secondKey), keysOf(t, parseAttribute(t, value(changed))))
	// Without an offer the device makes one, and the ACK has the answer.
	offered := reinvite(5, "")
	third, thirdKey := attribute(t, 2, cm32, "")
	ack := l.within(answer, "ACK", 5)
	ack.SetBody(sdpType, []byte(moved.describe("RTP/SAVP", third)))
	l.send(ack)
	if got := shown(t, offered); got != "200 RTP/SAVP 1:"+cm80+" 2:"+cm32 {
		t.Fatal(got)
	}
	l.ask(l.request("OPTIONS", "barrier", 1)) // answered after the ACK was handled
	session, err := sdp.Parse(offered.Body)
	if err != nil {
		t.Fatal(err)
	}
	moved.drain()
	theirs := keysOf(t, parseAttribute(t, session.Media[0].Values("crypto")[1]))
	payload := bytes.Repeat([]byte{0x33}, packetSamples)
	for heard := false; !heard; {
		moved.say(mediaAddress(t, offered.Body), keysOf(t, thirdKey), payload)
		if packet, err := moved.hear(theirs); err == nil {
			heard = bytes.Equal(packet.Payload, payload)
		}
	}
	// On hold the device sends nothing.
	held := reinvite(6, moved.describe("RTP/SAVP", third)+"a=inactive\r\n")
	if session, err := sdp.Parse(held.Body); err != nil || session.Direction(&session.Media[0]) != sdp.Inactive {
		t.Errorf("hold got\n%s", held.Body)
	}
	moved.drain()
	moved.say(mediaAddress(t, offered.Body), keysOf(t, thirdKey), payload)
	// One request is out of order, another belongs to no dialog.
	if old := l.ask(l.within(answer, "BYE", 3)); old.Status != 500 {
		t.Errorf("an old BYE got %d", old.Status)
	}
	stranger := l.within(answer, "BYE", 9)
	stranger.Set("To", "<sip:+15557654321@example.com>;tag=other")
	if got := l.ask(stranger); got.Status != 481 {
		t.Errorf("a BYE of another dialog got %d", got.Status)
	}
	if bye := l.ask(l.within(answer, "BYE", 9)); bye.Status != 200 {
		t.Errorf("BYE got %d", bye.Status)
	}
	moved.drain()
	if err := w.session.Close(); err != nil || !moved.silent() {
		t.Error("media on hold or after the BYE")
	}
}

func TestCallWithoutOffer(t *testing.T) {
	t.Parallel()
	for _, good := range []bool{true, false} {
		w := newWorld(t, settings{script: callee(nil)})
		l := w.mustDial()
		s := newSound(t)
		m := l.request("INVITE", "call", 1)
		offer := l.ask(m)
		ack := l.within(offer, "ACK", 1)
		if good {
			text, own := attribute(t, 1, cm80, "")
			ack.SetBody(sdpType, []byte(s.describe("RTP/SAVP", text)))
			l.send(ack)
			s.echoed(mediaAddress(t, offer.Body), keysOf(t, own), keysOf(t, offeredKeys(t, offer)[0]))
			continue
		}
		ack.SetBody(sdpType, []byte(s.describe("RTP/AVP")))
		l.send(ack)
		w.peer.request(t, "BYE")
		w.said("RTP/AVP in answer to RTP/SAVP")
	}
}

func TestCallOverRegistration(t *testing.T) {
	t.Parallel()
	text, _ := attribute(t, 1, cm80, "")
	w := newWorld(t, settings{script: func(r *received) {
		switch r.Method {
		case "REGISTER":
			ok(r)
			l := &line{w: r.peer.world}
			invite := l.request("INVITE", "call", 1)
			invite.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
			r.send(invite.Bytes())
		case "":
			if r.Status == 200 {
				l := &line{w: r.peer.world}
				r.send(l.within(r, "ACK", 1).Bytes())
			}
		}
	}})
	w.do(device.Register, "")
	w.said("call established")
	if got := outline(w.finish()); got != "tls1 REGISTER, tls1 100, tls1 180, tls1 200" {
		t.Error(got)
	}
}
