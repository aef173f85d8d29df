package web_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// TestClose closes a server in every state that can last.
func TestClose(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T, m *mock){
		"nothing": func(*testing.T, *mock) {},
		"no hello": func(t *testing.T, m *mock) {
			conn, err := net.Dial("tcp", m.at.String())
			testkit.Started(t, conn, err)
			testkit.Await(t, m.log, observation.TransportOpen, nil)
		},
		"no request": func(t *testing.T, m *mock) {
			m.dial(t)
			testkit.Await(t, m.log, observation.TLSHandshake, nil)
		},
		"half a request": func(t *testing.T, m *mock) {
			io.WriteString(m.dial(t), "GET / HTTP/1.1\r\nHost: ")
			testkit.Await(t, m.log, observation.TLSHandshake, nil)
		},
		"a handler that waits": func(t *testing.T, m *mock) {
			io.WriteString(m.dial(t), "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
			testkit.Await(t, m.log, observation.HTTP, nil)
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
			if _, err := m.Listen(web.Listener{Address: testkit.Loopback,
				Rules: func() tlspeer.Rules { return tlspeer.Rules{} }}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("a closed server listens: %v", err)
			}
			if err := m.Close(); err != nil {
				t.Errorf("closing twice: %v", err)
			}
		})
	}
}

// TestDisconnect checks that the listeners stay.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	m := start(t, say)
	conn := m.dial(t)
	testkit.Await(t, m.log, observation.TLSHandshake, nil)
	m.Disconnect()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
	if end := testkit.Await(t, m.log, observation.TransportClose, nil); end.Transport.Cause != "local" {
		t.Errorf("ended by %s", end.Transport.Cause)
	}
	m.dial(t)
}
