package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// A Device is a SIP device that is only a socket: what it sends is written by the test, so that a mock is not checked
// with its own SIP stack.
type Device struct {
	Conn     net.Conn
	Account  string // its address of record, sip:alice@vendor.test until a test changes it
	tb       testing.TB
	protocol string
	framer   sipwire.Framer
	frames   []sipwire.Frame
}

// NewDevice returns a device on a connection, which it closes when the test ends. Reading and writing fail after
// Patience.
func NewDevice(tb testing.TB, conn net.Conn, protocol string) *Device {
	tb.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Patience))
	return &Device{Conn: conn, Account: "sip:alice@vendor.test", tb: tb, protocol: protocol}
}

// Connect returns a device that is connected to address. The configuration is for TLS alone.
func Connect(tb testing.TB, protocol string, address netip.AddrPort, config *tls.Config) *Device {
	tb.Helper()
	var conn net.Conn
	var err error
	if protocol == observation.TLS {
		conn, err = tls.Dial("tcp", address.String(), config)
	} else {
		conn, err = net.Dial(protocol, address.String())
	}
	if err != nil {
		tb.Fatal(err)
	}
	return NewDevice(tb, conn, protocol)
}

// ClientTLS returns the configuration of a client that trusts these roots, PEM, and knows one version, or Go's if
// version is 0. Unlike Go's own clients it offers RSA key exchange too.
func ClientTLS(roots []byte, serverName string, version uint16) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	return &tls.Config{RootCAs: pool, ServerName: serverName, MinVersion: version, MaxVersion: version,
		CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA}}
}

// Send writes text to the connection, as it is.
func (d *Device) Send(text string) {
	d.tb.Helper()
	if _, err := d.Conn.Write([]byte(text)); err != nil {
		d.tb.Fatalf("the device cannot write: %v", err)
	}
}

// Next returns the next message that arrives. It passes over keep-alives.
func (d *Device) Next() (*sipwire.Message, error) {
	buf := make([]byte, 1<<16)
	for {
		for len(d.frames) > 0 {
			frame := d.frames[0]
			d.frames = d.frames[1:]
			if frame.Kind == sipwire.MalformedFrame {
				return nil, frame.Err
			}
			if frame.Message != nil {
				return frame.Message, nil
			}
		}
		n, err := d.Conn.Read(buf)
		if err != nil {
			return nil, err
		}
		if d.protocol == observation.UDP {
			return sipwire.Parse(buf[:n])
		}
		d.frames = d.framer.Write(buf[:n])
	}
}

// Expect returns the next message, which must be a response of that status to that method or, for the status 0, a
// request of that method.
func (d *Device) Expect(status int, method string) *sipwire.Message {
	d.tb.Helper()
	m, err := d.Next()
	if err != nil {
		d.tb.Fatalf("instead of %d to %s: %v", status, method, err)
	}
	if _, of := m.CSeq(); m.Status != status || of != method {
		d.tb.Fatalf("got %q, want %d to %s", FirstLine(m), status, method)
	}
	return m
}

// Final returns the next response that is not provisional. All that comes must be responses to that method.
func (d *Device) Final(method string) *sipwire.Message {
	d.tb.Helper()
	for {
		m, err := d.Next()
		if err != nil {
			d.tb.Fatalf("instead of a response to %s: %v", method, err)
		}
		if _, of := m.CSeq(); m.IsRequest() || of != method {
			d.tb.Fatalf("got %q, want a response to %s", FirstLine(m), method)
		}
		if m.Status >= 200 {
			return m
		}
	}
}

// Compose writes a request from the device's account and address, in a transaction and a dialog of their own. The
// parts are those of [Compose].
func (d *Device) Compose(method, uri string, parts ...string) string {
	number := fmt.Sprint(serial.Add(1))
	return request(method, uri, append([]string{
		fmt.Sprintf("Via: SIP/2.0/%s %s;rport;branch=%s%s", strings.ToUpper(d.protocol), d.Conn.LocalAddr(), sipwire.MagicCookie, number),
		"Max-Forwards: 70", "From: <" + d.Account + ">;tag=1", "To: <" + d.Account + ">", "Call-ID: " + number, "CSeq: 1 " + method,
		d.contact(),
	}, parts...))
}

// Within is [Device.Compose] for request number of a dialog that the device has opened and ok has confirmed.
func (d *Device) Within(ok *sipwire.Message, method string, number int, parts ...string) string {
	d.tb.Helper()
	contact, err := ok.Contact()
	if err != nil {
		d.tb.Fatal(err)
	}
	return d.Compose(method, contact.URI.String(), append([]string{
		"From: " + ok.Get("From"), "To: " + ok.Get("To"), "Call-ID: " + ok.CallID(), fmt.Sprintf("CSeq: %d %s", number, method),
	}, parts...)...)
}

// Reply writes a response to a request, with the device's Contact. The parts are those of [Compose].
func (d *Device) Reply(request *sipwire.Message, status int, parts ...string) string {
	return Reply(request, status, append([]string{d.contact()}, parts...)...)
}

func (d *Device) contact() string {
	return fmt.Sprintf("Contact: <sip:alice@%s;transport=%s>", d.Conn.LocalAddr(), d.protocol)
}
