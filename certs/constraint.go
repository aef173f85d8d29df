package certs

import (
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// reserved is a domain that nobody can have (RFC 2606). A certificate for it vouches for nothing.
const reserved = "invalid"

// RecipeDomains are the domains of the names that recipes give to leaves beside the host's, in the common name too. They
// are no one's.
func RecipeDomains() []string { return []string{reserved, user} }

// Constraints bound what the roots of a forge, and all below them, can vouch for: RFC 5280 §4.2.1.10. A verifier that
// checks name constraints refuses a certificate for anything else, whoever has the key.
//
// DNS names, IP addresses and e-mail addresses are bounded; no e-mail address is permitted. URIs are not: RFC 5280 has
// a verifier refuse each sip: URI, which has no authority, as soon as there is a constraint of URIs, so that no
// certificate of RFC 5922 would be left.
type Constraints struct {
	// Domains are the DNS names that are permitted, each with every name below it. The recipes of this package need
	// those of [RecipeDomains], and the domain two labels above a leaf's host for "wildcard-two-labels" and
	// "wildcard-twice". Verifiers take the common name of a leaf without DNS names for one: OpenSSL if it has a dot,
	// GnuTLS always.
	Domains []string
	// Addresses are the IP addresses that are permitted, as such and where one is written as a name.
	Addresses []netip.Addr
	// NotCritical leaves the extension's critical flag out, against the RFC. A verifier that knows the extension
	// obeys it as well; one that does not, such as mbed TLS, then takes the root instead of refusing it.
	NotCritical bool
}

// apply constrains an authority. Without constraints it changes nothing.
func (c *Constraints) apply(template *x509.Certificate) {
	if c == nil {
		return
	}
	template.PermittedDNSDomainsCritical = !c.NotCritical
	template.PermittedDNSDomains = slices.Clone(c.Domains)
	template.PermittedEmailAddresses = []string{reserved}
	// A permitted address of one family excludes those of the other as well. It is said again, because verifiers have
	// read that differently.
	families := map[int]bool{net.IPv4len: false, net.IPv6len: false}
	for _, address := range c.Addresses {
		bytes := net.IP(address.Unmap().AsSlice())
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: bytes, Mask: net.CIDRMask(8*len(bytes), 8*len(bytes))})
		families[len(bytes)] = true
		template.PermittedDNSDomains = append(template.PermittedDNSDomains, address.Unmap().String())
	}
	for _, length := range []int{net.IPv4len, net.IPv6len} {
		if !families[length] {
			template.ExcludedIPRanges = append(template.ExcludedIPRanges, &net.IPNet{IP: make(net.IP, length), Mask: make(net.IPMask, length)})
		}
	}
	if len(template.PermittedDNSDomains) == 0 {
		template.PermittedDNSDomains = []string{reserved}
	}
}

// Outermost returns domains sorted, each once, without those that are below another of them, which a constraint permits
// anyway.
func Outermost(domains []string) []string {
	sorted := slices.Compact(slices.Sorted(slices.Values(domains)))
	return slices.DeleteFunc(sorted, func(domain string) bool {
		return slices.ContainsFunc(domains, func(other string) bool { return strings.HasSuffix(domain, "."+other) })
	})
}
