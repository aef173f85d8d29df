package tlspeer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"
	"net"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// A server that does ECDHE only on secp384r1 meets a client with another curve. The log has the client's groups and
// the alert.
func Example() {
	rules := tlspeer.Rules{
		MinVersion:  tlspeer.TLS12,
		MaxVersion:  tlspeer.TLS12,
		Suites:      []uint16{0xC02C, 0xC02B},
		Groups:      []uint16{24},
		Certificate: throwAwayCertificate(),
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	left := make(chan struct{})
	go func() { // the device
		defer close(left)
		device := tls.Dialer{Config: &tls.Config{
			InsecureSkipVerify: true,
			MaxVersion:         tls.VersionTLS12,
			CurvePreferences:   []tls.CurveID{tls.CurveP256},
		}}
		device.DialContext(ctx, "tcp", l.Addr().String())
	}()

	raw, err := l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	seen := observation.NewLog()
	if _, err := tlspeer.Server(ctx, raw, rules, &tlspeer.Tap{Log: seen, Conn: "device-1"}); err == nil {
		log.Fatal("not refused")
	}
	<-left
	for _, e := range seen.Events() {
		switch e.Kind {
		case observation.ClientHello:
			for _, group := range e.Hello.Groups {
				fmt.Println(e.Dir, "offer", tlspeer.GroupName(group))
			}
		case observation.TLSAlert:
			fmt.Println(e.Dir, "alert", tlspeer.AlertName(e.Alert.Description))
		case observation.TLSHandshake:
			fmt.Println("complete:", e.Handshake.Complete)
		}
	}
	// Output:
	// in offer secp256r1
	// out alert handshake_failure
	// complete: false
}

// What no engine can do is known beforehand, and left out only if the caller agrees.
func ExampleRules_Unavailable() {
	rules := tlspeer.Rules{
		MinVersion: tlspeer.TLS12,
		MaxVersion: tlspeer.TLS12,
		Suites:     []uint16{0x001E, 0xC02F},
	}
	missing := rules.Unavailable()
	for _, m := range missing {
		fmt.Println(m.What)
	}
	for _, suite := range rules.Without(missing).Suites {
		fmt.Println("left:", tlspeer.SuiteName(suite))
	}
	// Output:
	// TLS_KRB5_WITH_DES_CBC_SHA (0x001E)
	// left: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
}

func throwAwayCertificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
