package sipagent

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// panicked waits until the agent records a panic that the test provoked, and returns the event.
func panicked(t *testing.T, m mock) observation.Event {
	t.Helper()
	e := testkit.Await(t, m.log, observation.Fault, nil)
	if e.Fault != observation.MockPanicked || !strings.Contains(e.Text, "of the test") || !strings.Contains(e.Text, "panic_test.go") {
		t.Errorf("recorded as %s: %q", e.Fault, e.Text)
	}
	return e
}

// TestHandlerPanics checks that the request is answered with a 500, that the log has the panic as a fault of the
// connection, and that other requests are served.
func TestHandlerPanics(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"MESSAGE", "ACK"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
				if t.Request.Method == method {
					panic("of the test")
				}
				t.Respond(200, "OK", nil)
			}})
			d := connect(t, m, observation.TCP)
			d.Send(testkit.Compose(observation.TCP, method))
			if method != "ACK" {
				d.Expect(500, method)
			}
			d.Send(testkit.Compose(observation.TCP, "OPTIONS"))
			d.Expect(200, "OPTIONS")
			if e := panicked(t, m); !strings.Contains(e.Text, "answering "+method) || e.Conn == "" {
				t.Errorf("recorded as %q on %q", e.Text, e.Conn)
			}
		})
	}
}

// TestCallbackPanics has each other callback panic. The log has the panic, and the device's connection is closed.
func TestCallbackPanics(t *testing.T) {
	t.Parallel()
	verify := serverRules()
	verify.ClientAuth, verify.Verify = tlspeer.ClientAuthRequire, func([]*x509.Certificate) error { panic("of the test") }
	for name, test := range map[string]struct {
		config Config
		rules  func() tlspeer.Rules // of a TLS listener; nil: the device connects by TCP
		send   string
		stays  bool // the connection is not closed
	}{
		"Unmatched": {config: Config{Unmatched: func(*Link, *sipwire.Message) { panic("of the test") }},
			send: testkit.Reply(sipwire.NewRequest("OPTIONS", "sip:device.test"), 200), stays: true},
		"Hello":              {config: Config{Hello: func(*Link) error { panic("of the test") }}},
		"Closed":             {config: Config{Closed: func(*Link) { panic("of the test") }}, send: "no SIP at all\r\n\r\n"},
		"a listener's rules": {rules: func() tlspeer.Rules { panic("of the test") }},
		"Rules.Verify":       {rules: func() tlspeer.Rules { return verify }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, test.config)
			at := m.at[observation.TCP]
			if test.rules != nil {
				var err error
				if at, err = m.ListenTLS(testkit.Loopback, test.rules); err != nil {
					t.Fatal(err)
				}
			}
			conn, err := net.Dial("tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(testkit.Patience))
			if test.rules != nil {
				client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{certificate()}})
				client.Handshake() // whether it fails depends on the version
			}
			io.WriteString(conn, test.send)
			panicked(t, m)
			if !test.stays {
				testkit.Await(t, m.log, observation.TransportClose, nil)
				if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("the connection is left open")
				}
			}
		})
	}
}
