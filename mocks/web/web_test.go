package web_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; nothing waits for it to pass.
const patience = 20 * time.Second

var loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

const host = "api.vendor.test"

var forge = sync.OnceValue(func() *certs.Forge { return certs.NewForge(1) })

// issue makes a certificate for names, and the pool that trusts it.
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
	certificate, roots := issue(t, "", host)
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS13, Certificate: certificate}
	for _, c := range change {
		c(&rules)
	}
	m := &mock{log: observation.NewLog(), roots: roots, rules: rules}
	var err error
	if m.Server, err = web.New(web.Config{Log: m.log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	m.at, err = m.Listen(web.Listener{Address: loopback, Name: "api", Rules: func() tlspeer.Rules { return rules }, Handler: handler})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// client is an HTTP client that finds every name at the mock.
func (m *mock) client(t testing.TB, config *tls.Config) *http.Client {
	config.RootCAs = m.roots
	transport := &http.Transport{TLSClientConfig: config, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", m.at.String())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

func (m *mock) dial(t testing.TB) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", m.at.String(), &tls.Config{RootCAs: m.roots, ServerName: host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// seen waits for the first event that match accepts.
func (m *mock) seen(t testing.TB, match func(observation.Event) bool) observation.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := m.log.Wait(ctx, match)
	if err != nil {
		t.Fatalf("never seen: %v", err)
	}
	return e
}

func kind(k observation.Kind) func(observation.Event) bool {
	return func(e observation.Event) bool { return e.Kind == k }
}

// closes fails the test unless the server is closed soon.
func (m *mock) closes(t testing.TB) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.Close()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("Close does not return")
	}
}

// say is a handler that tells what its connection came to.
var say = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	state := web.StateOf(r)
	fmt.Fprintf(w, "%s %s %d", tlspeer.VersionName(state.Version), state.ServerName, len(state.LocalChain))
})

// TestRequest: what a client asks and gets is in the log, in order, with what
// its connection came to.
func TestRequest(t *testing.T) {
	t.Parallel()
	for version, name := range map[uint16]string{tlspeer.TLS12: "TLS 1.2", tlspeer.TLS13: "TLS 1.3"} {
		m := start(t, say)
		client := m.client(t, &tls.Config{MinVersion: version, MaxVersion: version})
		for range 2 {
			response, err := client.Get("https://" + host + "/status?page=2")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if want := name + " " + host + " 2"; err != nil || string(body) != want {
				t.Errorf("got %q, %v; want %q", body, err, want)
			}
		}
		client.CloseIdleConnections()
		m.seen(t, kind(observation.TransportClose))
		var kinds []string
		for _, e := range m.log.Events() {
			switch e.Kind {
			case observation.TLSKeyLog:
				continue
			case observation.TransportOpen, observation.TransportClose:
				if e.Transport.Listener != "api" || e.Transport.Local != m.at || !e.Transport.Remote.IsValid() || e.Transport.Protocol != observation.TLS {
					t.Errorf("%+v", e.Transport)
				}
			case observation.HTTP:
				if want := (observation.HTTPInfo{Method: "GET", Host: host, Path: "/status", Status: e.HTTP.Status}); *e.HTTP != want {
					t.Errorf("%+v", e.HTTP)
				}
				kinds = append(kinds, fmt.Sprint(e.HTTP.Status))
			}
			if e.Conn != "web-1" {
				t.Errorf("%s of %q: two requests are one connection", e.Kind, e.Conn)
			}
			kinds = append(kinds, string(e.Kind)+string(e.Dir))
		}
		want := "transport-open tls-client-helloin tls-handshake 0 httpin 200 httpout 0 httpin 200 httpout transport-close"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if end := m.seen(t, kind(observation.TransportClose)); end.Transport.Cause != "eof" {
			t.Errorf("ended by %s: %s", end.Transport.Cause, end.Text)
		}
	}
}

