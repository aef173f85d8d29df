package api_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/profile"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// The endpoints of the product; the second is for tests of clients' TLS.
const (
	production = "production"
	tlsTest    = "test"
)

// serve serves Infobip's product, which is all that has an API.
func serve(t testing.TB, settings map[string]string, changes ...func(*api.Config)) (*api.Server, error) {
	t.Helper()
	p, err := profile.Read(fixtures.FS, "profiles", "infobip", "rest")
	if err != nil {
		t.Fatal(err)
	}
	return api.Serve(p, settings, changes...)
}

func start(t testing.TB, settings map[string]string, changes ...func(*api.Config)) *api.Server {
	t.Helper()
	s, err := serve(t, settings, changes...)
	return testkit.Started(t, s, err)
}

// site returns the site of that number at an endpoint.
func site(t testing.TB, s *api.Server, endpoint string, number int) api.Site {
	t.Helper()
	found, err := s.Find(endpoint, number)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// client returns a client that trusts the mock's roots and finds every host at one address.
func client(t testing.TB, s *api.Server, at api.Site, own ...tls.Certificate) *http.Client {
	config := testkit.ClientTLS(s.Roots, "", 0)
	config.Certificates = own
	return testkit.HTTPClient(t, at.Address.String(), config)
}

// get reads a site's page into page, which may be nil, and returns the certificate that the site showed.
func get(t testing.TB, c *http.Client, at api.Site, page any) *x509.Certificate {
	t.Helper()
	response, err := c.Get(at.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %v: %s", response.Status, err, body)
	}
	if page != nil {
		if err := json.Unmarshal(body, page); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
	}
	return response.TLS.PeerCertificates[0]
}
