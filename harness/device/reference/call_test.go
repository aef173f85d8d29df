package reference

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/icholy/digest"
	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

const target = "+15551234567@" + domain

// Routes as a vendor's edge records them: two, with a private Contact behind.
var (
	firstRoute  = "<sip:192.0.2.1:5061;transport=tls;lr;r2=on>"
	secondRoute = "<sip:192.0.2.1;lr;r2=on>"
)

// callee answers INVITEs: with the session description that answer makes of the
// offer, from behind two record routes and a private Contact.
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

// offeredKeys are the attributes of an offer's first stream.
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

// mediaAddress is where a session description of the device wants its packets.
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
		// The route set is the recorded one reversed, over the connection that
		// there is.
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

// TestRefusalsAreFinal is the heart of a secure device: nothing is tried again.
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
		want   string // profiles and attributes without keys
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

// offerOutline writes what a session description offers, without the keys.
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

// TestEverySuite has media both ways under each suite, with and without an MKI.
func TestEverySuite(t *testing.T) {
	t.Parallel()
	for suite := range srtpProfiles {
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
	w := newWorld(t, settings{levers: device.Levers{SIPS: true}, script: callee(func(*sdp.Session) string { return s.describe("RTP/SAVP", text) })})
	w.do(device.Call, target)
	w.do(device.HangUp, "")
	sent := w.finish()
	// The peer's Contact is a sip: one, and the device lives with it.
	if got := outline(sent); got != "tls1 INVITE, tls1 ACK, tls1 BYE" || sent[0].RequestURI != "sips:"+target {
		t.Errorf("%s to %s", got, sent[0].RequestURI)
	}
	contact, err := sent[0].Contact()
	if err != nil || contact.URI.Scheme != "sips" {
		t.Errorf("Contact %v, %v", contact, err)
	}
}