// TestAnswers: whatever a handler does, the log has the status that went out.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		status  int
		fault   bool
	}{
		"silence":       {func(http.ResponseWriter, *http.Request) {}, 200, false},
		"a status":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 404, false},
		"early hints":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(204) }, 204, false},
		"a body":        {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x"); w.WriteHeader(500) }, 200, false},
		"a panic":       {func(http.ResponseWriter, *http.Request) { panic("here") }, 500, true},
		"a late panic":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); panic("here") }, 404, true},
		"an early exit": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, test.handler)
			response, err := m.client(t, &tls.Config{}).Get("https://" + host)
			if (err != nil) != (test.status == 0) {
				t.Fatal(err)
			}
			if err == nil {
				response.Body.Close()
				if response.StatusCode != test.status {
					t.Errorf("answered %d", response.StatusCode)
				}
			}
			m.closes(t)
			status, faulty := 0, false
			for _, e := range m.log.Events() {
				faulty = faulty || e.Kind == observation.Fault
				if e.Kind == observation.HTTP && e.Dir == observation.Out {
					status = e.HTTP.Status
				}
			}
			if status != test.status || faulty != test.fault {
				t.Errorf("the log has %d, a fault: %v", status, faulty)
			}
		})
	}
}

// TestRefused: a handshake that fails is in the log, and no request.
func TestRefused(t *testing.T) {
	t.Parallel()
	m := start(t, say, func(r *tlspeer.Rules) { r.MinVersion = tlspeer.TLS13 })
	if _, err := m.client(t, &tls.Config{MaxVersion: tls.VersionTLS12}).Get("https://" + host); err == nil {
		t.Error("served")
	}
	alert := m.seen(t, kind(observation.TLSAlert))
	if alert.Dir != observation.Out || alert.Alert.Description != 70 {
		t.Errorf("alert %+v", alert)
	}
	if shaken := m.seen(t, kind(observation.TLSHandshake)); shaken.Handshake.Complete {
		t.Error("the handshake is complete")
	}
	m.seen(t, kind(observation.TransportClose))
}

// TestRulesAreAskedAnew: a certificate that changes, and one for each name.
func TestRulesAreAskedAnew(t *testing.T) {
	t.Parallel()
	first, _ := issue(t, "first", host)
	second, _ := issue(t, "second", host)
	other, _ := issue(t, "other", "other.vendor.test")
	var asked atomic.Int32
	m := start(t, say)
	at, err := m.Listen(web.Listener{Address: loopback, Handler: say, Rules: func() tlspeer.Rules {
		certificate := first
		if asked.Add(1) > 1 {
			certificate = second
		}
		return tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, Certificate: certificate, Named: map[string]tls.Certificate{"other.vendor.test": other}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		want tls.Certificate
	}{{host, first}, {host, second}, {"other.vendor.test", other}} {
		conn, err := tls.Dial("tcp", at.String(), &tls.Config{RootCAs: m.roots, ServerName: test.name})
		if err != nil {
			t.Fatal(err)
		}
		if shown := conn.ConnectionState().PeerCertificates[0]; !bytes.Equal(shown.Raw, test.want.Certificate[0]) {
			t.Errorf("%s shows another certificate", test.name)
		}
		conn.Close()
	}
}

// TestNoHandler: a port that speaks TLS alone keeps the first of what it hears.
func TestNoHandler(t *testing.T) {
	t.Parallel()
	m := start(t, nil)
	conn := m.dial(t)
	if _, err := conn.Write([]byte("HELLO")); err != nil {
		t.Fatal(err)
	}
	if data := m.seen(t, kind(observation.Data)); string(data.Bytes) != "HELLO" || data.Dir != observation.In {
		t.Errorf("%+v", data)
	}
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if end := m.seen(t, kind(observation.TransportClose)); end.Transport.Cause != "eof" {
		t.Errorf("ended by %s: %s", end.Transport.Cause, end.Text)
	}
	kept := 0
	for _, e := range m.log.Events() {
		if e.Kind == observation.Data {
			kept += len(e.Bytes)
		}
	}
	if kept != 4<<10 {
		t.Errorf("%d bytes kept", kept)
	}
}

// TestNotHTTP: what is not HTTP is kept, where HTTP is spoken.
func TestNotHTTP(t *testing.T) {
	t.Parallel()
	for name, said := range map[string]string{
		"SIP":      "REGISTER sip:vendor.test SIP/2.0\r\n\r\n",
		"nonsense": "\x00\x01\x02\r\n\r\n",
		"too long": "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 200_000) + "\r\n\r\n",
		"half":     "GET / HT",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, say)
			conn := m.dial(t)
			io.WriteString(conn, said)
			conn.CloseWrite()
			io.Copy(io.Discard, conn)
			conn.Close()
			if data := m.seen(t, kind(observation.Data)); !strings.HasPrefix(said, string(data.Bytes)) || len(data.Bytes) == 0 {
				t.Errorf("kept %q", data.Bytes)
			}
			m.seen(t, kind(observation.TransportClose))
			if slices.ContainsFunc(m.log.Events(), kind(observation.HTTP)) {
				t.Error("taken for a request")
			}
		})
	}
}

