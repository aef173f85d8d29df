package reference

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/sipconform/sipconform/harness/device"
)

// TestCertificates compares what the device decides about certificates, and the reason that it logs.
func TestCertificates(t *testing.T) {
	t.Parallel()
	hour := time.Hour
	tests := []struct {
		name  string
		issue func(testing.TB, *world) []tls.Certificate
		want  string
	}{
		{"wildcard", one(nil), ""},
		{"exact name", one(func(c *x509.Certificate) { c.DNSNames = []string{domain} }), ""},
		{"wildcard of another level", one(func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} }), "not for " + domain},
		{"common name alone", one(func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, domain }), ""},
		{"target of SRV", one(func(c *x509.Certificate) { c.DNSNames = []string{"edge.example.com"} }), "not for " + domain},
		{"expired", one(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(-2*hour), time.Now().Add(-hour) }), "expired"},
		{"not yet valid", one(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(hour), time.Now().Add(2*hour) }), "not yet valid"},
		{"for clients only", one(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), "incompatible key usage"},
		{"unknown authority", func(t testing.TB, _ *world) []tls.Certificate {
			return []tls.Certificate{newAuthority(t, "root", nil).leaf(t, nil)}
		}, "unknown authority"},
		{"self-signed", func(t testing.TB, _ *world) []tls.Certificate {
			return []tls.Certificate{(*authority)(nil).leaf(t, nil)}
		}, "unknown authority"},
		{"intermediate", func(t testing.TB, w *world) []tls.Certificate {
			return []tls.Certificate{newAuthority(t, "intermediate", w.root).leaf(t, nil)}
		}, ""},
		{"intermediate missing", func(t testing.TB, w *world) []tls.Certificate {
			c := newAuthority(t, "intermediate", w.root).leaf(t, nil)
			c.Certificate = c.Certificate[:1]
			return []tls.Certificate{c}
		}, "unknown authority"},
		{"second root", func(t testing.TB, w *world) []tls.Certificate { return []tls.Certificate{w.second.leaf(t, nil)} }, ""},
		{"revoked by list", revoked, "is revoked by the list"},
		{"revoked by responder", responding(ocsp.Revoked), "is revoked by its OCSP responder"},
		{"good by responder", responding(ocsp.Good), ""},
		{"revoked by staple", stapled(ocsp.Revoked), "is revoked by its OCSP staple"},
		{"good by staple", stapled(ocsp.Good), ""},
		{"list of somebody else", foreignList, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var seen *world
			outcome := presents(func(t testing.TB, w *world) []tls.Certificate { seen = w; return tt.issue(t, w) })(t, Bugs{})
			if outcome != map[bool]string{true: "accepted", false: "refused"}[tt.want == ""] || !strings.Contains(seen.events(), tt.want) {
				t.Errorf("%s: %s", outcome, seen.events())
			}
		})
	}
}

// responding returns a certificate that names an OCSP responder, which answers with the status.
func responding(status int) func(testing.TB, *world) []tls.Certificate {
	return func(t testing.TB, w *world) []tls.Certificate {
		var serial *big.Int
		server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			der, err := io.ReadAll(in.Body)
			question, parsed := ocsp.ParseRequest(der)
			if err != nil || parsed != nil || question.SerialNumber.Cmp(serial) != 0 {
				t.Errorf("the responder is asked %x (%v, %v)", der, err, parsed)
				return
			}
			response, err := ocsp.CreateResponse(w.root.certificate, w.root.certificate, ocsp.Response{
				Status: status, SerialNumber: serial, ThisUpdate: time.Now(),
				NextUpdate: time.Now().Add(time.Hour), RevokedAt: time.Now(),
			}, w.root.key)
			if err != nil {
				t.Error(err)
			}
			out.Write(response)
		}))
		t.Cleanup(server.Close)
		certificate := w.root.leaf(t, func(c *x509.Certificate) { c.OCSPServer = []string{server.URL, "ldap://ignored"} })
		serial = certificate.Leaf.SerialNumber
		return []tls.Certificate{certificate}
	}
}

func stapled(status int) func(testing.TB, *world) []tls.Certificate {
	return func(t testing.TB, w *world) []tls.Certificate {
		certificate := w.root.leaf(t, nil)
		response, err := ocsp.CreateResponse(w.root.certificate, w.root.certificate, ocsp.Response{
			Status: status, SerialNumber: certificate.Leaf.SerialNumber, ThisUpdate: time.Now(),
			NextUpdate: time.Now().Add(time.Hour), RevokedAt: time.Now(),
		}, w.root.key)
		if err != nil {
			t.Fatal(err)
		}
		certificate.OCSPStaple = response
		return []tls.Certificate{certificate}
	}
}

// foreignList returns a certificate that names a list of another authority, which has to be ignored.
func foreignList(t testing.TB, w *world) []tls.Certificate {
	other := newAuthority(t, "other", nil)
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write(list) }))
	t.Cleanup(server.Close)
	certificate := w.root.leaf(t, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL, "ldap://ignored"} })
	list, err := x509.CreateRevocationList(nil, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: certificate.Leaf.SerialNumber, RevocationTime: time.Now()}},
	}, other.certificate, other.key)
	if err != nil {
		t.Fatal(err)
	}
	return []tls.Certificate{certificate}
}

func TestTLSLevers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		levers device.Levers
		server *tls.Config
		want   string // version and suite, or "refused"
	}{
		{"default", device.Levers{}, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, "TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{"nothing below 1.2", device.Levers{}, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "refused"},
		{"1.0 by lever", device.Levers{TLSMin: tls.VersionTLS10, TLSMax: tls.VersionTLS10}, &tls.Config{MinVersion: tls.VersionTLS10}, "TLS 1.0 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{"1.1 as the most", device.Levers{TLSMax: tls.VersionTLS11}, &tls.Config{MinVersion: tls.VersionTLS10}, "TLS 1.1 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{"1.3 as the least", device.Levers{TLSMin: tls.VersionTLS13}, &tls.Config{MaxVersion: tls.VersionTLS12}, "refused"},
		{"one suite", device.Levers{TLSMax: tls.VersionTLS12, Suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}}, &tls.Config{}, "TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{"one group", device.Levers{Groups: []uint16{uint16(tls.CurveP521)}}, &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP256}}, "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := "refused"
			tt.server.VerifyConnection = func(state tls.ConnectionState) error {
				got = tls.VersionName(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite)
				return nil
			}
			w := newWorld(t, settings{levers: tt.levers, server: tt.server, script: ok})
			w.do(device.Register, "")
			if sent := outline(w.finish()); (sent == "") != (tt.want == "refused") {
				t.Errorf("sent %q", sent)
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestVerifyOff(t *testing.T) {
	t.Parallel()
	certificate := (*authority)(nil).leaf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Unix(0, 0), time.Unix(1, 0) })
	server := &tls.Config{Certificates: []tls.Certificate{certificate}}
	w := newWorld(t, settings{levers: device.Levers{VerifyOff: true}, server: server, script: ok})
	w.do(device.Register, "")
	if got := outline(w.finish()); got != "tls1 REGISTER" {
		t.Error(got)
	}
}
