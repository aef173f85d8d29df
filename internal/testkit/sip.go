package testkit

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// FirstLine returns a parsed message's request line or status line.
func FirstLine(m *sipwire.Message) string {
	line, _, _ := strings.Cut(string(m.Raw), "\r\n")
	return line
}

// serial numbers the transactions of a test binary.
var serial atomic.Uint64

// Compose writes a request of alice@vendor.test's in a transaction and a dialog of their own. A part is a header,
// "Name: value", which replaces those of the same name and without a value removes them, or a session description.
func Compose(protocol, method string, parts ...string) string {
	return ComposeIn(fmt.Sprintf("%sb%d", sipwire.MagicCookie, serial.Add(1)), protocol, method, parts...)
}

// ComposeIn is [Compose] for the transaction of a branch.
func ComposeIn(branch, protocol, method string, parts ...string) string {
	return request(method, "sip:vendor.test", append([]string{
		fmt.Sprintf("Via: SIP/2.0/%s 127.0.0.1:5062;rport;branch=%s", strings.ToUpper(protocol), branch),
		"Max-Forwards: 70", "From: <sip:alice@vendor.test>;tag=1", "To: <sip:bob@vendor.test>", "Call-ID: " + branch, "CSeq: 1 " + method,
	}, parts...))
}

// Reply writes a response to a request. The parts are those of [Compose].
func Reply(request *sipwire.Message, status int, parts ...string) string {
	m := sipwire.NewResponse(request, status, "")
	m.SetToTag("device")
	put(m, parts)
	return string(m.Bytes())
}

func request(method, uri string, parts []string) string {
	m := sipwire.NewRequest(method, uri)
	put(m, parts)
	return string(m.Bytes())
}

func put(m *sipwire.Message, parts []string) {
	for _, part := range parts {
		name, value, _ := strings.Cut(part, ": ")
		switch {
		case strings.HasPrefix(part, "v=0"):
			m.SetBody("application/sdp", []byte(part))
		case value == "":
			m.Del(strings.TrimSuffix(name, ":"))
		default:
			m.Set(name, value)
		}
	}
}
