package reference

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// A probe runs a device through one situation and says what was seen, in words
// that are the same every time.
type probe func(testing.TB, Bugs) string

// hello is what the device shows as TLS client.
func hello(t testing.TB, bugs Bugs) string {
	var seen string
	server := &tls.Config{MinVersion: tls.VersionTLS10, ClientAuth: tls.RequestClientCert}
	server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, v := range h.SupportedVersions {
			seen += tls.VersionName(v) + ", "
		}
		if slices.Contains(h.CipherSuites, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) || !slices.Contains(h.SupportedVersions, tls.VersionTLS12) {
			seen += "RSA with AES, "
		}
		if slices.Contains(h.SupportedCurves, tls.CurveP384) {
			seen += "P-384, "
		}
		seen += "name " + h.ServerName
		return nil, nil
	}
	server.VerifyConnection = func(state tls.ConnectionState) error {
		seen += fmt.Sprintf(", %d certificates", len(state.PeerCertificates))
		return nil
	}
	w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server, script: ok})
	w.do(device.Register, "")
	w.finish()
	return seen
}

// shakesWithAES256 has the device meet a server with one suite.
func shakesWithAES256(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, server: &tls.Config{
		MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	}})
	w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(w.peer.tls.Addr())))
	said := w.events()
	w.finish()
	return said[strings.LastIndex(said, ": ")+2:]
}

// turnedAway has the device ask for a page of a server that refuses its
// handshake, and shows whether it comes back without TLS.
func turnedAway(t testing.TB, bugs Bugs) string {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 10) // what each connection began with
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			start := make([]byte, 4)
			_, _ = io.ReadFull(conn, start)
			first <- string(start)
			_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // handshake_failure
			_ = conn.Close()
		}
	}()
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	w.do(device.HTTPSGet, fmt.Sprintf("https://%s:%d/", domain, port(l.Addr())))
	w.finish()
	_ = l.Close()
	<-done
	close(first)
	for start := range first {
		if start == "GET " {
			return "asked in clear"
		}
	}
	return "gave up"
}

// served is what the device shows as TLS server: to a client of TLS 1.1, one
// without certificate, and one with that of a stranger.
func served(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	stranger := newAuthority(t, "stranger", nil).leaf(t, nil)
	var seen []string
	for _, client := range []struct {
		name    string
		highest uint16
		own     *tls.Certificate
	}{{"TLS 1.1", tls.VersionTLS11, nil}, {"no certificate", tls.VersionTLS12, nil}, {"stranger", tls.VersionTLS12, &stranger}} {
		asked := false
		l, err := w.dial(func(c *tls.Config) {
			c.MaxVersion = client.highest
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				asked = true
				if client.own == nil {
					return new(tls.Certificate), nil
				}
				return client.own, nil
			}
		})
		outcome := "refused"
		if err == nil {
			l.ask(l.request("OPTIONS", client.name, 1))
			outcome = fmt.Sprintf("served with %d certificates", len(l.conn.ConnectionState().PeerCertificates))
		}
		if asked {
			outcome += ", asked"
		}
		seen = append(seen, client.name+" "+outcome)
	}
	return strings.Join(seen, "; ")
}

// refusing answers what comes over TLS with a status, and anything else with 200.
func refusing(status int) func(*received) {
	return func(r *received) {
		switch {
		case r.Method == "ACK" || !r.IsRequest():
		case r.protocol == "tls":
			r.respond(status, "")
		default:
			r.respond(200, "", "Contact", "<sip:x@127.0.0.1>")
		}
	}
}

// calls has the device call with levers, and shows what it sent and offered.
func calls(levers device.Levers, script func(*received)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: levers, script: script})
		w.do(device.Call, target)
		w.do(device.HangUp, "")
		var seen []string
		for _, m := range w.finish() {
			text := outline([]*received{m})
			if m.Method == "INVITE" && len(m.Body) > 0 {
				text += " " + offerOutline(t, m.Body)
			}
			seen = append(seen, text)
		}
		return strings.Join(seen, ", ")
	}
}

