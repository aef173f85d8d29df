package edge

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

func TestMain(m *testing.M) {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // of the independent stack
	goleak.VerifyTestMain(m)
}

// patience bounds everything that a test waits for; nothing waits for it to pass.
const patience = 20 * time.Second

// product is a copy of a profile of the fixtures.
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

// shown is a certificate that takes little time to make.
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

// started is an edge without what a [Server] has beside it.
func started(t testing.TB, c Config) *Edge {
	t.Helper()
	e, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// serve serves a product of the fixtures.
func serve(t testing.TB, name string, settings map[string]string, changes ...func(*Config)) *Server {
	t.Helper()
	s, err := Serve(product(t, name), settings, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// codes are the entries of the edge's console, by their codes.
func codes(s *Server) string {
	var list []string
	for _, entry := range s.Console() {
		list = append(list, entry.Code)
	}
	return strings.Join(list, " ")
}

// seen waits for an event.
func seen(t testing.TB, s *Server, match func(observation.Event) bool) observation.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := s.Log.Wait(ctx, match)
	if err != nil {
		t.Fatal("it was not seen")
	}
	return e
}

// request parses a request with these header fields and this body.
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
	m.Body = []byte(body)
	parsed, err := sipwire.Parse(m.Bytes())
	if err != nil {
		panic(err)
	}
	return parsed
}

const (
	key   = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // of RFC 4568 §9.2
	suite = "AES_CM_128_HMAC_SHA1_80"
	tag80 = "1 " + suite + " inline:" + key
	tag32 = "2 AES_CM_128_HMAC_SHA1_32 inline:" + key
)

// description is a session description of these m= lines, each with the lines
// that belong to it.
func description(media ...string) string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.Join(media, "")
}

// audioOnly is a session description with one stream.
func audioOnly(proto string, crypto ...string) string { return description(audio(proto, crypto...)) }

func audio(proto string, crypto ...string) string {
	text := fmt.Sprintf("m=audio 40000 %s 0\r\n", proto)
	for _, c := range crypto {
		text += "a=crypto:" + c + "\r\n"
	}
	return text
}
