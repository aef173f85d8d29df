package reference

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
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

// inURI puts the domain into a sip: URI, and no other name.
func inURI(c *x509.Certificate) {
	c.Subject, c.DNSNames, c.URIs = pkix.Name{CommonName: "edge"}, nil, []*url.URL{{Scheme: "sip", Opaque: domain}}
}

// weak returns a certificate with an RSA key of 1024 bits.
func weak(t testing.TB, w *world) []tls.Certificate {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{DNSNames: []string{domain}, KeyUsage: x509.KeyUsageDigitalSignature}
	return []tls.Certificate{testkit.Issue(&tls.Certificate{Leaf: w.root.certificate, PrivateKey: w.root.key}, key, template)}
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

// TestGivenLists checks that the device heeds the lists that it was given, one of each authority, and of no other.
func TestGivenLists(t *testing.T) {
	t.Parallel()
	issuer, stranger := newAuthority(t, "root", nil), newAuthority(t, "stranger", nil)
	leaf := issuer.leaf(t, nil).Leaf
	for name, test := range map[string]struct {
		by      *authority
		serial  *big.Int
		next    time.Time
		refused bool
	}{
		"on it":              {issuer, leaf.SerialNumber, time.Now().Add(time.Hour), true},
		"another is on it":   {issuer, big.NewInt(7), time.Now().Add(time.Hour), false},
		"another's list":     {stranger, leaf.SerialNumber, time.Now().Add(time.Hour), false},
		"a list out of date": {issuer, leaf.SerialNumber, time.Now().Add(-time.Minute), false},
	} {
		der, err := x509.CreateRevocationList(nil, &x509.RevocationList{
			Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: test.next,
			RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: test.serial, RevocationTime: time.Now()}},
		}, test.by.certificate, test.by.key)
		if err != nil {
			t.Fatal(err)
		}
		s := &session{setup: device.Setup{Levers: device.Levers{
			RevocationLists: "a comment\n" + string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})),
		}}}
		if err := s.verifyNotRevoked([]*x509.Certificate{leaf, issuer.certificate}, nil); (err != nil) != test.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyUsage checks that a key which may not be used in a handshake is refused.
func TestKeyUsage(t *testing.T) {
	t.Parallel()
	for usage, want := range map[x509.KeyUsage]string{
		x509.KeyUsageCRLSign: "refused", x509.KeyUsageKeyAgreement | x509.KeyUsageDigitalSignature: "accepted", 0: "accepted",
	} {
		if got := presents(one(func(c *x509.Certificate) { c.KeyUsage = usage }))(t, Bugs{}); got != want {
			t.Errorf("key usage %b: %s", usage, got)
		}
	}
}
