package narrate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// kinds returns the kinds of event that package observation declares.
func kinds(t *testing.T) []observation.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../mocks/observation/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []observation.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Kind" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, observation.Kind(name))
		}
		return true
	})
	if len(all) < 20 {
		t.Fatalf("event.go declares %d kinds", len(all))
	}
	return all
}

var (
	mock   = netip.MustParseAddrPort("192.0.2.10:5061")
	remote = netip.MustParseAddrPort("192.0.2.20:51234")
)

const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

func sip(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n")) }

// cases are events, and what is told of each. What is empty is not told.
func cases() []struct {
	name  string
	event observation.Event
	want  string
} {
	in, out := observation.In, observation.Out
	return []struct {
		name  string
		event observation.Event
		want  string
	}{
		{"opened", observation.Event{Kind: observation.TransportOpen, Conn: "tls-1", Transport: &observation.TransportInfo{
			Protocol: "tls", Local: mock, Remote: remote}}, "tls-1   -   open    tls from 192.0.2.20:51234 to 192.0.2.10:5061"},
		{"dialed", observation.Event{Kind: observation.TransportOpen, Conn: "tls-2", Transport: &observation.TransportInfo{
			Protocol: "tls", Local: mock, Remote: remote, Dialed: true}}, "tls-2   -   open    tls to the device at 192.0.2.20:51234, from 192.0.2.10:5061"},
		{"closed", observation.Event{Kind: observation.TransportClose, Conn: "tls-1", Text: "EOF", Transport: &observation.TransportInfo{
			Cause: observation.ClosedByPeer}}, "tls-1   -   close   closed by the device"},
		{"closed by the mock", observation.Event{Kind: observation.TransportClose, Conn: "tls-1", Text: "no handshake in time",
			Transport: &observation.TransportInfo{Cause: observation.TimedOut}}, "close   closed by the mock, which waited too long: no handshake in time"},
		{"segment", observation.Event{Kind: observation.Wire, Conn: "tls-1", Dir: in, Bytes: []byte("x")}, ""},
		{"no TLS", observation.Event{Kind: observation.NotTLS, Conn: "tls-1", Dir: in, Bytes: sip("OPTIONS sip:x SIP/2.0", "")},
			`tls     refused: the device began with "OPTIONS sip:x SIP/2.0\r\n", which is no TLS`},
		{"hello", observation.Event{Kind: observation.ClientHello, Conn: "tls-1", Dir: in, Hello: &observation.HelloInfo{LegacyVersion: 0x303,
			Versions: []uint16{0x2a2a, 0x304, 0x303}, Suites: []uint16{0x1301, 0xc02f, 0xc030, 0x9c}, Groups: []uint16{29}, ServerName: "a.example"}},
			"tls     ClientHello: TLS 1.3, TLS 1.2; 4 suites: TLS_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 " +
				"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 …; groups x25519; server name a.example"},
		{"old hello", observation.Event{Kind: observation.ClientHello, Conn: "tls-1", Dir: in, Hello: &observation.HelloInfo{LegacyVersion: 0x302,
			Suites: []uint16{0x2f}}}, "ClientHello: up to TLS 1.1; 1 suites: TLS_RSA_WITH_AES_128_CBC_SHA; no server name"},
		{"alert", observation.Event{Kind: observation.TLSAlert, Conn: "tls-1", Dir: in, Alert: &observation.AlertInfo{Level: 2, Description: 42,
			Refused: observation.CertificateMessage}}, "in  tls     alert by the device: fatal bad_certificate (42), it refused the mock's Certificate"},
		{"handshake", observation.Event{Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &observation.HandshakeInfo{Role: "server", Complete: true,
			Version: 0x303, Suite: 0xc02f, Group: 23, ServerName: "a.example"}},
			"tls     handshake: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secp256r1; server name a.example; no client certificate"},
		{"handshake refused", observation.Event{Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &observation.HandshakeInfo{Role: "server",
			EndedBy: observation.DeviceSide, Refused: observation.CertificateMessage, Error: "remote error: bad certificate"}},
			"tls     handshake failed, ended by the device, which refused the Certificate: remote error: bad certificate"},
		{"renegotiation", observation.Event{Kind: observation.Renegotiation, Conn: "tls-1", Dir: in}, "the device asked for another handshake"},
		{"key log", observation.Event{Kind: observation.TLSKeyLog, Conn: "tls-1", Text: "CLIENT_RANDOM 00 00"}, ""},
		{"request", observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: in, Bytes: sip("INVITE sip:+15550199@a.example SIP/2.0",
			"Call-ID: 0123456789@192.0.2.20", "CSeq: 2 INVITE", "User-Agent: Phone 1.0", "Content-Type: application/sdp", "", "v=0",
			"o=- 1 1 IN IP4 192.0.2.20", "s=-", "c=IN IP4 192.0.2.20", "t=0 0", "m=audio 40000 RTP/SAVP 0",
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key, "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"+key+"|2^20|1:4",
			"a=crypto:3 nonsense", "a=sendonly", "")},
			"tls-1   in  sip     INVITE sip:+15550199@a.example (CSeq 2, call 01234567…); by Phone 1.0; SDP audio RTP/SAVP at 192.0.2.20 port 40000 sendonly, " +
				"crypto 1 AES_CM_128_HMAC_SHA1_80, 2 AES_CM_128_HMAC_SHA1_32 with MKI, invalid ("},
		{"response", observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: out, Bytes: sip("SIP/2.0 488 Not Acceptable Here", "Call-ID: 1",
			"CSeq: 2 INVITE", `Warning: 305 a.example "no suite"`, "", "")},
			`tls-1   out sip     488 Not Acceptable Here to INVITE (CSeq 2, call 1); 305 a.example "no suite"`},
		{"registration", observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: in, Bytes: sip("REGISTER sip:a.example SIP/2.0", "Call-ID: 1",
			"CSeq: 2 REGISTER", "Contact: <sip:alice@192.0.2.20:5062;transport=tls>", "Expires: 600",
			`Authorization: Digest username="alice", realm="a", nonce="b", uri="sip:a.example", response="0123456789abcdef0123456789abcdef"`, "", "")},
			"REGISTER sip:a.example (CSeq 2, call 1); contact sip:alice@192.0.2.20:5062;transport=tls, for 600 s; with credentials"},
		{"malformed", observation.Event{Kind: observation.SIPMalformed, Conn: "tls-1", Dir: in, Framing: observation.NoLength, Text: "no Content-Length",
			Bytes: sip("INVITE sip:x SIP/2.0", "")}, "sip     unreadable, 22 bytes: INVITE sip:x SIP/2.0; framing: no-content-length: no Content-Length"},
		{"keep-alive", observation.Event{Kind: observation.KeepAlive, Conn: "tls-1", Dir: in, KeepAlive: &observation.KeepAliveInfo{Ping: true}},
			"in  sip     keep-alive (double CRLF)"},
		{"fetched", observation.Event{Kind: observation.HTTP, Conn: "https-1", Dir: out, HTTP: &observation.HTTPInfo{Method: "GET", Host: "a.example",
			Path: "/?token=0123456789", Status: 200}}, "https-1 out http    GET https://a.example/?token=REDACTED 200"},
		{"data", observation.Event{Kind: observation.Data, Conn: "tls-1", Dir: in, Bytes: []byte("\x00\x1b[2J")},
			`data    "\x00\x1b[2J" is neither SIP nor HTTP`},
		{"media", observation.Event{Kind: observation.Media, Conn: "udp a b", Dir: in, Media: &observation.MediaInfo{Class: observation.ClearRTP, SSRC: 0xabc,
			Local: mock, Remote: remote}}, "media   in  media   stream 00000abc begins: RTP in clear, from 192.0.2.20:51234 to 192.0.2.10:5061, payload type 0"},
		{"tone", observation.Event{Kind: observation.Playing, Dir: out, Media: &observation.MediaInfo{Tone: 440, SSRC: 1}},
			"out media   the mock plays a tone of 440 Hz, SSRC 00000001"},
		{"name", observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Name: "a.example.", Type: "A", Code: "NOERROR", Answers: []string{"192.0.2.10"}}},
			"dns     A a.example.: NOERROR 192.0.2.10"},
		{"console", observation.Event{Kind: observation.Console, Console: &observation.ConsoleInfo{Level: "ERROR", Code: "32208", Title: "Secure media required",
			Detail: "rtp"}}, "console ERROR 32208 Secure media required: rtp"},
		{"device", observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceAction, Action: "call"}, Text: "from the desk\nb"},
			"device  action call: from the desk"},
		{"stage", observation.Event{Kind: observation.Stage, Stage: observation.VendorRestarted}, "stage   restarted"},
		{"fault", observation.Event{Kind: observation.Fault, Fault: observation.MockPanicked, Text: "nil\ngoroutine 1"},
			"mock    the mock's own fault, not the device's: mock-panicked: nil"},
		{"unexpected", observation.Event{Kind: observation.Unexpected, Conn: "tls-1", Text: "INFO, which the vendor does not take"},
			"mock    did not expect INFO, which the vendor does not take"},
		{"stranger", observation.Event{Kind: observation.Stranger, Denied: &observation.DeniedInfo{Protocol: "tls", Remote: remote}}, "refused tls 192.0.2.20:51234"},
		{"limit", observation.Event{Kind: observation.Limit, Denied: &observation.DeniedInfo{Bound: observation.Calls, Count: 10}},
			"refused too many calls, 10 so far"},
		{"withheld", observation.Event{Kind: observation.MediaWithheld, Dir: out, Text: "no media is sent: the device has described no address"},
			"refused no media is sent"},
		{"note", observation.Event{Kind: observation.Note, Text: "a note\x1b"}, `note    a note\x1b`},
		{"flood", observation.Event{Kind: observation.Flood, Flood: &observation.FloodInfo{Kind: observation.SIP, Events: 7}},
			"flood   7 observations of kind sip are left out"},
		{"a kind of a later version", observation.Event{Kind: "telepathy", Text: "hm"}, "telepathy hm"},
	}
}

