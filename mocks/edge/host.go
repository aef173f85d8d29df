package edge

import (
	"net/netip"

	"github.com/sipconform/sipconform/mocks/profile"
)

// Host is one of the names that devices connect to: a proxy of the product's,
// or the domain itself where it has none.
type Host struct {
	Name string
	// TLS is where it takes TLS. In clear, the first host speaks for all.
	TLS netip.AddrPort
}

// hosts are those of a customer's domain.
func hosts(p *profile.Product, domain string) []Host {
	if len(p.Proxies) == 0 {
		return []Host{{Name: domain}}
	}
	var all []Host
	for _, label := range p.Proxies {
		all = append(all, Host{Name: label + "." + domain})
	}
	return all
}

// HostNames are the names of a customer's hosts, in the profile's order.
func HostNames(p *profile.Product, domain string) []string {
	var names []string
	for _, h := range hosts(p, domain) {
		names = append(names, h.Name)
	}
	return names
}

// hostAddress is where the host of that number is to listen.
func (e *Edge) hostAddress(i int, port uint16) netip.AddrPort {
	addresses := append([]netip.Addr{e.config.Address}, e.config.Proxies...)
	if i >= len(addresses) {
		return netip.AddrPortFrom(addresses[len(addresses)-1], 0)
	}
	return netip.AddrPortFrom(addresses[i], port)
}

// Hosts are the names that devices connect to, in the profile's order.
func (e *Edge) Hosts() []Host { return append([]Host(nil), e.hosts...) }

// TrunkHost is the name that stands for the customer's trunk alone, which leads
// to the first host; empty where the product has none.
func (e *Edge) TrunkHost() string {
	if e.product.Trunk == nil {
		return ""
	}
	return e.product.Trunk.Host + "." + e.domain
}

// TrunkGroup is the parameters of RFC 4904 that a device puts behind a number
// to choose the customer's trunk, with their semicolons; empty where the
// product has none.
func (e *Edge) TrunkGroup() string {
	if e.product.Trunk == nil {
		return ""
	}
	return ";tgrp=" + e.config.Name + ";trunk-context=" + e.product.Trunk.Context
}
