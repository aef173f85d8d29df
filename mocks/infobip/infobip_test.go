package infobip_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestTestEndpoint: the page has the parameters of the client's connection (IB-06),
// in the seed's forms (IB-07).
func TestTestEndpoint(t *testing.T) {
	t.Parallel()
	for _, number := range []int{0, 1} {
		for version, want := range map[string]string{"TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"} {
			s := start(t, map[string]string{"tls_min": version, "tls_max": version})
			at := site(t, s, infobip.Test, number)
			var page map[string]map[string]string
			leaf := get(t, client(t, s, at), at, &page)
			got := page["certificate"]
			if len(page) != 1 || len(got) != 7 {
				t.Errorf("the page is %v", page)
			}
			for key, want := range map[string]string{
				"fingerprintSHA256hex": fmt.Sprintf("%X", sha256.Sum256(leaf.Raw)),
				"tlsVersion":           want,
				"commonName":           at.DNSNames[0],
				"sni":                  at.Name,
				"issuedBy":             "Stand-in Global Root for TLS TLS CA",
				"expire":               leaf.NotAfter.UTC().Format("060102150405") + "Z",
			} {
				if got[key] != want {
					t.Errorf("%s is %q, want %q", key, got[key], want)
				}
			}
			for key, form := range map[string]string{
				"fingerprintSHA256hex": `^[0-9A-F]{64}$`, "expire": `^[0-9]{12}Z$`, "usedCipher": `^TLS_[A-Z0-9_]+$`,
			} {
				if !regexp.MustCompile(form).MatchString(got[key]) {
					t.Errorf("%s is %q", key, got[key])
				}
			}
			if year := leaf.NotAfter.Sub(leaf.NotBefore); year < 364*24*time.Hour || year > 367*24*time.Hour {
				t.Errorf("the leaf is valid for %v", year)
			}
		}
	}
}

// TestHosts: hosts on one address show the certificate of the name that the client
// asks for; a host that is not there is misdirected.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, at := range s.Sites() {
		if leaf := get(t, client(t, s, at), at, nil); leaf.Subject.CommonName != at.DNSNames[0] {
			t.Errorf("%s at %s shows %s", at.Name, at.Endpoint, leaf.Subject.CommonName)
		}
	}
	at := site(t, s, infobip.Production, 0)
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

// TestMutualTLS: with it, a client whose certificate is of the agreed authority is
// served, and no other (IB-11).
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"client_certificate": "required"})
	at := site(t, s, infobip.Production, 0)
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

// shows is the leaf of a site.
func shows(t *testing.T, s *api.Server, endpoint string) *x509.Certificate {
	t.Helper()
	at := site(t, s, endpoint, 0)
	return get(t, client(t, s, at), at, nil)
}

// status is the status page, as a client reads it.
func status(t *testing.T, s *api.Server) []api.Entry {
	t.Helper()
	at := site(t, s, infobip.Production, 2)
	var page struct{ Changes []api.Entry }
	get(t, client(t, s, at), at, &page)
	return page.Changes
}

// renewed issues below a root, with other keys.
func renewed(t *testing.T, s *api.Server, root string) vendor.Issuer {
	t.Helper()
	issue, err := s.Renewed(root, "renewed")
	if err != nil {
		t.Fatal(err)
	}
	return issue
}