// TestClose ends a server in every state that can last.
func TestClose(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T, m *mock){
		"nothing": func(*testing.T, *mock) {},
		"no hello": func(t *testing.T, m *mock) {
			conn, err := net.Dial("tcp", m.at.String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			m.seen(t, kind(observation.TransportOpen))
		},
		"no request": func(t *testing.T, m *mock) {
			m.dial(t)
			m.seen(t, kind(observation.TLSHandshake))
		},
		"half a request": func(t *testing.T, m *mock) {
			io.WriteString(m.dial(t), "GET / HTTP/1.1\r\nHost: ")
			m.seen(t, kind(observation.TLSHandshake))
		},
		"a handler that waits": func(t *testing.T, m *mock) {
			io.WriteString(m.dial(t), "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
			m.seen(t, kind(observation.HTTP))
		},
		"a request served": func(t *testing.T, m *mock) {
			conn := m.dial(t)
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/wait" {
					<-r.Context().Done()
				}
			}))
			open(t, m)
			m.closes(t)
			opened, ended := 0, 0
			for _, e := range m.log.Events() {
				switch e.Kind {
				case observation.TransportOpen:
					opened++
				case observation.TransportClose:
					ended++
				}
			}
			if opened != ended {
				t.Errorf("%d connections were opened, %d have ended", opened, ended)
			}
			if _, err := m.Listen(web.Listener{Address: loopback, Rules: func() tlspeer.Rules { return tlspeer.Rules{} }}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("a closed server listens: %v", err)
			}
			if err := m.Close(); err != nil {
				t.Errorf("closing twice: %v", err)
			}
		})
	}
}

// TestDisconnect keeps the listeners.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	m := start(t, say)
	conn := m.dial(t)
	m.seen(t, kind(observation.TLSHandshake))
	m.Disconnect()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
	if end := m.seen(t, kind(observation.TransportClose)); end.Transport.Cause != "local" {
		t.Errorf("ended by %s", end.Transport.Cause)
	}
	m.dial(t)
}

// TestConfig: what is missing is said.
func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("a server without a log")
	}
	m := start(t, say)
	if _, err := m.Listen(web.Listener{Address: loopback}); err == nil {
		t.Error("a listener without rules")
	}
	if _, err := m.Listen(web.Listener{Address: m.at, Rules: func() tlspeer.Rules { return tlspeer.Rules{} }}); err == nil {
		t.Error("two listeners on one port")
	}
	if state := web.StateOf(&http.Request{}); state.Version != 0 {
		t.Error("a state of nothing")
	}
}
