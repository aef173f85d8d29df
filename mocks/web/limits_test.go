package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/web"
)

// TestSlowPeers: whatever a peer does not finish, or never begins, its connection ends by itself, and what is too long is
// refused. Each limit is the only one that is short.
func TestSlowPeers(t *testing.T) {
	t.Parallel()
	const brief = 50 * time.Millisecond
	long := web.Limits{Handshake: time.Hour, Header: time.Hour, Request: time.Hour, Answer: time.Hour, Idle: time.Hour}
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	for _, c := range []struct {
		name    string
		limit   func(*web.Limits)
		handler http.Handler // none: a port without a protocol
		raw     bool         // bytes without a handshake
		sends   string
		status  string // of the answer before the end, if there is one
	}{
		{name: "no handshake", limit: func(l *web.Limits) { l.Handshake = brief }, handler: read, raw: true},
		{name: "half a handshake", limit: func(l *web.Limits) { l.Handshake = brief }, handler: read, raw: true, sends: "\x16\x03\x01\x02\x00"},
		{name: "no request", limit: func(l *web.Limits) { l.Header = brief }, handler: read},
		{name: "half a header", limit: func(l *web.Limits) { l.Header = brief }, handler: read, sends: "GET / HTTP/1.1\r\nHost:"},
		{name: "half a body", limit: func(l *web.Limits) { l.Request = brief }, handler: read,
			sends: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n1", status: "413"},
		{name: "no second request", limit: func(l *web.Limits) { l.Idle = brief }, handler: read,
			sends: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", status: "200"},
		{name: "no protocol", limit: func(l *web.Limits) { l.Idle = brief }},
		{name: "no protocol, and talk", limit: func(l *web.Limits) { l.Idle = brief }, sends: "anything"},
		{name: "a header too long", limit: func(l *web.Limits) { l.HeaderBytes = 1 << 10 }, handler: read,
			sends: "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 16<<10) + "\r\n\r\n", status: "431"},
		{name: "a body too long", limit: func(l *web.Limits) { l.BodyBytes = 4 }, handler: read,
			sends: "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10\r\n\r\n1234567890", status: "413"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limits := long
			c.limit(&limits)
			m := startWith(t, c.handler, web.Config{Log: observation.NewLog(), Limits: limits})
			var conn net.Conn
			if c.raw {
				dialed, err := net.Dial("tcp", m.at.String())
				conn = testkit.Started(t, dialed, err)
				conn.SetDeadline(time.Now().Add(testkit.Patience))
			} else {
				conn = m.dial(t)
			}
			io.WriteString(conn, c.sends)
			if c.status != "" {
				if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, " "+c.status+" ") {
					t.Errorf("the answer is %q (%v), want %s", line, err, c.status)
				}
			}
			testkit.Await(t, m.log, observation.TransportClose, nil)
		})
	}
}

// TestStrangers: a connection that the device has not opened is closed before a handshake, and is none in the log.
func TestStrangers(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	m := startWith(t, say, web.Config{Log: log, Gate: peers.NewGate(peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.9.9.2")}}, log)})
	dialed, err := net.Dial("tcp", m.at.String())
	conn := testkit.Started(t, dialed, err)
	if p, _ := io.ReadAll(conn); len(p) > 0 {
		t.Errorf("the stranger got %q", p)
	}
	testkit.Await(t, log, observation.Stranger, nil)
	for _, e := range log.Events() {
		if e.Kind != observation.Stranger {
			t.Errorf("the log has %s", e.Kind)
		}
	}
}
