package reference

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// hello shows what the device offers as TLS client.
func hello(t testing.TB, bugs Bugs) string {
	var seen string
	server := &tls.Config{MinVersion: tls.VersionTLS10, ClientAuth: tls.RequestClientCert}
	server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, v := range h.SupportedVersions {
			seen += tls.VersionName(v) + ", "
		}
		if slices.Contains(h.CipherSuites, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) || !slices.Contains(h.SupportedVersions, tls.VersionTLS12) {
			seen += "RSA with AES, "
		}
		if slices.Contains(h.SupportedCurves, tls.CurveP384) {
			seen += "P-384, "
		}
		seen += "name " + h.ServerName
		return nil, nil
	}
	server.VerifyConnection = func(state tls.ConnectionState) error {
		seen += fmt.Sprintf(", %d certificates", len(state.PeerCertificates))
		return nil
	}
	w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server, script: ok})
	w.do(device.Register, "")
	w.finish()
	return seen
}

// shakesWithAES256 has the device connect to a server with one suite.
func shakesWithAES256(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}, server: &tls.Config{
		MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	}})
	w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(w.peer.tls.Addr())))
	said := w.events()
	w.finish()
	return said[strings.LastIndex(said, ": ")+2:]
}

// turnedAway has the device fetch a page from a server that ends every handshake. It shows whether the device tries again
// without TLS.
func turnedAway(t testing.TB, bugs Bugs) string {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 10) // what each connection began with
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			start := make([]byte, 4)
			_, _ = io.ReadFull(conn, start)
			first <- string(start)
			_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // handshake_failure
			_ = conn.Close()
		}
	}()
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	w.do(device.HTTPSGet, fmt.Sprintf("https://%s:%d/", domain, port(l.Addr())))
	w.finish()
	_ = l.Close()
	<-done
	close(first)
	for start := range first {
		if start == "GET " {
			return "asked in clear"
		}
	}
	return "gave up"
}

// served shows what the device does as TLS server: with a client of TLS 1.1, one without a certificate, and one whose
// certificate is of an unknown authority.
func served(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	stranger := newAuthority(t, "stranger", nil).leaf(t, nil)
	var seen []string
	for _, client := range []struct {
		name    string
		highest uint16
		own     *tls.Certificate
	}{{"TLS 1.1", tls.VersionTLS11, nil}, {"no certificate", tls.VersionTLS12, nil}, {"stranger", tls.VersionTLS12, &stranger}} {
		asked := false
		l, err := w.dial(func(c *tls.Config) {
			c.MaxVersion = client.highest
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				asked = true
				if client.own == nil {
					return new(tls.Certificate), nil
				}
				return client.own, nil
			}
		})
		outcome := "refused"
		if err == nil {
			l.ask(l.request("OPTIONS", client.name, 1))
			outcome = fmt.Sprintf("served with %d certificates", len(l.conn.ConnectionState().PeerCertificates))
		}
		if asked {
			outcome += ", asked"
		}
		seen = append(seen, client.name+" "+outcome)
	}
	return strings.Join(seen, "; ")
}

// failing has the device register at a server that has only TLS 1.1.
func failing(t testing.TB, bugs Bugs) string {
	server := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	w := newWorld(t, settings{options: Options{Bugs: bugs}, script: ok, server: server})
	w.do(device.Register, "")
	sent := outline(w.finish())
	return fmt.Sprintf("%d connections, sent %q", w.peer.accepted, sent)
}

// presents has the device register once with each of the certificates that issue returns. The connection is closed in
// between.
func presents(issue func(testing.TB, *world) []tls.Certificate) probe {
	return func(t testing.TB, bugs Bugs) string {
		current := new(tls.Config)
		server := &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return current, nil }}
		second := newAuthority(t, "second root", nil)
		w := newWorld(t, settings{options: Options{Bugs: bugs}, server: server, script: ok, setup: func(s *device.Setup, _ *authority) {
			s.Trust = append(s.Trust, certificatePEM(second.certificate.Raw)...)
		}})
		w.second = second
		var seen []string
		for i, certificate := range issue(t, w) {
			current = &tls.Config{Certificates: []tls.Certificate{certificate}}
			w.do(device.Register, "")
			outcome := "refused"
			w.peer.mu.Lock()
			if len(w.peer.messages) > i {
				outcome = "accepted"
			}
			conns := w.peer.conns
			w.peer.mu.Unlock()
			seen = append(seen, outcome)
			for _, conn := range conns {
				_ = conn.Close()
			}
			if outcome == "accepted" {
				w.said("closed")
			}
		}
		return strings.Join(seen, ", ")
	}
}

// one returns a single certificate of the trusted root, changed by change.
func one(change func(*x509.Certificate)) func(testing.TB, *world) []tls.Certificate {
	return func(t testing.TB, w *world) []tls.Certificate { return []tls.Certificate{w.root.leaf(t, change)} }
}

// revoked returns a certificate that is revoked by the list of its issuer.
func revoked(t testing.TB, w *world) []tls.Certificate {
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write(list) }))
	t.Cleanup(server.Close)
	certificate := w.root.leaf(t, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL} })
	list, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: certificate.Leaf.SerialNumber, RevocationTime: time.Now()}},
	}, w.root.certificate, w.root.key)
	if err != nil {
		t.Fatal(err)
	}
	return []tls.Certificate{certificate}
}
