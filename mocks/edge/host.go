package edge

import (
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/vendor"
)

// Host is one of the names that devices connect to, with where it takes TLS. In
// clear, the first host speaks for all.
type Host struct {
	vendor.Host
	TLS netip.AddrPort
}

// hostAddress returns where the host of that number is to listen. Hosts beyond
// the configured addresses share the last one, on free ports.
func (e *Edge) hostAddress(i int, port uint16) netip.AddrPort {
	addresses := e.config.Addresses
	if i >= len(addresses) {
		return netip.AddrPortFrom(addresses[len(addresses)-1], 0)
	}
	return netip.AddrPortFrom(addresses[i], port)
}

// Hosts returns the names that devices connect to, in the profile's order.
func (e *Edge) Hosts() []Host { return slices.Clone(e.hosts) }

// Domain is the name that devices know the edge by.
func (e *Edge) Domain() string { return e.domain }

// TrunkHost is the name that stands for the customer's trunk alone and leads to
// the first host; empty where the product has none.
func (e *Edge) TrunkHost() string { return vendor.TrunkHost(e.product, e.config.Name) }

// TrunkGroup is the parameters that a device appends to a number to choose the
// customer's trunk, see [vendor.TrunkGroup].
func (e *Edge) TrunkGroup() string { return vendor.TrunkGroup(e.product, e.config.Name) }
