package twilio_test

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

	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// others they are.
func TestInsecureBindings(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := open(t, "secure_media=on")
			d := connect(t, s, protocol, 0)
			d.register()
			if _, err := s.Call(t.Context(), outbound); !errors.Is(err, edge.ErrUnreachable) {
				t.Errorf("got %v", err)
			}
			if console := s.Console(); len(console) != 1 || console[0].Code != "32209" || console[0].Level != "ERROR" || console[0].Title != "Secure SIP transport required" {
				t.Errorf("console %+v", console)
			}
			clear := outbound
			clear.Media = "RTP/AVP"
			done := ring(t.Context(), s, clear)
			invite := d.request("INVITE")
			d.send(d.reply(invite, 200, sdp("RTP/AVP")))
			d.request("ACK")
			if r := <-done; r.err != nil || r.call.Status != 200 {
				t.Errorf("got %+v, %v", r.call, r.err)
			}
		})
	}
}

// TestUnreachable devices leave 32011 in the console.
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
	go func() { // takes a connection and drops it
		if conn, err := silent.Accept(); err == nil {
			conn.Close()
		}
	}()
	for name, o := range map[string]edge.Outbound{
		"not registered": {},
		"TLS 1.1 only":   {Address: old.Addr().(*net.TCPAddr).AddrPort(), Host: "device.test"},
		"hangs up":       {Address: gone},
		"nobody there":   {Address: netip.MustParseAddrPort("127.0.0.1:1")},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			o.User, o.Caller = outbound.User, outbound.Caller
			if _, err := s.Call(t.Context(), o); !errors.Is(err, edge.ErrUnreachable) {
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
		if _, err := s.Call(t.Context(), outbound); !errors.Is(err, edge.ErrUnreachable) {
			t.Errorf("over a binding whose connection is gone: %v", err)
		}
	})
}

// shown is a certificate that is neither the vendor's nor of any authority.
var shown = sync.OnceValue(func() tls.Certificate {
	signer, err := rsa.GenerateKey(rand.Reader, 2048) // all of the vendor's suites are RSA
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

// listener is where a device would serve TLS, of that version only.
func listener(t *testing.T, version uint16) net.Listener {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{shown()}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
