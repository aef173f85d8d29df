package api_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// shows returns the certificate that an endpoint's first site shows.
func shows(t *testing.T, s *api.Server, endpoint string) *x509.Certificate {
	t.Helper()
	at := site(t, s, endpoint, 0)
	return get(t, client(t, s, at), at, nil)
}

// status returns the status page as a client reads it.
func status(t *testing.T, s *api.Server) []api.Entry {
	t.Helper()
	at := site(t, s, production, 2)
	var page struct{ Changes []api.Entry }
	get(t, client(t, s, at), at, &page)
	return page.Changes
}

// renewed returns an issuer below a root, with other keys.
func renewed(t *testing.T, s *api.Server, root string) vendor.Issuer {
	t.Helper()
	issue, err := s.Renewed(root, "renewed")
	if err != nil {
		t.Fatal(err)
	}
	return issue
}

// TestChange announces a change of the chain, 60 days before, with the new authority's name. The test endpoint has it
// from then on, production when it is completed (IB-12, IB-13, IB-14).
func TestChange(t *testing.T) {
	t.Parallel()
	began := time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)
	s := start(t, nil, func(c *api.Config) { c.Now = began })
	if entries := status(t, s); len(entries) != 0 {
		t.Errorf("%+v", entries)
	}
	old := shows(t, s, production)
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
		if staged := shows(t, s, tlsTest); staged.Equal(old) || staged.Issuer.CommonName != want.NewCA {
			t.Errorf("%v later the test endpoint shows one of %s", step.by, staged.Issuer.CommonName)
		}
		if made := !shows(t, s, production).Equal(old); made != step.made {
			t.Errorf("%v later it is made: %v", step.by, made)
		}
	}
}

// TestAwait checks that the clock goes forward to each state, and never back.
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

// TestEmergency changes the certificate and the versions without notice (IB-15).
func TestEmergency(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	old := shows(t, s, production)
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
	if shows(t, s, production).Equal(old) || shows(t, s, tlsTest).Equal(old) {
		t.Error("the certificate is the old one")
	}
	c := client(t, s, site(t, s, production, 0))
	c.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	if response, err := c.Get(site(t, s, production, 0).URL()); err == nil {
		response.Body.Close()
		t.Error("TLS 1.2 is served")
	}
	if entries := status(t, s); len(entries) != 1 || entries[0].State != api.Completed || entries[0].NewCA != "" {
		t.Errorf("%+v", entries)
	}
}

// TestLaterChange announces changes for a date: not before the notice is over.
func TestLaterChange(t *testing.T) {
	t.Parallel()
	began := time.Date(2024, 8, 31, 9, 0, 0, 0, time.UTC)
	s := start(t, nil, func(c *api.Config) { c.Now = began })
	for begins, good := range map[time.Time]bool{
		time.Date(2025, 2, 28, 8, 59, 59, 0, time.UTC): false,
		time.Date(2025, 2, 28, 9, 0, 0, 0, time.UTC):   true,
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC):    true,
	} {
		err := s.Announce(api.Change{Kind: "versions", Begins: begins})
		if good != (err == nil) {
			t.Errorf("beginning on %v: %v", begins, err)
		}
		if entries := s.Status(); good && !entries[len(entries)-1].Begins.Equal(begins) {
			t.Errorf("it begins on %v, not on %v", entries[len(entries)-1].Begins, begins)
		}
	}
	if entries := s.Status(); len(entries) != 2 || !s.Now().Equal(began) {
		t.Errorf("%+v at %v", entries, s.Now())
	}
}