// registers has the device register, and shows what it sent and said.
func registers(levers device.Levers, script func(*received)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, levers: levers, script: script})
		w.do(device.Register, "")
		sent := outline(w.finish())
		return sent + ": " + w.events()
	}
}

// failing has the device register with a server of TLS 1.1 alone.
func failing(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok, server: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}})
	w.do(device.Register, "")
	sent := outline(w.finish())
	return fmt.Sprintf("%d connections, sent %q", w.peer.accepted, sent)
}

var challenge407 = digest.Challenge{Realm: "r", Nonce: "n", Opaque: "o", Algorithm: "MD5", QOP: []string{"auth"}}

// challenged refuses all but good credentials, which it answers with 486.
var challenged = registrar(challenge407, 407, func(r *received) { r.respond(486, "") })

// brief takes no interval below 600 s.
func brief(r *received) {
	if r.Get("Expires") == "60" {
		r.respond(423, "", "Min-Expires", "600")
		return
	}
	r.respond(200, "", "Contact", r.Get("Contact")+";expires=900")
}

// presents has the device register with a server whose certificates are made by
// issue; it closes the connection between two, and the device tries each.
func presents(issue func(testing.TB, *world) []tls.Certificate) probe {
	return func(t testing.TB, bugs Bugs) string {
		current := new(tls.Config)
		server := &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return current, nil }}
		second := newAuthority(t, "second root", nil)
		w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server, script: ok, setup: func(s *device.Setup, _ *authority) {
			s.Trust = append(s.Trust, certificatePEM(second.certificate.Raw)...)
		}})
		w.second = second
		var seen []string
		for i, certificate := range issue(t, w) {
			current = &tls.Config{Certificates: []tls.Certificate{certificate}}
			w.do(device.Register, "")
			outcome := "refused"
			w.peer.mu.Lock()
			if len(w.peer.messages) > i {
				outcome = "accepted"
			}
			conns := w.peer.conns
			w.peer.mu.Unlock()
			seen = append(seen, outcome)
			for _, conn := range conns {
				_ = conn.Close()
			}
			if outcome == "accepted" {
				w.said("closed")
			}
		}
		return strings.Join(seen, ", ")
	}
}

// one is a single certificate of the right root, changed.
func one(change func(*x509.Certificate)) func(testing.TB, *world) []tls.Certificate {
	return func(t testing.TB, w *world) []tls.Certificate { return []tls.Certificate{w.root.leaf(t, change)} }
}

// revoked is a certificate that its issuer's list has revoked.
func revoked(t testing.TB, w *world) []tls.Certificate {
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write(list) }))
	t.Cleanup(server.Close)
	certificate := w.root.leaf(t, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL} })
	list, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: certificate.Leaf.SerialNumber, RevocationTime: time.Now()}},
	}, w.root.certificate, w.root.key)
	if err != nil {
		t.Fatal(err)
	}
	return []tls.Certificate{certificate}
}

// locates has the device register twice with the records of a zone, which are
// made for the peer; the connection is closed in between.
func locates(first, then func(*peer) []string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok, records: first})
		w.do(device.Register, "")
		if then != nil {
			w.peer.mu.Lock()
			conns := w.peer.conns
			w.peer.mu.Unlock()
			for _, conn := range conns {
				_ = conn.Close()
			}
			w.said("closed")
			w.dns.set(t, then(w.peer)...)
			w.do(device.Register, "")
		}
		return outline(w.finish())
	}
}

// deadPort is one that nobody listens at.
func deadPort(t testing.TB) uint16 {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return port(l.Addr())
}

// prioritised are records that name the peer's TLS listener before another,
// where TLS is not understood.
func prioritised(p *peer) []string {
	return []string{
		"edge.example.com. 600 IN A 127.0.0.1",
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 20 10 %d edge.example.com.", domain, port(p.tcp.Addr())),
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 10 %d edge.example.com.", domain, port(p.tls.Addr())),
	}
}

