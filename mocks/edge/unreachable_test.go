package edge

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestInsecureBindings checks that bindings in clear are not attempted for secure calls, TW-SRTP-17, and that they are
// for others.
func TestInsecureBindings(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t, "secure_media=on")
			d := connect(t, s, protocol, 0)
			register(d, s)
			if _, err := s.Call(t.Context(), outbound); !errors.Is(err, ErrUnreachable) {
				t.Errorf("got %v", err)
			}
			want := observation.ConsoleInfo{Code: "32209", Level: "ERROR", Title: "Secure SIP transport required"}
			if console := s.Console(); len(console) != 1 || console[0] != want {
				t.Errorf("console %+v, want %+v", console, want)
			}
			clear := outbound
			clear.MediaProfile = "RTP/AVP"
			done := ring(t.Context(), s, clear)
			invite := d.Expect(0, "INVITE")
			d.Send(d.Reply(invite, 200, testkit.RTP()))
			d.Expect(0, "ACK")
			if r := <-done; r.err != nil || r.call.Status != 200 {
				t.Errorf("got %+v, %v", r.call, r.err)
			}
		})
	}
}

// TestUnreachable checks that the console has 32011 after a call to a device that cannot be reached.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	old := listener(t, tls.VersionTLS11)
	go func() {
		if conn, err := old.Accept(); err == nil {
			conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	silent := testkit.Listen(t)
	gone := silent.Addr().(*net.TCPAddr).AddrPort()
	go func() { // it takes a connection and drops it
		if conn, err := silent.Accept(); err == nil {
			conn.Close()
		}
	}()
	for name, o := range map[string]Outbound{
		"not registered": {},
		"TLS 1.1 only":   {Address: old.Addr().(*net.TCPAddr).AddrPort(), Host: "device.test"},
		"hangs up":       {Address: gone},
		"nobody there":   {Address: netip.MustParseAddrPort("127.0.0.1:1")},
	} {
		t.Run(name, func(t *testing.T) {
			s := withoutDigest(t)
			o.User, o.Caller = outbound.User, outbound.Caller
			if _, err := s.Call(t.Context(), o); !errors.Is(err, ErrUnreachable) {
				t.Errorf("got %v", err)
			}
			if codes(s) != "32011" {
				t.Errorf("the console has %q", codes(s))
			}
		})
	}
	t.Run("drops the call", func(t *testing.T) {
		s, d := registered(t)
		done := ring(t.Context(), s, outbound)
		d.Expect(0, "INVITE")
		d.Conn.Close()
		if r := <-done; r.err == nil {
			t.Errorf("got %+v", r.call)
		}
		if console := s.Console(); len(console) != 1 || console[0].Code != "32011" || console[0].CallID == "" {
			t.Errorf("console %+v", console)
		}
		if _, err := s.Call(t.Context(), outbound); !errors.Is(err, ErrUnreachable) {
			t.Errorf("over a binding whose connection is gone: %v", err)
		}
	})
}

// stranger returns a certificate that is neither the vendor's nor of any authority. The vendor's suites need an RSA key.
var stranger = sync.OnceValue(func() tls.Certificate { return testkit.SelfSigned(testkit.NewRSAKey(), "device.test") })

// listener returns a device's TLS listener, for that version alone.
func listener(t *testing.T, version uint16) net.Listener {
	t.Helper()
	config := &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{stranger()}}
	return tls.NewListener(testkit.Listen(t), config)
}
