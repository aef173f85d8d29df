package twilio_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/netip"
	"strings"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// The code under test calls a mock as it would call the vendor. Then the mock is
// asked what it saw, and what it put into the console of the vendor's user.
func Example() {
	mock, err := twilio.Start(twilio.Voice, map[string]string{"secure_media": "on"})
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()

	status, err := call("sip:+15550199@"+mock.Domain(), mock.Addresses()[observation.TLS], mock.Roots)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status)
	for _, alert := range mock.Console() {
		fmt.Println("console:", alert.Code, alert.Title)
	}
	for _, seen := range mock.Log.Events() {
		if seen.Kind == observation.TLSHandshake {
			fmt.Println("handshake:", tlspeer.VersionName(seen.Handshake.Version))
		}
	}
	// Output:
	// SIP/2.0 403 Forbidden
	// console: 32222 TLS version not allowed
	// handshake: TLS 1.1
}

// A mock for a device that is elsewhere is told where devices reach it, and who the device is. Behind a port forwarding,
// it names the address outside; a device behind a NAT gets media where its own comes from. Here the mock is on loopback,
// so that the example runs everywhere.
func Example_network() {
	mock, err := twilio.Start(twilio.Voice, nil, func(c *twilio.Config) {
		inside := netip.MustParseAddr("127.0.0.1")
		c.Addresses = []netip.Addr{inside}
		c.Advertised = map[netip.Addr]netip.Addr{inside: netip.MustParseAddr("203.0.113.10")}
		c.MediaPorts = media.PortRange{First: 40000, Last: 40999}
		c.Peers = peers.Peers{Device: []netip.Addr{netip.MustParseAddr("198.51.100.7")}, Latch: true}
	})
	if err != nil {
		log.Fatal(err)
	}
	defer mock.Close()
	for _, address := range mock.Reach(mock.Hosts()[0].TLS.Addr()) {
		fmt.Println(mock.Domain(), "has the address", address)
	}
	// Output:
	// example.sip.twilio.com has the address 203.0.113.10
}

// call stands for the code under test: a phone that knows nothing above TLS 1.1.
func call(uri string, at netip.AddrPort, roots []byte) (status string, err error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	_, domain, _ := strings.Cut(uri, "@")
	conn, err := tls.Dial("tcp", at.String(), &tls.Config{
		ServerName: domain, RootCAs: pool, MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
	})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	invite := []string{
		"INVITE " + uri + " SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK-1", "Max-Forwards: 70",
		"From: <sip:alice@" + domain + ">;tag=1", "To: <" + uri + ">", "Call-ID: 1", "CSeq: 1 INVITE",
		"Contact: <sip:alice@127.0.0.1:5061;transport=tls>", "Content-Length: 0", "", "",
	}
	if _, err := io.WriteString(conn, strings.Join(invite, "\r\n")); err != nil {
		return "", err
	}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if status := lines.Text(); strings.HasPrefix(status, "SIP/2.0 ") && status != "SIP/2.0 100 Trying" {
			return status, nil
		}
	}
	return "", io.ErrUnexpectedEOF
}
