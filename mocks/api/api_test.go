package api_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
)

// TestHosts checks that hosts on one address show the certificate of the name that the client asks for, and that a host
// that is not there is misdirected.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, at := range s.Sites() {
		if leaf := get(t, client(t, s, at), at, nil); leaf.Subject.CommonName != at.DNSNames[0] {
			t.Errorf("%s at %s shows %s", at.Name, at.Endpoint, leaf.Subject.CommonName)
		}
	}
	at := site(t, s, production, 0)
	at.Name = "other.api-us.infobip.com" // which the wildcard covers
	response, err := client(t, s, at).Get(at.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host gets %s", response.Status)
	}
	if _, err := s.Find("nowhere", 0); err == nil {
		t.Error("there is an endpoint of any name")
	}
}

// TestTwins: an API with an address of each family is the same at both, at the same ports.
func TestTwins(t *testing.T) {
	t.Parallel()
	four, six := testkit.Loopback.Addr(), testkit.LoopbackIPv6(t)
	s := start(t, nil, func(c *api.Config) {
		c.Addresses, c.Twins = []netip.Addr{four}, map[netip.Addr]netip.Addr{four: six}
	})
	listeners := s.Listeners()
	for i, at := range s.Sites() {
		for n, address := range []netip.Addr{four, six} {
			at.Address = netip.AddrPortFrom(address, at.Address.Port())
			if listeners[2*i+n].Address != at.Address {
				t.Errorf("%s is at %s, want %s", at.Name, listeners[2*i+n].Address, at.Address)
			}
			get(t, client(t, s, at), at, nil)
		}
		if got := s.Reach(four); !slices.Equal(got, []netip.Addr{four, six}) {
			t.Errorf("devices reach it by %v", got)
		}
	}
}

// TestMutualTLS checks that with it only a client whose certificate is of the agreed authority is served (IB-11).
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"client_certificate": "required"})
	at := site(t, s, production, 0)
	own, err := s.DeviceAuthority.Issue(certs.Leaf{DNSNames: []string{"client.example"}, ClientAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	get(t, client(t, s, at, own.TLS()), at, nil)
	stranger, err := s.DeviceAuthority.IssueDefective("unknown-ca", certs.Leaf{DNSNames: []string{"client.example.test"}, ClientAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string][]tls.Certificate{"none": nil, "a stranger's": {stranger.TLS()}} {
		if response, err := client(t, s, at, shown...).Get(at.URL()); err == nil {
			response.Body.Close()
			t.Errorf("a client with certificate %s is served", name)
		}
	}
}

// TestConfig checks that mistakes in a configuration are errors.
func TestConfig(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"setting": {"colour": "red"}, "value": {"tls_min": "TLS 1.4"}, "versions": {"tls_min": "TLS 1.3", "tls_max": "TLS 1.2"},
	} {
		s, err := serve(t, settings)
		if err == nil {
			s.Close()
		}
		if (err == nil) != (name == "versions") { // contradicting rules show when a client connects
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := serve(t, nil, func(c *api.Config) { c.Revision = "tomorrow" }); err == nil {
		t.Error("a revision of any name")
	}
	if _, err := serve(t, nil, func(c *api.Config) { c.Port = api.Port }); err == nil {
		t.Error("two endpoints on one port of one address")
	}
	if _, err := api.Start(api.Config{}); err == nil {
		t.Error("an API of nothing")
	}
}

// TestSet changes settings of a running API: the next connection obeys them, and those that are not named stay.
func TestSet(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"tls_max": "TLS 1.2"})
	at := site(t, s, production, 0)
	get(t, client(t, s, at), at, nil)
	if err := s.Set(map[string]string{"client_certificate": "required"}); err != nil {
		t.Fatal(err)
	}
	if response, err := client(t, s, at).Get(at.URL()); err == nil {
		response.Body.Close()
		t.Error("a client without a certificate is served")
	}
	if err := s.Set(map[string]string{"client_certificate": "sometimes"}); err == nil {
		t.Error("a value that the setting lacks")
	}
	if got := s.Settings(); got["tls_max"] != "TLS 1.2" || got["client_certificate"] != "required" {
		t.Errorf("the settings are %v", got)
	}
}
