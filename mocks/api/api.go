// Package api is a vendor's HTTPS API, as a profile says: endpoints where several
// hosts share an address, each with a certificate of its own; a page that tells
// a client the parameters of its connection; and changes that are announced,
// staged and made by a clock of the vendor's own.
//
// An API works alone in a test, like httptest.Server; see [Serve]. Users start
// one through the package of a vendor, such as mocks/infobip. The package itself
// serves this module and may change.
package api

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/mocks/web"
)

// Config is what an [API] is started with. Its Product has HTTPS.
type Config struct {
	vendor.Config

	// Now is where the vendor's clock begins; the time of the start if zero.
	Now time.Time
	// Port is where the endpoints listen, each at an address of its own: [Port] is that of
	// https URLs. 0 takes free ports.
	Port uint16
}

// Site is one host of an endpoint, with where it listens.
type Site struct {
	vendor.Host
	Address netip.AddrPort
}

// Port is the port of https URLs that name none.
const Port = 443

// URL is where the site's page is.
func (s Site) URL() string {
	if s.Address.Port() == Port {
		return "https://" + s.Name + "/"
	}
	return fmt.Sprintf("https://%s:%d/", s.Name, s.Address.Port())
}

// API is a running mock. See [Start].
type API struct {
	config    Config
	revision  profile.Revision
	endpoints []*endpoint
	server    *web.Server

	mu       sync.Mutex
	settings map[string]string
	rules    tlspeer.Rules // without certificates
	now      time.Time
	changes  []change
}

// endpoint is one address with its sites.
type endpoint struct {
	profile.Endpoint
	hosts   []vendor.Host
	address netip.AddrPort
	showing certificates // before any change
}

// certificates are what the sites of an endpoint show, by host.
type certificates map[string]tls.Certificate

// Start starts an API; the caller must Close it.
func Start(config Config) (*API, error) {
	revision, err := config.Complete()
	if err != nil {
		return nil, err
	}
	if config.Product.HTTPS == nil {
		return nil, fmt.Errorf("api: %s %s has no HTTPS API", config.Product.Vendor, config.Product.Product)
	}
	if config.Now.IsZero() {
		config.Now = time.Now()
	}
	a := &API{config: config, revision: revision, now: config.Now.UTC()}
	if err := a.Set(config.Settings); err != nil {
		return nil, err
	}
	if a.server, err = web.New(web.Config{Log: config.Log, Wire: config.Wire, Gate: peers.NewGate(config.Peers, config.Log)}); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		a.server.Close()
		return nil, err
	}
	return a, nil
}

// Set changes settings from the next connection on. Those that it does not name stay.
func (a *API) Set(settings map[string]string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	chosen := make(map[string]string)
	maps.Copy(chosen, a.settings)
	maps.Copy(chosen, settings)
	values, err := a.config.Product.SettingValues(a.revision, chosen)
	if err != nil {
		return err
	}
	rules, err := vendor.Rules(a.revision, values, a.config.Suites, a.config.Groups)
	if err != nil {
		return err
	}
	if values[vendor.ClientCertificate] == vendor.Required {
		rules.ClientAuth, rules.Roots = tlspeer.ClientAuthRequire, x509.NewCertPool()
		for _, root := range a.config.DeviceRoots {
			rules.Roots.AddCert(root)
		}
	}
	a.settings, a.rules = values, rules
	return nil
}

func (a *API) listen() error {
	hosts, err := vendor.Hosts(a.config.Product, a.config.Name)
	if err != nil {
		return err
	}
	endpoints, addresses := a.config.Product.HTTPS.Endpoints, a.config.Addresses
	port := a.config.Port
	if port != 0 && len(addresses) < len(endpoints) {
		return fmt.Errorf("api: on port %d each of %d endpoints needs an address of its own; there are %v", port, len(endpoints), addresses)
	}
	for i, described := range endpoints {
		e := &endpoint{Endpoint: described}
		for _, h := range hosts {
			if h.Endpoint == e.Name {
				e.hosts = append(e.hosts, h)
			}
		}
		if e.showing, err = a.config.Certificate.ForAll(e.hosts); err != nil {
			return err
		}
		at := netip.AddrPortFrom(addresses[min(i, len(addresses)-1)], port)
		e.address, err = a.config.Open(at, func(at netip.AddrPort) (netip.AddrPort, error) {
			return a.server.Listen(web.Listener{Address: at, Rules: func() tlspeer.Rules { return a.rulesOf(e) }, Handler: a.handler(e)})
		})
		if err != nil {
			return fmt.Errorf("api: endpoint %s: %w", e.Name, err)
		}
		a.endpoints = append(a.endpoints, e)
	}
	return nil
}

// rulesOf returns an endpoint's rules for the next connection to it.
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
	rules.Certificate, rules.Named = showing[e.hosts[0].Name], showing
	return rules
}

// sites are the endpoint's hosts, with its address.
func (e *endpoint) sites() []Site {
	all := make([]Site, len(e.hosts))
	for i, h := range e.hosts {
		all[i] = Site{h, e.address}
	}
	return all
}

// Sites returns all hosts, in the profile's order.
func (a *API) Sites() []Site {
	var all []Site
	for _, e := range a.endpoints {
		all = append(all, e.sites()...)
	}
	return all
}

// Find returns the site of that number at an endpoint.
func (a *API) Find(endpoint string, number int) (Site, error) {
	for _, e := range a.endpoints {
		if e.Name == endpoint && number < len(e.hosts) {
			return e.sites()[number], nil
		}
	}
	return Site{}, fmt.Errorf("api: there is no site %d at an endpoint %q", number, endpoint)
}

// Domain is what the names of the API's hosts end in, whoever the customer is.
func (a *API) Domain() string { return a.config.Product.Domain }

// Listeners returns where each site is. Twins have the same name.
func (a *API) Listeners() []vendor.Listener {
	var all []vendor.Listener
	for _, s := range a.Sites() {
		for _, at := range a.config.Listens(s.Address.Addr()) {
			all = append(all, vendor.Listener{Name: s.Endpoint + " " + s.Name, Address: netip.AddrPortFrom(at, s.Address.Port())})
		}
	}
	return all
}

// Reach returns the addresses by which devices reach what listens at an address, such as that of a site: one of each
// family that it has, as they are advertised.
func (a *API) Reach(at netip.Addr) []netip.Addr { return a.config.Reach(at) }

// Settings returns the values in force, by name.
func (a *API) Settings() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.settings)
}

// Disconnect closes every open connection. Listeners stay open.
func (a *API) Disconnect() { a.server.Disconnect() }

// Close ends all connections and listeners.
func (a *API) Close() error { return a.server.Close() }
