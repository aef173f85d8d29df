package edge

import (
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// device is a SIP device made of nothing but a socket: what it says is written
// by hand, so that the edge is not checked with its own library.
type device struct {
	t        testing.TB
	protocol string
	conn     net.Conn
	framer   sipwire.Framer
	frames   []sipwire.Frame
}

// connect connects a device over UDP, TCP or, in that version, TLS.
func connect(t testing.TB, s *Server, protocol string, version uint16) *device {
	t.Helper()
	at := s.Addresses()[protocol].String()
	var conn net.Conn
	var err error
	if protocol == observation.TLS {
		conn, err = tls.Dial("tcp", at, clientConfig(s, version))
	} else {
		conn, err = net.Dial(protocol, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return speak(t, conn, protocol)
}

func clientConfig(s *Server, version uint16) *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Roots)
	return &tls.Config{RootCAs: roots, ServerName: s.Domain(), MinVersion: version, MaxVersion: version,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA}}
}

func speak(t testing.TB, conn net.Conn, protocol string) *device {
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &device{t: t, protocol: protocol, conn: conn}
}

func (d *device) send(text string) {
	d.t.Helper()
	if _, err := d.conn.Write([]byte(text)); err != nil {
		d.t.Fatal(err)
	}
}

// next returns the next message of the edge's.
func (d *device) next() *sipwire.Message {
	d.t.Helper()
	buf := make([]byte, 1<<16)
	for {
		for len(d.frames) > 0 {
			frame := d.frames[0]
			d.frames = d.frames[1:]
			if frame.Message != nil {
				return frame.Message
			}
		}
		n, err := d.conn.Read(buf)
		if err != nil {
			d.t.Fatal(err)
		}
		d.frames = d.framer.Write(buf[:n])
	}
}

// final returns the next final response, which must be to that method.
func (d *device) final(method string) *sipwire.Message {
	d.t.Helper()
	for {
		m := d.next()
		if m.Status >= 100 && m.Status < 200 {
			continue
		}
		if _, to := m.CSeq(); m.IsRequest() || to != method {
			d.t.Fatalf("instead of a response to %s came %s", method, m.Raw)
		}
		return m
	}
}

// request returns the next request of the edge's, which must be of that method.
func (d *device) request(method string) *sipwire.Message {
	d.t.Helper()
	m := d.next()
	if m.Method != method {
		d.t.Fatalf("instead of %s came %s", method, m.Raw)
	}
	return m
}

var serial atomic.Uint64

// compose writes a request. The header fields in more replace those of the same
// name, or remove them if they are empty; a body begins with "v=0".
func (d *device) compose(method, uri string, more ...string) string {
	n := fmt.Sprint(serial.Add(1))
	m := sipwire.NewRequest(method, uri)
	for _, h := range []string{
		fmt.Sprintf("Via: SIP/2.0/%s %s;rport;branch=z9hG4bK%s", strings.ToUpper(d.protocol), d.conn.LocalAddr(), n),
		"Max-Forwards: 70", "From: <sip:alice@example.sip.twilio.com>;tag=1", "To: <sip:alice@example.sip.twilio.com>",
		"Call-ID: " + n, "CSeq: 1 " + method,
		fmt.Sprintf("Contact: <sip:alice@%s;transport=%s>", d.conn.LocalAddr(), d.protocol),
	} {
		name, value, _ := strings.Cut(h, ": ")
		m.Add(name, value)
	}
	body := ""
	for _, text := range more {
		name, value, _ := strings.Cut(text, ": ")
		switch {
		case strings.HasPrefix(text, "v=0"):
			body = text
		case value == "":
			m.Del(strings.TrimSuffix(name, ":"))
		default:
			m.Set(name, value)
		}
	}
	if body != "" {
		m.SetBody("application/sdp", []byte(body))
	}
	return string(m.Bytes())
}

// reply writes a response to a request of the edge's.
func (d *device) reply(request *sipwire.Message, status int, body string) string {
	m := sipwire.NewResponse(request, status, "")
	m.SetToTag("device")
	m.Add("Contact", fmt.Sprintf("<sip:alice@%s;transport=%s>", d.conn.LocalAddr(), d.protocol))
	if body != "" {
		m.SetBody("application/sdp", []byte(body))
	}
	return string(m.Bytes())
}

// within writes a request within a dialog that the device has opened.
func (d *device) within(ok *sipwire.Message, method string, number int, more ...string) string {
	contact, err := ok.Contact()
	if err != nil {
		d.t.Fatal(err)
	}
	return d.compose(method, contact.URI.String(), append([]string{"To: " + ok.Get("To"), "From: " + ok.Get("From"), "Call-ID: " + ok.CallID(),
		fmt.Sprintf("CSeq: %d %s", number, method)}, more...)...)
}

// register registers the device.
func (d *device) register(more ...string) *sipwire.Message {
	d.t.Helper()
	d.send(d.compose("REGISTER", "sip:example.sip.twilio.com", more...))
	ok := d.final("REGISTER")
	if ok.Status != 200 {
		d.t.Fatalf("the REGISTER got %d %s", ok.Status, ok.Reason)
	}
	return ok
}

// authorize answers a challenge, RFC 2617 §3.2.2.
func authorize(t testing.TB, challenge *sipwire.Message, method, uri, password string) string {
	t.Helper()
	c, err := sipwire.ParseAuth(challenge.Get("Proxy-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	h := func(text string) string { sum := md5.Sum([]byte(text)); return hex.EncodeToString(sum[:]) }
	response := h(h("alice:"+c.Get("realm")+":"+password) + ":" + c.Get("nonce") + ":00000001:x:auth:" + h(method+":"+uri))
	return fmt.Sprintf(`Proxy-Authorization: Digest username="alice", realm="%s", nonce="%s", uri="%s", response="%s", opaque="%s", `+
		`algorithm=MD5, qop=auth, nc=00000001, cnonce="x"`,
		c.Get("realm"), c.Get("nonce"), uri, response, c.Get("opaque"))
}

// withoutDigest serves an edge that asks for no credentials. Settings are
// "name=value".
func withoutDigest(t *testing.T, settings ...string) *Server {
	t.Helper()
	chosen := map[string]string{"digest": "off"}
	for _, pair := range settings {
		name, value, _ := strings.Cut(pair, "=")
		chosen[name] = value
	}
	return serve(t, "twilio-voice", chosen)
}

// calls places a call and returns the final response.
func (d *device) calls(s *Server, more ...string) *sipwire.Message {
	d.t.Helper()
	d.send(d.compose("INVITE", "sip:+15550199@"+s.Domain(), more...))
	return d.final("INVITE")
}

// stream is the m= section of that number in a message's description.
func stream(t testing.TB, m *sipwire.Message, index int) *sdp.Media {
	t.Helper()
	session, err := sdp.Parse(m.Body)
	if err != nil || index >= len(session.Media) {
		t.Fatalf("%v in %s", err, m.Raw)
	}
	return &session.Media[index]
}
