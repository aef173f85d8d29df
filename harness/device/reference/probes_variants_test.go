package reference

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/icholy/digest"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// view runs a device with peculiarities through a situation, and returns all that it sent as text.
type view func(testing.TB, Peculiarities) string

// comesBack has the device register, closes the connection, and has it register twice more.
func comesBack(t testing.TB, peculiar Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: peculiar}, script: ok})
	w.do(device.Register, "")
	w.peer.mu.Lock()
	for _, conn := range w.peer.conns {
		_ = conn.Close()
	}
	w.peer.mu.Unlock()
	w.said("closed")
	w.do(device.Register, "")
	w.do(device.Register, "")
	return outline(w.finish())
}

// dump returns messages as they were on the wire.
func dump(messages []*received) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "== %s%d\r\n%s\r\n", m.protocol, m.conn, m.Raw)
	}
	return b.String()
}

// taker accepts what the device asks for. It challenges each REGISTER, and rings reliably. It records no routes.
func taker(t testing.TB) func(*received) {
	challenge := registrar(digest.Challenge{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: "MD5", QOP: []string{"auth"}}, 401, ok)
	return func(r *received) {
		switch r.Method {
		case "ACK", "":
		case "REGISTER":
			challenge(r)
		case "INVITE":
			contact := "<sip:callee@192.0.2.9;transport=tls>"
			r.respond(180, "", "Contact", contact, "Require", "100rel", "RSeq", "17")
			r.respond(200, settle(t, r.Body), "Contact", contact)
		default:
			r.respond(200, "")
		}
	}
}

// settle answers an offer: the first stream with its first key of a suite that the device has, the others with port 0.
func settle(t testing.TB, body []byte) string {
	offer, err := sdp.Parse(body)
	if err != nil {
		t.Errorf("offer: %v", err)
		return ""
	}
	lines := offer.Media[0].Values("crypto")
	i := slices.IndexFunc(lines, func(line string) bool {
		return protections[strings.Fields(line)[1]] != 0 && !strings.Contains(line, ";")
	})
	chosen := parseAttribute(t, lines[max(i, 0)])
	text, _ := attribute(t, chosen.Tag, chosen.Suite, "")
	streams := []string{stream(9, "RTP/SAVP", text)}
	for range offer.Media[1:] {
		streams = append(streams, "m=video 0 RTP/AVP 31\r\n")
	}
	return describe(streams...)
}

// talks has the device register, call, hang up and send OPTIONS.
func talks(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}, script: taker(t)})
	w.do(device.Register, "")
	w.do(device.Call, target)
	w.do(device.HangUp, "")
	if p.ClosesAfterUse {
		w.said("closed")
	}
	w.do(device.Options, "")
	events := w.events()
	if !strings.Contains(events, "registered for") || !strings.Contains(events, "call established") {
		t.Errorf("the device did not get through: %s", events)
	}
	return dump(w.finish()) + fmt.Sprintf("%d pings", w.peer.pongs)
}

// strong has the device call with an AEAD suite.
func strong(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{
		options: Options{Peculiarities: p}, levers: device.Levers{SRTPSuites: []string{"AEAD_AES_128_GCM"}}, script: taker(t),
	})
	w.do(device.Call, target)
	return dump(w.finish())
}

// takes has the device take a call with a session timer, and hang up.
func takes(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}, script: func(r *received) {
		if r.Method == "BYE" {
			r.respond(200, "")
		}
	}})
	l := w.mustDial()
	text, _ := attribute(t, 3, cm80, "")
	invite := l.request("INVITE", "call", 1)
	invite.Add("Session-Expires", "900;refresher=uac")
	invite.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
	answer := l.ask(invite)
	l.send(l.within(answer, "ACK", 1))
	l.ask(l.within(answer, "UPDATE", 2))
	w.do(device.HangUp, "")
	return dump(w.finish())
}

// refuses has the device refuse an offer of RTP.
func refuses(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}})
	w.mustDial().invite("call", describe(stream(9, "RTP/AVP")))
	return dump(w.finish())
}

