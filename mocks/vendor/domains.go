package vendor

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Domains returns the domains below which all names are that certificates of a customer's hosts have, in good
// certificates and in those with a defect of package certs: what an authority for these hosts has to be able to vouch
// for, and no more. They are sorted, and none is below another. The zones of the product's regions are among them, in
// which no host shows a defect.
//
// Recipes such as "wildcard-two-labels" need the domain two labels above the host, "*.carrier.example" for
// "s1.sip.carrier.example". Where that is a public suffix, such as com, it is left out.
func Domains(p *profile.Product, customer string) ([]string, error) {
	hosts, err := Hosts(p, customer)
	if err != nil {
		return nil, err
	}
	var domains []string
	for _, h := range hosts {
		domains = append(domains, above(h.Name))
		for _, name := range h.DNSNames {
			domains = append(domains, strings.TrimPrefix(name, "*."))
		}
	}
	for _, r := range p.Regions {
		domains = append(domains, r.Zone)
	}
	return certs.Outermost(domains), nil
}

// above returns the domain two labels above a host, or as many of them as leave one that somebody can own.
func above(host string) string {
	domain := host
	for range 2 {
		_, up, found := strings.Cut(domain, ".")
		if suffix, _ := publicsuffix.PublicSuffix(domain); !found || up == suffix {
			break
		}
		domain = up
	}
	return domain
}
