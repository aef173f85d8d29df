package testkit

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// A Device is a SIP device that is only a socket: what it sends is written by the test, so that a mock is not checked
// with its own SIP stack.
type Device struct {
	Conn   net.Conn
	tb     testing.TB
	framer *sipwire.Framer // nil over UDP
	frames []sipwire.Frame
}

// NewDevice returns a device on a connection, which it closes when the test ends. Reading and writing fail after
// Patience.
func NewDevice(tb testing.TB, conn net.Conn, protocol string) *Device {
	tb.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Patience))
	d := &Device{Conn: conn, tb: tb}
	if protocol != observation.UDP {
		d.framer = new(sipwire.Framer)
	}
	return d
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
		if d.framer == nil {
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

// FirstLine returns a parsed message's request line or status line.
func FirstLine(m *sipwire.Message) string {
	line, _, _ := strings.Cut(string(m.Raw), "\r\n")
	return line
}

// serial numbers the transactions of a test binary.
var serial atomic.Uint64

// Compose writes a request of alice@vendor.test's in a transaction and a dialog of their own. Each header is "Name:
// value" and replaces those of the same name; without a value it removes them.
func Compose(protocol, method string, headers ...string) string {
	return ComposeIn(fmt.Sprintf("%sb%d", sipwire.MagicCookie, serial.Add(1)), protocol, method, headers...)
}

// ComposeIn is [Compose] for the transaction of a branch.
func ComposeIn(branch, protocol, method string, headers ...string) string {
	m := sipwire.NewRequest(method, "sip:vendor.test")
	m.Add("Via", fmt.Sprintf("SIP/2.0/%s 127.0.0.1:5062;rport;branch=%s", strings.ToUpper(protocol), branch))
	m.Add("Max-Forwards", "70")
	m.Add("From", "<sip:alice@vendor.test>;tag=1")
	m.Add("To", "<sip:bob@vendor.test>")
	m.Add("Call-ID", branch)
	m.Add("CSeq", "1 "+method)
	replace(m, headers)
	return string(m.Bytes())
}

// Reply writes a response to a request. Each header is "Name: value" and replaces those of the same name.
func Reply(request *sipwire.Message, status int, headers ...string) string {
	m := sipwire.NewResponse(request, status, "")
	m.SetToTag("device")
	replace(m, headers)
	return string(m.Bytes())
}

func replace(m *sipwire.Message, headers []string) {
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			m.Del(strings.TrimSuffix(name, ":"))
		} else {
			m.Set(name, value)
		}
	}
}