// TestChange: a change of the chain is announced 60 days before, with the new
// authority's name. The test endpoint has it from then on, production when it is
// completed (IB-12, IB-13, IB-14).
func TestChange(t *testing.T) {
	t.Parallel()
	began := time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
	s := start(t, nil, func(c *api.Config) { c.Now = began })
	if entries := status(t, s); len(entries) != 0 {
		t.Errorf("%+v", entries)
	}
	old := shows(t, s, infobip.Production)
	if err := s.Announce(api.Change{Kind: "certificate", Title: "New chain", Certificate: renewed(t, s, "next-global-root")}); err != nil {
		t.Fatal(err)
	}
	want := api.Entry{Title: "New chain", Kind: "certificate", Announced: began, Begins: began.AddDate(0, 0, 60),
		Ends: began.AddDate(0, 0, 60).Add(api.ChangeWindow), NewCA: "Stand-in Next Global Root for TLS TLS CA"}
	for _, step := range []struct {
		by    time.Duration
		state api.State
		made  bool
	}{
		{0, api.Scheduled, false},
		{60*24*time.Hour - time.Second, api.Scheduled, false},
		{time.Second, api.InProgress, false},
		{api.ChangeWindow, api.Completed, true},
		{24 * time.Hour, api.Completed, true},
	} {
		s.Advance(step.by)
		want.State = step.state
		if entries := status(t, s); len(entries) != 1 || entries[0] != want {
			t.Errorf("%v later the page has %+v, want %+v", step.by, entries, want)
		}
		if staged := shows(t, s, infobip.Test); staged.Equal(old) || staged.Issuer.CommonName != want.NewCA {
			t.Errorf("%v later the test endpoint shows one of %s", step.by, staged.Issuer.CommonName)
		}
		if made := !shows(t, s, infobip.Production).Equal(old); made != step.made {
			t.Errorf("%v later it is made: %v", step.by, made)
		}
	}
}

// TestNotices: the notices are the document's (IB-13), and a change without one
// cannot be announced.
func TestNotices(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for kind, days := range map[string]int{"certificate": 60, "suites": 60, "versions": 183} {
		if err := s.Announce(api.Change{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		entries := s.Status()
		if e := entries[len(entries)-1]; e.Begins.Sub(e.Announced) != time.Duration(days)*24*time.Hour || e.NewCA != "" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	if err := s.Announce(api.Change{Kind: "prices"}); err == nil {
		t.Error("a notice of anything")
	}
}

// TestAwait: the clock goes forward to each state, and never back.
func TestAwait(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.Await(api.Completed) // of nothing
	if err := s.Announce(api.Change{Kind: "suites"}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ await, want api.State }{
		{api.Scheduled, api.Scheduled}, {api.InProgress, api.InProgress}, {api.Scheduled, api.InProgress},
		{api.Completed, api.Completed}, {api.InProgress, api.Completed},
	} {
		s.Await(step.await)
		if got := s.Status()[0].State; got != step.want {
			t.Errorf("awaiting %s it is %s", step.await, got)
		}
	}
}

// TestEmergency: a change of the certificate and the versions without notice
// (IB-15).
func TestEmergency(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	old := shows(t, s, infobip.Production)
	err := s.Emergency(api.Change{
		Kind: "versions", Title: "TLS 1.2 is off", Certificate: renewed(t, s, "global-root"),
		Rules: func(r tlspeer.Rules) tlspeer.Rules {
			r.MinVersion = tlspeer.TLS13
			return r
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if shows(t, s, infobip.Production).Equal(old) || shows(t, s, infobip.Test).Equal(old) {
		t.Error("the certificate is the old one")
	}
	c := client(t, s, site(t, s, infobip.Production, 0))
	c.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	if response, err := c.Get(site(t, s, infobip.Production, 0).URL()); err == nil {
		response.Body.Close()
		t.Error("TLS 1.2 is served")
	}
	if entries := status(t, s); len(entries) != 1 || entries[0].State != api.Completed || entries[0].NewCA != "" {
		t.Errorf("%+v", entries)
	}
}

// TestConfig: what a configuration has wrong is an error.
func TestConfig(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"setting": {"colour": "red"}, "value": {"tls_min": "TLS 1.4"}, "versions": {"tls_min": "TLS 1.3", "tls_max": "TLS 1.2"},
	} {
		s, err := infobip.Start(settings)
		if err == nil {
			s.Close()
		}
		if (err == nil) != (name == "versions") { // contradicting rules show when a client connects
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := infobip.Start(nil, func(c *api.Config) { c.Revision = "tomorrow" }); err == nil {
		t.Error("a revision of any name")
	}
	if _, err := api.Start(api.Config{}); err == nil {
		t.Error("an API of nothing")
	}
}
