package scene

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// revoking returns the web server of an authority that has revoked a certificate.
func revoking(tb testing.TB, where Revocation) (*revocations, *certs.Credential, *observation.Log) {
	tb.Helper()
	return issuing(tb, where, true)
}

// issuing returns the web server of an authority that has issued a certificate.
func issuing(tb testing.TB, where Revocation, revoked bool) (*revocations, *certs.Credential, *observation.Log) {
	tb.Helper()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "ca", Root: certs.Authority{CommonName: "Root"}})
	if err != nil {
		tb.Fatal(err)
	}
	log := observation.NewLog()
	r := newRevocations(log, netip.MustParseAddr("127.0.0.1"), nil)
	tb.Cleanup(func() { r.Close() })
	issued, err := r.issue(pki, certs.Leaf{DNSNames: []string{"lb01.region.test"}}, where, revoked)
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

// TestOpenSSLAsksTheResponder has openssl ask the responder at the certificate's URL.
func TestOpenSSLAsksTheResponder(t *testing.T) {
	t.Parallel()
	_, issued, log := revoking(t, ByResponder)
	chain := strings.SplitAfter(string(issued.PEM()), "-----END CERTIFICATE-----\n")
	command := testkit.Command(t, "openssl", "ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem",
		"-url", issued.Leaf.OCSPServer[0])
	command.Dir = testkit.Folder(t, map[string]string{"leaf.pem": chain[0], "issuer.pem": chain[1], "root.pem": string(issued.RootPEM())})
	out, status := testkit.Run(t, command)
	if status != 0 || !strings.Contains(out, "leaf.pem: revoked") || !strings.Contains(out, "Response verify OK") {
		t.Errorf("status %d\n%s", status, out)
	}
	if !marked(log, observation.ResponderAsked) {
		t.Error("that it was asked is not noted")
	}
}

// TestGoodCertificates checks that neither the list nor the responder says anything
// against a certificate that is not revoked.
func TestGoodCertificates(t *testing.T) {
	t.Parallel()
	r, issued, log := issuing(t, ByList, false)
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, issued.Leaf.CRLDistributionPoints[0], nil))
	list, err := x509.ParseRevocationList(answer.Body.Bytes())
	if err != nil || list.CheckSignatureFrom(issued.Chain[1]) != nil || len(list.RevokedCertificateEntries) != 0 {
		t.Errorf("list %+v, %v", list, err)
	}
	if !marked(log, observation.ListFetched) {
		t.Error("that the list was fetched is not noted")
	}

	r, issued, _ = issuing(t, ByResponder, false)
	der, err := ocsp.CreateRequest(issued.Leaf, issued.Chain[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	answer = httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, responderPath, bytes.NewReader(der)))
	response, err := ocsp.ParseResponseForCert(answer.Body.Bytes(), issued.Leaf, issued.Chain[1])
	if err != nil || response.Status != ocsp.Good {
		t.Errorf("response %+v, %v", response, err)
	}
}

// TestResponderByGET asks by GET, which can be cached, RFC 6960 appendix A.1.
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

// FuzzResponder checks that every request gets a valid OCSP response.
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
