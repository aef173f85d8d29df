package edge

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestInsecureBindings: bindings in clear are not attempted for secure calls,
// TW-SRTP-17; for others they are.
func TestInsecureBindings(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t, "secure_media=on")
			d := connect(t, s, protocol, 0)
			d.register()
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
			invite := d.request("INVITE")
			d.send(d.reply(invite, 200, audioOnly("RTP/AVP")))
			d.request("ACK")
			if r := <-done; r.err != nil || r.call.Status != 200 {
				t.Errorf("got %+v, %v", r.call, r.err)
			}
		})
	}
}

// TestUnreachable: a device that cannot be called leaves 32011 in the console.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	old := listener(t, tls.VersionTLS11)
	defer old.Close()
	go func() {
		if conn, err := old.Accept(); err == nil {
			conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
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
		d.request("INVITE")
		d.conn.Close()
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

// stranger is a certificate that is neither the vendor's nor of any authority.
var stranger = sync.OnceValue(func() tls.Certificate {
	signer, err := rsa.GenerateKey(rand.Reader, 2048) // as all of the vendor's suites need
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"device.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: signer}
})

// listener is where a device serves TLS, in that version alone.
func listener(t *testing.T, version uint16) net.Listener {
	t.Helper()
	config := &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{stranger()}}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
