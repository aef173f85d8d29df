package vendor

import (
	"fmt"
	"net/netip"

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
}

// Listener is where a mock listens, and what for.
type Listener struct {
	Name    string
	Address netip.AddrPort
}

// Domain is the name of a customer at a product.
func Domain(p *profile.Product, customer string) string { return customer + "." + p.Domain }

// Hosts are the names that a customer's devices connect to, in the profile's
// order.
func Hosts(p *profile.Product, customer string) ([]Host, error) {
	var hosts []Host
	add := func(h Host, names []string) error {
		for _, text := range names {
			name, err := profile.NameFields{Host: h.Name, Domain: Domain(p, customer), Name: customer}.Expand(text)
			if err != nil {
				return fmt.Errorf("vendor: certificate of %s: %w", h.Name, err)
			}
			h.DNSNames = append(h.DNSNames, name)
		}
		hosts = append(hosts, h)
		return nil
	}
	if p.HTTPS != nil {
		for _, e := range p.HTTPS.Endpoints {
			for _, s := range e.Sites {
				name, err := profile.NameFields{Domain: Domain(p, customer), Name: customer}.Expand(s.Host)
				if err != nil {
					return nil, err
				}
				if err := add(Host{Name: name, Endpoint: e.Name, Serves: s.Serves}, s.Names); err != nil {
					return nil, err
				}
			}
		}
		return hosts, nil
	}
	names := []string{Domain(p, customer)}
	if len(p.Proxies) > 0 {
		names = nil
	}
	for _, label := range p.Proxies {
		names = append(names, label+"."+Domain(p, customer))
	}
	for _, name := range names {
		if err := add(Host{Name: name}, p.Certificate.Names); err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// TrunkHost is the name that stands for the customer's trunk alone and leads to
// the first host; empty where the product has none.
func TrunkHost(p *profile.Product, customer string) string {
	if p.Trunk == nil {
		return ""
	}
	return p.Trunk.Host + "." + Domain(p, customer)
}

// TrunkGroup is the parameters of RFC 4904, with their semicolons, that a device
// appends to a number to choose the customer's trunk; empty where the product
// has none.
func TrunkGroup(p *profile.Product, customer string) string {
	if p.Trunk == nil {
		return ""
	}
	return ";tgrp=" + customer + ";trunk-context=" + p.Trunk.Context
}
