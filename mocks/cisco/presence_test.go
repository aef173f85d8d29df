package cisco_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/cisco"
)

// TestPresence: IM and Presence speaks SIP on 5061 and, to those that show a certificate, on 5062; it answers OPTIONS and
// takes no calls. Pages are on 443 and 8443.
func TestPresence(t *testing.T) {
	t.Parallel()
	s := start(t, cisco.IMAndPresence, nil)
	device, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	own := []tls.Certificate{device.TLS()}
	const page = "GET / HTTP/1.1\r\nHost: imp\r\n\r\n"
	for name, test := range map[string]struct {
		port    uint16
		own     []tls.Certificate
		request string
		want    string
	}{
		"OPTIONS":                       {5061, nil, sipRequest(s, "OPTIONS"), "SIP/2.0 200 OK"},
		"OPTIONS with a certificate":    {5062, own, sipRequest(s, "OPTIONS"), "SIP/2.0 200 OK"},
		"OPTIONS without a certificate": {5062, nil, sipRequest(s, "OPTIONS"), "handshake failure"},
		"INVITE":                        {5061, nil, sipRequest(s, "INVITE"), "SIP/2.0 405 Method Not Allowed"},
		"INVITE with a certificate":     {5062, own, sipRequest(s, "INVITE"), "SIP/2.0 405 Method Not Allowed"},
		"a page":                        {443, nil, page, "HTTP/1.1 200 OK"},
		"another page":                  {8443, nil, page, "HTTP/1.1 200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := final(s, test.port, test.own, test.request); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// sipRequest is a request to the mock.
func sipRequest(s *cisco.Server, method string) string {
	address := "<sip:1000@" + s.Domain() + ">"
	return strings.Join([]string{
		method + " sip:" + s.Domain() + " SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK-" + method, "Max-Forwards: 70",
		"From: " + address + ";tag=1", "To: " + address, "Call-ID: " + method, "CSeq: 1 " + method,
		"Contact: <sip:1000@127.0.0.1:5061;transport=tls>", "Content-Length: 0", "", "",
	}, "\r\n")
}

// final sends a request to a port, and returns the first line of the answer that is final, or the error.
func final(s *cisco.Server, port uint16, own []tls.Certificate, request string) string {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Roots)
	conn, err := tls.Dial("tcp", s.Ports()[port].String(), &tls.Config{
		ServerName: s.Domain(), RootCAs: roots, Certificates: own, MaxVersion: tls.VersionTLS12,
	})
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		return err.Error()
	}
	for answer := bufio.NewReader(conn); ; {
		line, err := answer.ReadString('\n')
		switch {
		case err != nil:
			return err.Error()
		case strings.HasPrefix(line, "SIP/2.0 1"):
		case strings.HasPrefix(line, "SIP/2.0 "), strings.HasPrefix(line, "HTTP/"):
			return strings.TrimSpace(line)
		}
	}
}
