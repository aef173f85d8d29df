package vendor

import (
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/profile"
)

// Host is a name that devices connect to and that shows a certificate: a proxy
// of a SIP product, or the domain itself where there is none, or a site of an
// API.
type Host struct {
	Name     string
	DNSNames []string // of its certificate
	// Endpoint is the address that the site of an API shares with others, and
	// Serves its page, see [profile.Site]. Both are empty where SIP is spoken.
	Endpoint string
	Serves   string
	// Shared is true of a site whose name is the same for every customer.
	Shared bool
}

// Listener is where a mock listens, and what for.
type Listener struct {
	Name    string
	Address netip.AddrPort
}

// Domain returns the name of a customer at a product; in a region, that of all
// customers.
func Domain(p *profile.Product, customer string) string {
	if p.Shared {
		return p.Domain
	}
	return customer + "." + p.Domain
}

// Hosts returns the names that a customer's devices connect to, in the profile's
// order.
func Hosts(p *profile.Product, customer string) ([]Host, error) {
	if p.HTTPS != nil {
		return sites(p, customer)
	}
	names := []string{Domain(p, customer)}
	if len(p.Proxies) > 0 {
		names = nil
	}
	for _, label := range p.Proxies {
		names = append(names, label+"."+Domain(p, customer))
	}
	var hosts []Host
	for _, name := range names {
		certified, err := expand(p, customer, name, p.Certificate.Names)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, Host{Name: name, DNSNames: certified})
	}
	return hosts, nil
}

// sites returns the hosts of an API. A customer's own host can be one of the shared hosts: it is there once.
func sites(p *profile.Product, customer string) ([]Host, error) {
	var hosts []Host
	for _, e := range p.HTTPS.Endpoints {
		for _, s := range e.Sites {
			name, err := expand(p, customer, "", []string{s.Host})
			if err != nil {
				return nil, err
			}
			certified, err := expand(p, customer, name[0], s.Names)
			if err != nil {
				return nil, err
			}
			there := func(h Host) bool { return h.Endpoint == e.Name && h.Name == name[0] }
			if !slices.ContainsFunc(hosts, there) {
				hosts = append(hosts, Host{Name: name[0], DNSNames: certified, Endpoint: e.Name, Serves: s.Serves, Shared: s.Shared})
			}
		}
	}
	return hosts, nil
}

// expand fills in templates for a host of the customer's.
func expand(p *profile.Product, customer, host string, templates []string) ([]string, error) {
	fields := profile.NameFields{Host: host, Domain: Domain(p, customer), Name: customer}
	names := make([]string, len(templates))
	for i, text := range templates {
		var err error
		if names[i], err = fields.Expand(text); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// TrunkHost returns the name that stands for the customer's trunk alone and leads to
// the first host; empty where the product has none.
func TrunkHost(p *profile.Product, customer string) string {
	if p.Trunk == nil {
		return ""
	}
	if p.Shared {
		return customer + "." + Domain(p, customer)
	}
	return p.Trunk.Host + "." + Domain(p, customer)
}

// TrunkGroup returns the parameters of RFC 4904, with their semicolons, that a device
// appends to a number to choose the customer's trunk; empty where the product
// has none.
func TrunkGroup(p *profile.Product, customer string) string {
	if p.Trunk == nil {
		return ""
	}
	return ";tgrp=" + customer + ";trunk-context=" + p.Trunk.Context
}
