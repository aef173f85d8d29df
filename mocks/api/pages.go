package api

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// Test is the test endpoint's answer: what the client's own connection came to.
type Test struct {
	Certificate TestCertificate `json:"certificate"`
}

// TestCertificate is the fields of a [Test], in the vendor's forms.
type TestCertificate struct {
	Fingerprint string `json:"fingerprintSHA256hex"` // of the leaf, upper-case digits
	Version     string `json:"tlsVersion"`           // "TLSv1.3"
	Suite       string `json:"usedCipher"`           // IANA's name
	CommonName  string `json:"commonName"`           // of the leaf
	ServerName  string `json:"sni"`                  // by which it was chosen
	IssuedBy    string `json:"issuedBy"`             // common name of the leaf's issuer
	Expires     string `json:"expire"`               // YYMMDDhhmmssZ
}

// expiryForm is the form of [TestCertificate.Expires].
const expiryForm = "060102150405Z"

// describe is the page for a connection.
func describe(state tlspeer.State) (Test, error) {
	if len(state.LocalChain) == 0 {
		return Test{}, fmt.Errorf("api: the connection has shown no certificate")
	}
	leaf, err := x509.ParseCertificate(state.LocalChain[0])
	if err != nil {
		return Test{}, fmt.Errorf("api: %w", err)
	}
	return Test{TestCertificate{
		Fingerprint: fmt.Sprintf("%X", sha256.Sum256(leaf.Raw)),
		Version:     strings.Replace(tlspeer.VersionName(state.Version), "TLS ", "TLSv", 1),
		Suite:       tlspeer.SuiteName(state.Suite),
		CommonName:  leaf.Subject.CommonName,
		ServerName:  state.ServerName,
		IssuedBy:    leaf.Issuer.CommonName,
		Expires:     leaf.NotAfter.UTC().Format(expiryForm),
	}}, nil
}

// handler serves the pages of an endpoint's sites. A host that is none of them
// is misdirected (RFC 9110 §15.5.20).
func (a *API) handler(e *endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, s := range e.sites {
			if strings.EqualFold(hostname(r.Host), s.Host) {
				a.serve(w, r, s)
				return
			}
		}
		http.Error(w, "no such host here", http.StatusMisdirectedRequest)
	})
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(host, ".")
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, s Site) {
	var page any
	switch s.Serves {
	case profile.ServesTLSTest:
		test, err := describe(web.StateOf(r))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		page = test
	case profile.ServesStatus:
		page = struct {
			Changes []Entry `json:"changes"`
		}{a.Status()}
	default:
		page = struct{}{} // what the API itself says is nobody's concern here
	}
	w.Header().Set("Content-Type", "application/json")
	body, err := json.MarshalIndent(page, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(append(body, '\n'))
}
