package web_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// TestRequest checks that the log has a client's requests and responses, in order, with the state of the connection.
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
		testkit.Await(t, m.log, observation.TransportClose, nil)
		var kinds []string
		for _, e := range m.log.Events() {
			switch e.Kind {
			case observation.TLSKeyLog:
				continue
			case observation.TransportOpen, observation.TransportClose:
				if e.Transport.Listener != "api" || e.Transport.Local != m.at || !e.Transport.Remote.IsValid() ||
					e.Transport.Protocol != observation.TLS {
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
		want := "transport-open tls-client-helloin tls-handshake 0 httpin 200 httpout 0 httpin 200 httpout tls-alertin transport-close"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if end := testkit.Await(t, m.log, observation.TransportClose, nil); end.Transport.Cause != "eof" {
			t.Errorf("ended by %s: %s", end.Transport.Cause, end.Text)
		}
	}
}

// TestAnswers checks that the log has the status that was sent, whatever a handler does.
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

// TestRefused checks that the log has a failed handshake, and no request.
func TestRefused(t *testing.T) {
	t.Parallel()
	m := start(t, say, func(r *tlspeer.Rules) { r.MinVersion = tlspeer.TLS13 })
	if _, err := m.client(t, &tls.Config{MaxVersion: tls.VersionTLS12}).Get("https://" + host); err == nil {
		t.Error("served")
	}
	alert := testkit.Await(t, m.log, observation.TLSAlert, nil)
	if alert.Dir != observation.Out || alert.Alert.Description != 70 {
		t.Errorf("alert %+v", alert)
	}
	if shaken := testkit.Await(t, m.log, observation.TLSHandshake, nil); shaken.Handshake.Complete {
		t.Error("the handshake is complete")
	}
	testkit.Await(t, m.log, observation.TransportClose, nil)
}

// TestRulesAreAskedAnew changes the certificate, and has one for each name.
func TestRulesAreAskedAnew(t *testing.T) {
	t.Parallel()
	first, _ := issue(t, "first", host)
	second, _ := issue(t, "second", host)
	other, _ := issue(t, "other", "other.vendor.test")
	var asked atomic.Int32
	m := start(t, say)
	at, err := m.Listen(web.Listener{Address: testkit.Loopback, Handler: say, Rules: func() tlspeer.Rules {
		certificate := first
		if asked.Add(1) > 1 {
			certificate = second
		}
		return tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, Certificate: certificate,
			Named: map[string]tls.Certificate{"other.vendor.test": other}}
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

// TestNoHandler checks that a port without a handler logs the first bytes that it receives.
func TestNoHandler(t *testing.T) {
	t.Parallel()
	m := start(t, nil)
	conn := m.dial(t)
	if _, err := conn.Write([]byte("HELLO")); err != nil {
		t.Fatal(err)
	}
	if data := testkit.Await(t, m.log, observation.Data, nil); string(data.Bytes) != "HELLO" || data.Dir != observation.In {
		t.Errorf("%+v", data)
	}
	if _, err := conn.Write(make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if end := testkit.Await(t, m.log, observation.TransportClose, nil); end.Transport.Cause != "eof" {
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

// TestNotHTTP checks that a port with a handler logs what is not HTTP.
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
			if data := testkit.Await(t, m.log, observation.Data, nil); !strings.HasPrefix(said, string(data.Bytes)) || len(data.Bytes) == 0 {
				t.Errorf("kept %q", data.Bytes)
			}
			testkit.Await(t, m.log, observation.TransportClose, nil)
			if slices.ContainsFunc(m.log.Events(), kind(observation.HTTP)) {
				t.Error("taken for a request")
			}
		})
	}
}

// TestConfig checks that errors say what is missing.
func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("a server without a log")
	}
	m := start(t, say)
	if _, err := m.Listen(web.Listener{Address: testkit.Loopback}); err == nil {
		t.Error("a listener without rules")
	}
	if _, err := m.Listen(web.Listener{Address: m.at, Rules: func() tlspeer.Rules { return tlspeer.Rules{} }}); err == nil {
		t.Error("two listeners on one port")
	}
	if state := web.StateOf(&http.Request{}); state.Version != 0 {
		t.Error("a state of nothing")
	}
}