// TestTell has a case for every kind of event: a new one has to say how it is told, here and in tellers.
func TestTell(t *testing.T) {
	t.Parallel()
	of := make(map[observation.Kind]bool)
	for _, c := range cases() {
		of[c.event.Kind] = true
		c.event.At = 1500 * time.Millisecond
		lines := New(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), "correct-horse").Tell(&c.event)
		switch {
		case c.want == "" && len(lines) > 0:
			t.Errorf("%s: %q is told", c.name, lines)
		case c.want == "":
		case len(lines) != 1 || !strings.HasPrefix(lines[0], "12:00:01     1.500s ") || !strings.Contains(lines[0], c.want):
			t.Errorf("%s: told is\n%q, want\n%q", c.name, lines, c.want)
		case strings.Contains(lines[0], key) || strings.Contains(lines[0], "0123456789abcdef"):
			t.Errorf("%s: there is a secret in %q", c.name, lines[0])
		}
	}
	known := tellers()
	for _, kind := range kinds(t) {
		if _, is := known[kind]; !is || !of[kind] {
			t.Errorf("kind %s: tellers knows it: %t; there is a case: %t", kind, is, of[kind])
		}
	}
}

// TestTellEmpty: no kind needs its payload.
func TestTellEmpty(t *testing.T) {
	t.Parallel()
	for kind := range tellers() {
		for _, line := range New(time.Now()).Tell(&observation.Event{Kind: kind}) {
			if printable.Line(line) != line {
				t.Errorf("%s: %q", kind, line)
			}
		}
	}
}

