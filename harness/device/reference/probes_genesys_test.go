package reference

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func genesysKills() map[string]kill {
	const trunk = "+1555;tgrp=a;trunk-context=b@" + domain
	return map[string]kill{
		"serves-unusable-suites": {
			servesSuites, "128 taken, 256 taken, 256 on P-384 taken, RSA refused", "128 taken, 256 refused, 256 on P-384 refused, RSA refused",
		},
		"serves-without-p384": {
			servesSuites, "128 taken, 256 taken, 256 on P-384 taken, RSA refused", "128 taken, 256 taken, 256 on P-384 refused, RSA taken",
		},
		"takes-clear-on-tls-port": {servesClear, "closed", "SIP/2.0 200"},
		"moves-transport": {
			requestURI(trunk), "sip:" + trunk + ";transport=tls", "sip:" + strings.Replace(trunk, "@", ";transport=tls@", 1),
		},
		"names-other-transport": {requestURI(trunk), "sip:" + trunk + ";transport=tls", "sip:" + trunk + ";transport=udp"},
	}
}

// showsRSA gives the device a certificate with an RSA key, which suites with RSA key exchange need.
func showsRSA(setup *device.Setup, root *authority) {
	own := testkit.Issue(&tls.Certificate{Leaf: root.certificate, PrivateKey: root.key}, testkit.NewRSAKey(), x509.Certificate{
		DNSNames: []string{"device.example.com"}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	})
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		panic(err)
	}
	setup.Certificate = certificatePEM(own.Certificate[0])
	setup.Key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
}

// servesSuites calls the device's server at TLS 1.2 with one suite after the other.
func servesSuites(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, setup: showsRSA})
	var seen []string
	for _, client := range []struct {
		name   string
		suite  uint16
		groups []tls.CurveID
	}{
		{"128", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, nil}, {"256", tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, nil},
		{"256 on P-384", tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, []tls.CurveID{tls.CurveP384}},
		{"RSA", tls.TLS_RSA_WITH_AES_256_CBC_SHA, nil},
	} {
		_, err := w.dial(func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites, c.CurvePreferences = tls.VersionTLS12, []uint16{client.suite}, client.groups
		})
		outcome := "taken"
		if err != nil {
			outcome = "refused"
		}
		seen = append(seen, client.name+" "+outcome)
	}
	return strings.Join(seen, ", ")
}

// servesClear sends OPTIONS in clear to the device's port for TLS.
func servesClear(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	conn, err := net.Dial("tcp", w.session.Listening()[observation.TLS].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(testkit.Patience))
	l := line{w: w}
	if _, err := fmt.Fprintf(conn, "%s", l.request("OPTIONS", "clear", 1).Bytes()); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("SIP/2.0 200"))
	if _, err := conn.Read(answer); err != nil || !strings.HasPrefix(string(answer), "SIP/") {
		return "closed"
	}
	return string(answer)
}