// weighed puts the peer behind one that takes no TLS and has no weight.
func weighed(p *peer) []string {
	return []string{
		"edge.example.com. 600 IN A 127.0.0.1",
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 0 %d edge.example.com.", domain, port(p.tcp.Addr())),
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 65535 %d edge.example.com.", domain, port(p.tls.Addr())),
	}
}

// requestURI shows the first request of a call.
func requestURI(callee string) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}, script: refusing(486)})
		w.do(device.Call, callee)
		return w.finish()[0].RequestURI
	}
}

// answered accepts a call from behind record routes.
func answered(t testing.TB, answer func(*sdp.Session) []string) func(*received) {
	return callee(func(offer *sdp.Session) string {
		proto := "RTP/SAVP"
		keys := answer(offer)
		if keys == nil {
			proto = "RTP/AVP"
		}
		return describe(stream(9, proto, keys...))
	})
}

// routes shows where ACK and BYE went, with how many routes and to whom.
func routes(t testing.TB, bugs Bugs) string {
	text, _ := attribute(t, 1, cm80, "")
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: answered(t, func(*sdp.Session) []string { return []string{text} })})
	w.do(device.Call, target)
	w.do(device.HangUp, "")
	var seen []string
	for _, m := range w.finish() {
		seen = append(seen, fmt.Sprintf("%s%d %s with %d routes", m.protocol, m.conn, m.Method, len(m.Lines("Route"))))
	}
	return strings.Join(seen, ", ")
}

// reacts sends the device one request over TLS, with a ping before and a
// barrier behind it, and shows its final answer.
func reacts(method string, change func(*sipwire.Message)) probe {
	return func(t testing.TB, bugs Bugs) string {
		w := newWorld(t, settings{options: Options{Bugs: bugs}})
		l := w.mustDial()
		text, _ := attribute(t, 1, cm80, "")
		m := l.request(method, "call", 1)
		m.Del("Min-SE")
		m.Del("X-Vendor-CallSid")
		if method == "INVITE" {
			m.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
		}
		if change != nil {
			change(m)
		}
		if _, err := l.conn.Write(append([]byte("\r\n\r\n"), m.Bytes()...)); err != nil {
			t.Fatal(err)
		}
		barrier := l.request("BYE", "barrier", 1)
		barrier.Del("Min-SE")
		barrier.Del("X-Vendor-CallSid")
		_, _ = l.conn.Write(barrier.Bytes())
		answers, pongs := map[string]int{}, 0
		w.peer.until(t, func() bool {
			for _, r := range w.peer.messages {
				if !r.IsRequest() && r.Status >= 200 {
					answers[r.CallID()] = r.Status
				}
			}
			pongs = w.peer.pongs
			return answers["barrier"] != 0 || w.peer.closed[l.number]
		})
		if answers["barrier"] == 0 {
			return "connection closed"
		}
		return fmt.Sprintf("%d, %d pongs", answers["call"], pongs)
	}
}

// offered has the peer call the device with one stream, and shows the answer.
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

func key(tag int, suite, after string) func(testing.TB) []string {
	return func(t testing.TB) []string { text, _ := attribute(t, tag, suite, after); return []string{text} }
}

// plays has the peer call the device and classifies its first packet and its
// first report.
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

// changesKeys has the peer call and change its key, and shows which keys the
// device then hears and sends with.
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

// pings lets the device keep a connection alive and shows whether it does so
// without being asked to.
func pings(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok})
	w.do(device.Register, "")
	if bugs.PingsTooOften {
		w.peer.until(t, func() bool { return w.peer.pongs > 2 })
		return "pings"
	}
	w.finish()
	return map[bool]string{true: "pings", false: "is quiet"}[w.peer.pongs > 0]
}

// none is an offer without keys.
func none(testing.TB) []string { return nil }
