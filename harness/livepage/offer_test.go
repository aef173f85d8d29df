package livepage

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/sipconform/sipconform/mocks/observation"
)

// FuzzPeer: whatever a device sends, what is shown of it is short and printable, and a key is not in it.
func FuzzPeer(f *testing.F) {
	const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	const offer = "INVITE sip:x SIP/2.0\r\nUser-Agent: y\r\nContent-Type: application/sdp\r\nContent-Length: 100\r\n\r\n" +
		"v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key
	f.Add([]byte(offer), "x", uint16(0x1301))
	f.Add([]byte("SIP/2.0 488 No\x1b\r\n\r\n"), "a\u202eb", uint16(0x0a0a))
	f.Add([]byte("\x16\x03\x01"), "\xff", uint16(0))
	f.Fuzz(func(t *testing.T, message []byte, name string, number uint16) {
		s := newState(Config{})
		log := observation.NewLog()
		one := s.begin("a/b", "", log)
		for _, e := range []observation.Event{
			{Kind: observation.TransportOpen, Conn: "c", Transport: &observation.TransportInfo{Protocol: name}},
			{Kind: observation.ClientHello, Conn: "c", Hello: &observation.HelloInfo{ServerName: name, Suites: []uint16{number}, Groups: []uint16{number},
				Versions: []uint16{number}, ALPN: []string{name}}},
			{Kind: observation.TLSAlert, Conn: "c", Dir: observation.In, Alert: &observation.AlertInfo{Description: uint8(number)}},
			{Kind: observation.TLSHandshake, Conn: "c", Handshake: &observation.HandshakeInfo{Error: name, Rejected: []string{name}}},
			{Kind: observation.SIP, Conn: "c", Dir: observation.In, Bytes: message},
			{Kind: observation.SIPMalformed, Conn: "c", Dir: observation.In, Bytes: message},
			{Kind: observation.HTTP, Conn: "c", HTTP: &observation.HTTPInfo{Path: name, Status: 200}},
			{Kind: observation.NotTLS, Conn: "c", Text: name}, {Kind: observation.Stranger, Text: name}, {Kind: observation.Flood},
			{Kind: observation.TransportClose, Conn: "c"},
		} {
			e = log.Append(e)
			e.At = time.Second
			s.see(one, &e)
		}
		v := s.wireView()
		if len(v.Peers) != 1 || len(v.Notes) != 2 {
			t.Fatalf("it shows %d connections and %d notes", len(v.Peers), len(v.Notes))
		}
		p := v.Peers[0]
		shown := append([]string{p.Agent, p.Crypto, p.Agreed, v.Notes[0].Text, v.Notes[1].Text}, p.Refusals...)
		for _, fact := range p.Offer {
			shown = append(shown, fact.Value)
		}
		for _, w := range p.Words {
			shown = append(shown, w.Line)
		}
		for _, text := range shown {
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("it shows %q", text)
			}
			if len(text) > maxMessage+len(name)*20 {
				t.Errorf("it shows a text of %d bytes", len(text))
			}
		}
		if strings.Contains(p.Crypto, key) || strings.Contains(s.ladderView().Text, "inline:"+key) {
			t.Error("it shows a key")
		}
	})
}

// TestOwnFault: what the page cannot bear is said on it, and ends nothing.
func TestOwnFault(t *testing.T) {
	t.Parallel()
	s := newState(Config{})
	one := s.begin("a/b", "", observation.NewLog())
	func() {
		defer s.end(one)
		panic("out of ink")
	}()
	if v := s.wireView(); len(v.Notes) != 1 || v.Notes[0].Kind != "the page's own fault" || !one.over {
		t.Errorf("the page shows %+v", v)
	}
}
