package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const host = "api.vendor.test"

var forge = sync.OnceValue(func() *certs.Forge { return certs.NewForge(1) })

// issue returns a certificate for names, and a pool with its root.
func issue(t testing.TB, slot string, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	pki, err := forge().Hierarchy(certs.Hierarchy{Name: "web", Root: certs.Authority{CommonName: "Web Test CA"}})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := pki.Issue(certs.Leaf{DNSNames: names, Key: certs.RSA2048, KeySlot: slot})
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pki.Root)
	return leaf.TLS(), pool
}

// mock is a server with one listener.
type mock struct {
	*web.Server
	log   *observation.Log
	at    netip.AddrPort
	roots *x509.CertPool
	rules tlspeer.Rules
}

func start(t testing.TB, handler http.Handler, change ...func(*tlspeer.Rules)) *mock {
	t.Helper()
	return startWith(t, handler, web.Config{Log: observation.NewLog()}, change...)
}

// startWith is start with another configuration of the server.
func startWith(t testing.TB, handler http.Handler, config web.Config, change ...func(*tlspeer.Rules)) *mock {
	t.Helper()
	certificate, roots := issue(t, "", host)
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS13, Certificate: certificate}
	for _, c := range change {
		c(&rules)
	}
	m := &mock{log: config.Log, roots: roots, rules: rules}
	var err error
	if m.Server, err = web.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	m.at, err = m.Listen(web.Listener{Address: testkit.Loopback, Name: "api", Rules: func() tlspeer.Rules { return rules }, Handler: handler})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// client returns an HTTP client that finds every host at the mock.
func (m *mock) client(t testing.TB, config *tls.Config) *http.Client {
	config.RootCAs = m.roots
	return testkit.HTTPClient(t, m.at.String(), config)
}

func (m *mock) dial(t testing.TB) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", m.at.String(), &tls.Config{RootCAs: m.roots, ServerName: host})
	testkit.Started(t, conn, err)
	conn.SetDeadline(time.Now().Add(testkit.Patience))
	return conn
}

func kind(k observation.Kind) func(observation.Event) bool {
	return func(e observation.Event) bool { return e.Kind == k }
}

// closes fails the test unless Close returns.
func (m *mock) closes(t testing.TB) {
	t.Helper()
	testkit.ReturnsWithin(t, testkit.Patience, "Close", func() { m.Close() })
}

// say is a handler that answers with the state of its connection.
var say = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	state := web.StateOf(r)
	fmt.Fprintf(w, "%s %s %d", tlspeer.VersionName(state.Version), state.ServerName, len(state.LocalChain))
})
