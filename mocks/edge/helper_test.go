package edge

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

func TestMain(m *testing.M) {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // of the independent stack
	testkit.Main(m)
}

// product returns a profile of the fixtures.
func product(t testing.TB, name string) *profile.Product {
	t.Helper()
	data, err := fixtures.FS.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shown returns a certificate that takes little time to make.
var shown = sync.OnceValue(func() tls.Certificate {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "test", Direct: true})
	if err != nil {
		panic(err)
	}
	leaf, err := pki.Issue(certs.Leaf{DNSNames: []string{"s1.sip.twilio.com"}})
	if err != nil {
		panic(err)
	}
	return leaf.TLS()
})

func config(p *profile.Product, settings map[string]string) Config {
	return Config{
		Config: vendor.Config{
			Product: p, Settings: settings, Name: "s1", Log: observation.NewLog(), Seed: 7,
			Certificate: func(vendor.Host) (tls.Certificate, error) { return shown(), nil },
		},
		User: "alice", Password: "secret",
	}
}

// started starts an edge without what a [Server] has besides.
func started(t testing.TB, c Config) *Edge {
	t.Helper()
	e, err := Start(c)
	return testkit.Started(t, e, err)
}

// serve serves a product of the fixtures.
func serve(t testing.TB, name string, settings map[string]string, changes ...func(*Config)) *Server {
	t.Helper()
	s, err := Serve(product(t, name), settings, changes...)
	return testkit.Started(t, s, err)
}

// codes returns the codes of the entries in the edge's console.
func codes(s *Server) string {
	var list []string
	for _, entry := range s.Console() {
		list = append(list, entry.Code)
	}
	return strings.Join(list, " ")
}

// request returns a parsed request with these header fields and this body.
func request(method, uri string, body string, headers ...string) *sipwire.Message {
	m := sipwire.NewRequest(method, uri)
	m.Add("To", "<sip:alice@s1.sip.twilio.com>")
	m.Add("From", "<sip:alice@s1.sip.twilio.com>;tag=1")
	m.Add("Call-ID", "1")
	m.Add("CSeq", "1 "+method)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		m.Add(name, value)
	}
	if strings.HasPrefix(body, "v=0") && !m.Has("Content-Type") {
		m.Add("Content-Type", "application/sdp")
	}
	m.Body = []byte(body)
	parsed, err := sipwire.Parse(m.Bytes())
	if err != nil {
		panic(err)
	}
	return parsed
}

const (
	suite = "AES_CM_128_HMAC_SHA1_80"
	key   = testkit.Key
	tag80 = testkit.Tag80
	tag32 = testkit.Tag32
)

// connect connects a device over UDP, TCP or, in that version, TLS.
func connect(t testing.TB, s *Server, protocol string, version uint16) *testkit.Device {
	t.Helper()
	d := testkit.Connect(t, protocol, s.Addresses()[protocol], testkit.ClientTLS(s.Roots, s.Domain(), version))
	d.Account = "sip:alice@" + s.Domain()
	return d
}

// withoutDigest serves an edge that asks for no credentials. Settings are "name=value".
func withoutDigest(t *testing.T, settings ...string) *Server {
	t.Helper()
	chosen := map[string]string{"digest": "off"}
	for _, pair := range settings {
		name, value, _ := strings.Cut(pair, "=")
		chosen[name] = value
	}
	return serve(t, "twilio-voice", chosen)
}

// register registers a device.
func register(d *testkit.Device, s *Server, parts ...string) *sipwire.Message {
	d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), parts...))
	return d.Expect(200, "REGISTER")
}

// calls has a device place a call, and returns the final response.
func calls(d *testkit.Device, s *Server, parts ...string) *sipwire.Message {
	d.Send(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), parts...))
	return d.Final("INVITE")
}

// stream returns the stream of that number in a message's description.
func stream(t testing.TB, m *sipwire.Message, index int) *sdp.Media {
	t.Helper()
	session, err := sdp.Parse(m.Body)
	if err != nil || index >= len(session.Media) {
		t.Fatalf("%v in %s", err, m.Raw)
	}
	return &session.Media[index]
}
