package edge

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/certs"
)

// TestDestinations checks that a call goes on to the trunk's next destination if one does not answer, or is not the
// device that it should be.
func TestDestinations(t *testing.T) {
	t.Parallel()
	s := serve(t, "cisco-ucm", map[string]string{"subject_name": "any"})
	dead := netip.MustParseAddrPort("127.0.0.1:1")
	o := Outbound{User: "desk", Caller: "+15550100", Host: "device.test", Address: dead}
	for range MaxDestinations - 3 {
		o.Further = append(o.Further, dead)
	}
	o.Further = append(o.Further, busyServer(t, foreignCertificate(t, "device.test")), busyServer(t, deviceCertificate(t, s)))
	call, err := s.Call(t.Context(), o)
	if err != nil || call.Status != 486 {
		t.Errorf("%+v, %v", call, err)
	}
	o.Further = append(o.Further, dead)
	if _, err := s.Call(t.Context(), o); err == nil || !strings.Contains(err.Error(), "16") {
		t.Errorf("with 17 destinations: %v", err)
	}
}

// busyServer starts a device's server that answers one request with 486.
func busyServer(t *testing.T, own *certs.Credential) netip.AddrPort {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own.TLS()}, ClientAuth: tls.RequireAnyClientCert})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		reader := textproto.NewReader(bufio.NewReader(conn))
		if _, err := reader.ReadLine(); err != nil {
			return
		}
		headers, err := reader.ReadMIMEHeader()
		if err != nil {
			return
		}
		fmt.Fprintf(conn, "SIP/2.0 486 Busy Here\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=2\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
			headers.Get("Via"), headers.Get("From"), headers.Get("To"), headers.Get("Call-ID"), headers.Get("CSeq"))
		conn.Read(make([]byte, 1024))
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}
