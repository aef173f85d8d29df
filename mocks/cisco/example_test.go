package cisco_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/observation"
)

// A phone registers with the certificate that its administrator uploaded, and
// then without one. The mock is asked why it did not take the second.
func Example() {
	mock, err := cisco.Start(cisco.UnifiedCM, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()
	own, err := mock.DeviceCertificate()
	if err != nil {
		log.Fatal(err)
	}

	status, err := register(mock, own.TLS())
	fmt.Println(status, err)
	if _, err = register(mock); err == nil {
		log.Fatal("registered without a certificate")
	}
	seen, err := mock.Log.Wait(context.Background(), func(e observation.Event) bool {
		return e.Kind == observation.TLSHandshake && !e.Handshake.Complete
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("rejected for:", seen.Handshake.Rejected)
	// Output:
	// SIP/2.0 200 OK <nil>
	// rejected for: [no-certificate]
}

// register stands for the code under test: a phone that registers line 1000.
func register(mock *cisco.Server, own ...tls.Certificate) (status string, err error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(mock.Roots)
	conn, err := tls.Dial("tcp", mock.Addresses()[observation.TLS].String(), &tls.Config{
		ServerName: mock.Domain(), RootCAs: roots, Certificates: own,
	})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	address := "<sip:1000@" + mock.Domain() + ">"
	request := []string{
		"REGISTER sip:" + mock.Domain() + " SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK-1", "Max-Forwards: 70",
		"From: " + address + ";tag=1", "To: " + address, "Call-ID: 1", "CSeq: 1 REGISTER",
		"Contact: <sip:1000@127.0.0.1:5061;transport=tls>", "Expires: 600", "Content-Length: 0", "", "",
	}
	if _, err := io.WriteString(conn, strings.Join(request, "\r\n")); err != nil {
		return "", err
	}
	status, err = bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(status), err
}