// TestSecrets puts a password and a key where a device can put them.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"sip:alice:correct-horse@a.example", "call correct-horse", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key,
		"Authorization: Bearer 0123456789abcdef0123", "response=\"0123456789abcdef0123456789abcdef\"",
	} {
		for _, e := range []observation.Event{
			{Kind: observation.Note, Text: text}, {Kind: observation.Data, Bytes: []byte(text)}, {Kind: observation.SIPMalformed, Bytes: []byte(text)},
			{Kind: observation.SIP, Bytes: sip("OPTIONS "+text+" SIP/2.0", "User-Agent: "+text, "Warning: "+text, "", "")},
			{Kind: observation.HTTP, HTTP: &observation.HTTPInfo{Path: text}}, {Kind: observation.DNS, DNS: &observation.DNSInfo{Name: text}},
			{Kind: observation.Console, Console: &observation.ConsoleInfo{Detail: text}},
		} {
			for _, line := range New(time.Now(), "correct-horse").Tell(&e) {
				if strings.Contains(line, "correct-horse") || strings.Contains(line, key) || strings.Contains(line, "0123456789abcdef") {
					t.Errorf("%s: %q", e.Kind, line)
				}
			}
		}
	}
}

// FuzzTell: whatever a device sends, it is told in lines of visible characters that do not grow with it.
func FuzzTell(f *testing.F) {
	for _, c := range cases() {
		f.Add(c.event.Bytes, c.event.Text)
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		n := New(time.Now(), "correct-horse")
		for kind := range tellers() {
			e := observation.Event{Kind: kind, Conn: text, Dir: observation.In, Bytes: raw, Text: text,
				Hello: &observation.HelloInfo{ServerName: text, ALPN: []string{text}}, HTTP: &observation.HTTPInfo{Method: text, Host: text, Path: text},
				DNS: &observation.DNSInfo{Name: text, Type: text}, Console: &observation.ConsoleInfo{Title: text, Detail: text},
				Handshake: &observation.HandshakeInfo{Complete: len(raw)%2 == 0, ServerName: text, Error: text, PeerChain: [][]byte{raw}}}
			if kind == observation.Media {
				e.Media = &observation.MediaInfo{Class: observation.MediaClass(text)}
			}
			for _, line := range n.Tell(&e) {
				if printable.Line(line) != line || len(line) > 2*maxText {
					t.Fatalf("%s: %d bytes: %q", kind, len(line), line)
				}
			}
		}
	})
}
