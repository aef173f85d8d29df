// Package api is a vendor's HTTPS API as a profile says: endpoints on which
// several hosts share an address, each with a certificate of its own, a page
// that tells a client what its connection came to, and changes that are
// announced, staged and made by a clock of the vendor's own.
//
// An API is usable alone in a test, like httptest.Server: see [Serve].
package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// Config is what an [API] is started with. Product, Log, Name and Certificate
// are required.
type Config struct {
	Product  *profile.Product  // with HTTPS
	Revision string            // "" is the product's first
	Settings map[string]string // by name; the profile's defaults where absent
	// Name is the customer's part of the hosts' names.
	Name string
	// Certificate issues what a site shows, see [Issuer].
	Certificate func(Site) (tls.Certificate, error)
	Log         *observation.Log
	// Wire records raw segments too, for a capture.
	Wire bool

	// Addresses are where the endpoints listen, in the profile's order; the last
	// serves for those that are left, and 127.0.0.1 if there is none. Ports are
	// ones that are free.
	Addresses []netip.Addr

	// Suites and Groups replace those of the revision, where one alone is to be
	// tried.
	Suites, Groups []uint16
	// Clients are the roots of the certificates that clients show.
	Clients []*x509.Certificate
	// Now is where the vendor's clock begins; the time of the start if zero.
	Now time.Time
	// Seed is of the certificates that [Serve] makes; 1 if zero.
	Seed uint64
}

// Site is one host of an endpoint.
type Site struct {
	Endpoint string
	Host     string
	Names    []string // of its certificate
	Serves   string   // see [profile.Site]
	Address  netip.AddrPort
}

// URL is where the site's page is.
func (s Site) URL() string { return fmt.Sprintf("https://%s:%d/", s.Host, s.Address.Port()) }

// API is a running mock. See [Start].
type API struct {
	config    Config
	settings  map[string]string
	rules     tlspeer.Rules
	endpoints []endpoint
	server    *web.Server

	mu      sync.Mutex
	now     time.Time
	changes []change
}

// endpoint is one address with its sites.
type endpoint struct {
	profile.Endpoint
	sites   []Site
	showing certificates // before any change
}

// certificates are what the sites of an endpoint show, by host.
type certificates map[string]tls.Certificate

// Start starts an API; the caller must Close it.
func Start(config Config) (*API, error) {
	switch {
	case config.Product == nil || config.Log == nil || config.Name == "" || config.Certificate == nil:
		return nil, errors.New("api: Config needs a Product, a Log, a Name and a Certificate")
	case config.Product.HTTPS == nil:
		return nil, fmt.Errorf("api: %s %s has no HTTPS API", config.Product.Vendor, config.Product.Product)
	}
	if config.Revision == "" {
		config.Revision = config.Product.Revisions[0].Revision
	}
	if len(config.Addresses) == 0 {
		config.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	if config.Now.IsZero() {
		config.Now = time.Now()
	}
	revision, err := config.Product.Named(config.Revision)
	if err != nil {
		return nil, err
	}
	a := &API{config: config, now: config.Now.UTC()}
	if a.settings, err = config.Product.SettingValues(revision, config.Settings); err != nil {
		return nil, err
	}
	if a.rules, err = a.baseRules(revision); err != nil {
		return nil, err
	}
	if a.server, err = web.New(web.Config{Log: config.Log, Wire: config.Wire}); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		a.server.Close()
		return nil, err
	}
	return a, nil
}

// baseRules are those of every endpoint but for the certificates.
func (a *API) baseRules(revision profile.Revision) (tlspeer.Rules, error) {
	rules, err := edge.Rules(revision, a.settings, a.config.Suites, a.config.Groups)
	if a.settings["client_certificate"] == "required" {
		rules.ClientAuth, rules.Roots = tlspeer.ClientAuthRequire, x509.NewCertPool()
		for _, root := range a.config.Clients {
			rules.Roots.AddCert(root)
		}
	}
	return rules, err
}

func (a *API) listen() error {
	sites, err := sites(a.config.Product, a.config.Name)
	if err != nil {
		return err
	}
	a.endpoints = make([]endpoint, len(sites))
	for i := range a.endpoints {
		e := &a.endpoints[i]
		e.Endpoint, e.sites = a.config.Product.HTTPS.Endpoints[i], sites[i]
		if e.showing, err = issued(e.sites, a.config.Certificate); err != nil {
			return err
		}
		at, err := a.server.Listen(web.Listener{
			Address: netip.AddrPortFrom(a.config.Addresses[min(i, len(a.config.Addresses)-1)], 0),
			Rules:   func() tlspeer.Rules { return a.rulesOf(e) }, Handler: a.handler(e),
		})
		if err != nil {
			return err
		}
		for j := range e.sites {
			e.sites[j].Address = at
		}
	}
	return nil
}

// rulesOf are an endpoint's for the next connection to it.
func (a *API) rulesOf(e *endpoint) tlspeer.Rules {
	a.mu.Lock()
	defer a.mu.Unlock()
	rules, showing := a.rules, e.showing
	for _, c := range a.changes {
		if !c.in(e.Staged, a.now) {
			continue
		}
		if shown := c.showing[e.Name]; shown != nil {
			showing = shown
		}
		if c.Rules != nil {
			rules = c.Rules(rules)
		}
	}
	rules.Certificate, rules.Named = showing[e.sites[0].Host], showing
	return rules
}

// issued asks for the certificate of each site.
func issued(sites []Site, issue func(Site) (tls.Certificate, error)) (certificates, error) {
	all := make(certificates, len(sites))
	for _, s := range sites {
		certificate, err := issue(s)
		if err != nil {
			return nil, fmt.Errorf("api: certificate of %s: %w", s.Host, err)
		}
		all[s.Host] = certificate
	}
	return all, nil
}

// Sites are all hosts, in the profile's order.
func (a *API) Sites() []Site {
	var all []Site
	for _, e := range a.endpoints {
		all = append(all, e.sites...)
	}
	return all
}

// Find returns the site of that number at an endpoint.
func (a *API) Find(endpoint string, number int) (Site, error) {
	for _, e := range a.endpoints {
		if e.Name == endpoint && number < len(e.sites) {
			return e.sites[number], nil
		}
	}
	return Site{}, fmt.Errorf("api: there is no site %d at an endpoint %q", number, endpoint)
}

// Settings are the values in force, by name.
func (a *API) Settings() map[string]string { return a.settings }

// Disconnect closes every connection that is open; listeners stay.
func (a *API) Disconnect() { a.server.Disconnect() }

// Close ends all connections and listeners.
func (a *API) Close() error { return a.server.Close() }

// sites are those of a customer, by endpoint.
func sites(p *profile.Product, name string) ([][]Site, error) {
	shown := profile.Shown{Name: name, Domain: edge.Domain(p, name)}
	var all [][]Site
	for _, e := range p.HTTPS.Endpoints {
		var here []Site
		for _, s := range e.Sites {
			one := Site{Endpoint: e.Name, Serves: s.Serves}
			var err error
			if one.Host, err = shown.Expand(s.Host); err != nil {
				return nil, err
			}
			for _, text := range s.Names {
				expanded, err := profile.Shown{Host: one.Host, Name: shown.Name, Domain: shown.Domain}.Expand(text)
				if err != nil {
					return nil, err
				}
				one.Names = append(one.Names, expanded)
			}
			here = append(here, one)
		}
		all = append(all, slices.Clip(here))
	}
	return all, nil
}