// sounds has the device take a call in clear and speak, then ends the call. It shows each packet.
func sounds(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}, levers: device.Levers{Media: device.RTP}})
	l := w.mustDial()
	s := newSound(t)
	answer := l.invite("call", s.describe("RTP/AVP"))
	from := mediaAddress(t, answer.Body)
	var b strings.Builder
	var last rtp.Header
	sources := make(map[uint32]int)
	for heard := 0; heard < 60; {
		buffer := make([]byte, 2048)
		n, source, err := s.rtp.ReadFromUDPAddrPort(buffer)
		if err != nil {
			t.Fatal(err)
		}
		var packet rtp.Packet
		if n == 0 || buffer[0]>>6 != 2 || packet.Unmarshal(buffer[:n]) != nil {
			fmt.Fprintf(&b, "other %d bytes % x\n", n, buffer[:min(n, 8)])
			continue
		}
		if sources[packet.SSRC] == 0 {
			sources[packet.SSRC], last = len(sources)+1, packet.Header
		}
		fmt.Fprintf(&b, "RTP pt=%d m=%t seq=%d step=%d ts=%d later=%d src=%d ext=%x pad=%d csrc=%d len=%d own=%t\n",
			packet.PayloadType, packet.Marker, packet.SequenceNumber, int16(packet.SequenceNumber-last.SequenceNumber),
			packet.Timestamp, int32(packet.Timestamp-last.Timestamp), sources[packet.SSRC], packet.GetExtension(1),
			packet.PaddingSize, len(packet.CSRC), len(packet.Payload), source.Port() == from.Port())
		last = packet.Header
		heard++
	}
	l.ask(l.within(answer, "BYE", 2))
	return b.String() + s.reports()
}

// reports shows the RTCP packets that were sent before now, by their types.
func (s *sound) reports() string {
	mark := []byte("mark")
	if _, err := s.rtcp.WriteToUDPAddrPort(mark, s.rtcp.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		s.t.Fatal(err)
	}
	var b strings.Builder
	for {
		buffer := make([]byte, 2048)
		n, err := s.rtcp.Read(buffer)
		if err != nil {
			s.t.Fatal(err)
		}
		if bytes.Equal(buffer[:n], mark) {
			return b.String()
		}
		packets, err := rtcp.Unmarshal(buffer[:n])
		if err != nil {
			s.t.Fatal(err)
		}
		b.WriteString("RTCP")
		for _, packet := range packets {
			fmt.Fprintf(&b, " %T", packet)
		}
		b.WriteString("\n")
	}
}

// greets shows the ClientHello with which the device registers, twice over new connections, and its certificates.
func greets(t testing.TB, p Peculiarities) string {
	var seen strings.Builder
	server := &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert}
	server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		fmt.Fprintf(&seen, "versions %x groups %v suites %d ALPN %q name %s\n",
			h.SupportedVersions, h.SupportedCurves, len(h.CipherSuites), h.SupportedProtos, h.ServerName)
		return nil, nil
	}
	server.VerifyConnection = func(state tls.ConnectionState) error {
		fmt.Fprintf(&seen, "resumed %t, %d certificates\n", state.DidResume, len(state.PeerCertificates))
		return nil
	}
	p.OpensConnections = true
	w := newWorld(t, settings{options: Options{Peculiarities: p}, server: server, script: ok, setup: func(s *device.Setup, _ *authority) {
		s.Certificate = s.Certificate[:bytes.Index(s.Certificate, []byte("-----END"))+len("-----END CERTIFICATE-----\n")]
	}})
	w.do(device.Register, "")
	w.do(device.Register, "")
	w.finish()
	return seen.String()
}

// distrusts shows how the device refuses the certificate of an unknown authority, with each version of TLS.
func distrusts(t testing.TB, p Peculiarities) string {
	seen := ""
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		stranger := newAuthority(t, "stranger", nil).leaf(t, nil)
		server := &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{stranger}}
		w := newWorld(t, settings{options: Options{Peculiarities: p}, server: server, script: ok})
		w.do(device.Register, "")
		sent := w.finish()
		seen += fmt.Sprintf("%s: %d messages, refused with %q\n", tls.VersionName(version), len(sent), w.peer.failed)
	}
	return seen
}

// serves shows how the device greets a client of TLS 1.3.
func serves(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}})
	l := w.mustDial()
	return fmt.Sprintf("another share: %t", l.conn.ConnectionState().HelloRetryRequest)
}
