package scene

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
)

// revoking is the web server of an authority that has revoked a certificate.
func revoking(tb testing.TB, where Revocation) (*revocations, *certs.Credential, *observation.Log) {
	tb.Helper()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "ca", Root: certs.Authority{CommonName: "Root"}})
	if err != nil {
		tb.Fatal(err)
	}
	log := observation.NewLog()
	r := newRevocations(log, netip.MustParseAddr("127.0.0.1"))
	tb.Cleanup(func() { r.Close() })
	issued, err := r.revoke(pki, certs.Leaf{DNSNames: []string{"lb01.region.test"}}, where)
	if err != nil {
		tb.Fatal(err)
	}
	return r, issued, log
}

func marked(log *observation.Log, m observation.StageMark) bool {
	for _, e := range log.Events() {
		if e.Stage == m {
			return true
		}
	}
	return false
}

// TestOpenSSLAsksTheResponder by the URL of the certificate.
func TestOpenSSLAsksTheResponder(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	_, issued, log := revoking(t, ByResponder)
	folder := t.TempDir()
	chain := strings.SplitAfter(string(issued.PEM()), "-----END CERTIFICATE-----\n")
	for name, text := range map[string]string{"leaf.pem": chain[0], "issuer.pem": chain[1], "root.pem": string(issued.RootPEM())} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), openssl, "ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-url", issued.Leaf.OCSPServer[0])
	command.Dir = folder
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "leaf.pem: revoked") || !strings.Contains(string(out), "Response verify OK") {
		t.Errorf("%v\n%s", err, out)
	}
	if !marked(log, observation.ResponderAsked) {
		t.Error("that it was asked is not noted")
	}
}

// TestResponderByGET is the form that clients with a cache in mind use, RFC 6960
// appendix A.1.
func TestResponderByGET(t *testing.T) {
	t.Parallel()
	r, issued, _ := revoking(t, ByResponder)
	der, err := ocsp.CreateRequest(issued.Leaf, issued.Chain[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, responderPath+url.PathEscape(base64.StdEncoding.EncodeToString(der)), nil))
	response, err := ocsp.ParseResponseForCert(answer.Body.Bytes(), issued.Leaf, issued.Chain[1])
	if err != nil || response.Status != ocsp.Revoked {
		t.Errorf("%+v, %v", response, err)
	}
}

func TestListIsServed(t *testing.T) {
	t.Parallel()
	r, issued, log := revoking(t, ByList)
	location := issued.Leaf.CRLDistributionPoints[0]
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, location, nil))
	if answer.Code != http.StatusOK || !marked(log, observation.ListFetched) {
		t.Errorf("%s: %d, noted: %v", location, answer.Code, marked(log, observation.ListFetched))
	}
	answer = httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/nothing.crl", nil))
	if answer.Code != http.StatusNotFound {
		t.Errorf("a list that is not there: %d", answer.Code)
	}
}

// FuzzResponder: whatever a device asks, there is an answer of the protocol's.
func FuzzResponder(f *testing.F) {
	r, issued, _ := revoking(f, ByResponder)
	der, err := ocsp.CreateRequest(issued.Leaf, issued.Chain[1], nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 100))
	f.Fuzz(func(t *testing.T, der []byte) {
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, responderPath, bytes.NewReader(der)))
		_, err := ocsp.ParseResponse(answer.Body.Bytes(), nil)
		if _, refused := err.(ocsp.ResponseError); err != nil && !refused {
			t.Errorf("%x: %v", answer.Body, err)
		}
	})
}
