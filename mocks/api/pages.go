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

// Test is the test endpoint's answer: the parameters of the client's connection.
type Test struct {
	Certificate TestCertificate `json:"certificate"`
}

// TestCertificate has the fields of a [Test], in the vendor's forms.
type TestCertificate struct {
	Fingerprint string `json:"fingerprintSHA256hex"` // of the leaf, upper-case digits
	Version     string `json:"tlsVersion"`           // "TLSv1.3"
	Suite       string `json:"usedCipher"`           // IANA's name
	CommonName  string `json:"commonName"`           // of the leaf
	ServerName  string `json:"sni"`                  // that it was chosen by
	IssuedBy    string `json:"issuedBy"`             // common name of the leaf's issuer
	Expires     string `json:"expire"`               // YYMMDDhhmmssZ
}

// expiryForm is the form of [TestCertificate.Expires].
const expiryForm = "060102150405Z"

// describe returns the page for a connection.
func describe(state tlspeer.State) (Test, error) {
	if len(state.LocalChain) == 0 {
		return Test{}, fmt.Errorf("api: the connection has no certificate of the server's")
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

// handler serves the pages of an endpoint's sites. A request for any other host
// is misdirected (RFC 9110 §15.5.20).
func (a *API) handler(e *endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range e.hosts {
			if strings.EqualFold(hostname(r.Host), h.Name) {
				a.serve(w, r, h.Serves)
				return
			}
		}
		http.Error(w, "no such host here", http.StatusMisdirectedRequest)
	})
}

// hostname returns the name in a Host header, without port and trailing dot.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(host, ".")
}

// serve answers with the page of that name, see [profile.Site].
func (a *API) serve(w http.ResponseWriter, r *http.Request, name string) {
	var page any
	switch name {
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
		page = struct{}{} // the API itself is not mocked
	}
	w.Header().Set("Content-Type", "application/json")
	body, err := json.MarshalIndent(page, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(append(body, '\n'))
}
