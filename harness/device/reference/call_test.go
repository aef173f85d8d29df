package reference

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

const target = "+15551234567@" + domain

// The routes that a vendor's edge records.
var (
	firstRoute  = "<sip:192.0.2.1:5061;transport=tls;lr;r2=on>"
	secondRoute = "<sip:192.0.2.1;lr;r2=on>"
)

// callee accepts calls with the session description that answer returns for the offer. It has two record routes and a
// private Contact.
func callee(answer func(offer *sdp.Session) string) func(*received) {
	return func(r *received) {
		switch r.Method {
		case "INVITE":
			r.respond(100, "")
			offer, err := sdp.Parse(r.Body)
			if err != nil {
				r.respond(400, "")
				return
			}
			r.respond(200, answer(offer), "Record-Route", firstRoute, "Record-Route", secondRoute,
				"Contact", fmt.Sprintf("<sip:callee@127.0.0.1:%d;transport=udp>", port(r.peer.udp.LocalAddr())))
		case "ACK", "":
		default:
			r.respond(200, "")
		}
	}
}

// mediaAddress returns the RTP address of a session description.
func mediaAddress(t testing.TB, body []byte) netip.AddrPort {
	t.Helper()
	session, err := sdp.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	address, ok := session.RTP(session.First("audio"))
	if !ok {
		t.Fatalf("no address in\n%s", body)
	}
	return address
}

func TestCall(t *testing.T) {
	t.Parallel()
	s := newSound(t)
	text, own := attribute(t, 2, cm32, "")
	challenge := digest.Challenge{Realm: "sip.example.com", Nonce: "n", Opaque: "o", Algorithm: "MD5", QOP: []string{"auth"}}
	answer := callee(func(*sdp.Session) string { return s.describe("RTP/SAVP", text) })
	w := newWorld(t, settings{script: func(r *received) {
		if r.Method == "INVITE" {
			registrar(challenge, 407, answer)(r)
		} else {
			answer(r)
		}
	}})
	w.do(device.Call, target)
	w.said("call established")
	invite := w.peer.wait(t, 0, func(r *received) bool { return r.Get("Proxy-Authorization") != "" })
	offered := offeredKeys(t, invite)
	if len(offered) != 2 || offered[0].Suite != cm80 || offered[0].Tag != 1 || offered[1].Suite != cm32 || offered[1].Tag != 2 ||
		offered[0].HasMKI() || offered[0].Keys[0].LifetimeText != "" {
		t.Fatalf("offered %v", offered)
	}
	if invite.RequestURI != "sip:+15551234567@"+domain+";transport=tls" {
		t.Errorf("Request-URI %s", invite.RequestURI)
	}
	theirs := keysOf(t, offered[1])
	packet, err := s.hear(theirs)
	if err != nil || packet.PayloadType != 0 || len(packet.Payload) != packetSamples {
		t.Fatalf("first packet %v, %v", packet, err)
	}
	mine := keysOf(t, own)
	for range firstReport {
		s.echoed(mediaAddress(t, invite.Body), mine, theirs)
	}
	if report, err := s.report(keysOf(t, offered[1])); err != nil || report.PacketCount != firstReport {
		t.Errorf("report %v, %v", report, err)
	}
	w.do(device.HangUp, "")
	w.said("call ended: hung up")
	s.drain()
	sent := w.finish()
	if !s.silent() {
		t.Error("media after the BYE")
	}
	if got := outline(sent); got != "tls1 INVITE, tls1 ACK, tls1 INVITE, tls1 ACK, tls1 BYE" {
		t.Fatal(got)
	}
	for i, m := range sent {
		if defects := m.Defects(); len(defects) > 0 {
			t.Errorf("%v in\n%s", defects, m.Raw)
		}
		if i < 3 {
			continue
		}
		// The route set is the reversed Record-Route, over the same connection.
		if got := strings.Join(m.Lines("Route"), " "); got != secondRoute+" "+firstRoute {
			t.Errorf("%s: Route %s", m.Method, got)
		}
		if !strings.HasPrefix(m.RequestURI, "sip:callee@127.0.0.1:") || m.ToTag() != "peer" || m.FromTag() != invite.FromTag() {
			t.Errorf("%s: to %s, %s", m.Method, m.RequestURI, m.Get("To"))
		}
	}
	ack, _ := sent[3].CSeq()
	bye, _ := sent[4].CSeq()
	if ack != 2 || bye != 3 {
		t.Errorf("CSeq of ACK %d, of BYE %d", ack, bye)
	}
	if got := w.dns.questions(); got != "SRV _sips._tcp."+domain+"|A edge.example.com" {
		t.Errorf("asked %s", got)
	}
}

// TestRefusalsAreFinal checks that the device tries nothing else after a refusal.
func TestRefusalsAreFinal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 400, 403, 404, 480, 488, 500, 503, 603} {
		w := newWorld(t, settings{script: func(r *received) {
			if r.Method == "INVITE" {
				r.respond(status, "")
			}
		}})
		w.do(device.Call, target)
		w.said(fmt.Sprintf("INVITE refused %d", status))
		sent := w.finish()
		if got := outline(sent); got != "tls1 INVITE, tls1 ACK" {
			t.Errorf("%d: %s", status, got)
		}
		if a, b := sent[0], sent[1]; a.Get("Via") != b.Get("Via") || b.ToTag() != "peer" || b.RequestURI != a.RequestURI {
			t.Errorf("%d: ACK\n%s", status, b.Raw)
		}
	}
}

func TestRingingCallIsCancelled(t *testing.T) {
	t.Parallel()
	ringing := make(chan struct{})
	var invite *received
	w := newWorld(t, settings{script: func(r *received) {
		switch r.Method {
		case "INVITE":
			invite = r
			r.respond(180, "")
			close(ringing)
		case "CANCEL":
			r.respond(200, "")
			invite.respond(487, "")
		}
	}})
	w.tell(device.Call, target)
	<-ringing
	w.do(device.HangUp, "")
	w.said("INVITE refused 487")
	sent := w.finish()
	if got := outline(sent); got != "tls1 INVITE, tls1 CANCEL, tls1 ACK" {
		t.Fatal(got)
	}
	if a, b := sent[0], sent[1]; a.Get("Via") != b.Get("Via") || a.RequestURI != b.RequestURI || a.Get("From") != b.Get("From") {
		t.Errorf("CANCEL\n%s", b.Raw)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{script: ok})
	w.do(device.Options, "")
	w.do(device.Options, target)
	w.said("options answered 200")
	sent := w.finish()
	if got := outline(sent); got != "tls1 OPTIONS, tls1 OPTIONS" || sent[0].RequestURI != "sip:"+domain+";transport=tls" {
		t.Errorf("%s to %s", got, sent[0].RequestURI)
	}
}

func TestSIPSLever(t *testing.T) {
	t.Parallel()
	s := newSound(t)
	text, _ := attribute(t, 1, cm80, "")
	answer := callee(func(*sdp.Session) string { return s.describe("RTP/SAVP", text) })
	w := newWorld(t, settings{levers: device.Levers{SIPS: true}, script: answer})
	w.do(device.Call, target)
	w.do(device.HangUp, "")
	sent := w.finish()
	// The device accepts that the peer's Contact is a sip: URI.
	if got := outline(sent); got != "tls1 INVITE, tls1 ACK, tls1 BYE" || sent[0].RequestURI != "sips:"+target {
		t.Errorf("%s to %s", got, sent[0].RequestURI)
	}
	contact, err := sent[0].Contact()
	if err != nil || contact.URI.Scheme != "sips" {
		t.Errorf("Contact %v, %v", contact, err)
	}
}
