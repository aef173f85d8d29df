// Package peers says with whom a mock talks: whose connections and datagrams it takes, and to which addresses it sends.
// Every mock asks here before it does either, so that a device can neither reach another device's mock nor have a mock
// send to a third party.
//
// The package serves this module and may change.
package peers

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Peers is who a mock is there for. The zero value is for a mock alone in a test: whoever comes is the device.
type Peers struct {
	// Device are the device's addresses. What comes from others is a stranger's. Two devices on one address cannot be
	// told apart.
	Device []netip.Addr
	// Latch says that the device is behind a NAT: Device are addresses of the NAT, and those that the device itself names
	// are behind it. Media goes to where the device's own comes from, and to nowhere before that (RFC 4961, RFC 7362);
	// responses over UDP go to where the request came from, as if it had asked for that (RFC 3581).
	Latch bool
}

// Takes reports whether what comes from an address is the device's.
func (p Peers) Takes(from netip.Addr) bool {
	return len(p.Device) == 0 || p.names(from.Unmap())
}

// Media returns why no media goes to an address that the device has described, or "". Media goes to the device's own
// addresses. If those are not known, they are that of its signalling and, for a device on loopback, all of loopback.
func (p Peers) Media(to, signalling netip.Addr) observation.AddressFault {
	to, signalling = to.Unmap(), signalling.Unmap()
	if fault := general(to); fault != "" {
		return fault
	}
	own := p.names(to)
	if len(p.Device) == 0 {
		own = to == signalling || signalling.IsLoopback() && to.IsLoopback() && to.Zone() == ""
	}
	switch {
	case own:
		return ""
	case !to.IsLoopback() && (p.Local() || len(p.Device) == 0 && signalling.IsLoopback()):
		return observation.NotLoopback
	}
	return observation.NotDevice
}

// names reports whether an address is one of the device's.
func (p Peers) names(a netip.Addr) bool {
	return slices.ContainsFunc(p.Device, func(own netip.Addr) bool { return own.Unmap() == a })
}

// Dial returns why a mock opens no connection to an address that its owner has given it, or "": the address of no host,
// or one beyond loopback for a device that is on loopback.
func (p Peers) Dial(to netip.Addr) observation.AddressFault {
	to = to.Unmap()
	if fault := general(to); fault != "" {
		return fault
	}
	if p.Local() && !to.IsLoopback() {
		return observation.NotLoopback
	}
	return ""
}

// Local reports whether the device is known to be on loopback, so that nothing has to leave the machine.
func (p Peers) Local() bool {
	return len(p.Device) > 0 && !slices.ContainsFunc(p.Device, func(a netip.Addr) bool { return !a.Unmap().IsLoopback() })
}

// general is what is wrong with an address for whatever is sent there.
func general(to netip.Addr) observation.AddressFault {
	switch {
	case !to.IsValid(), to.IsUnspecified():
		return observation.Unspecified
	case to.IsMulticast():
		return observation.Multicast
	case to == netip.AddrFrom4([4]byte{255, 255, 255, 255}), to == netip.AddrFrom4([4]byte{127, 255, 255, 255}):
		return observation.Broadcast
	}
	return ""
}

// Gate applies [Peers] for one mock, and logs what it turns away. A nil Gate takes everybody.
type Gate struct {
	Peers
	log       *observation.Log
	strangers observation.Tally
}

// NewGate returns a gate that logs to log.
func NewGate(p Peers, log *observation.Log) *Gate { return &Gate{Peers: p, log: log} }

// Admits reports whether to take what came from an address over a protocol. What it turns away is counted, and logged the
// first time for each address and then each time that the count has grown tenfold.
func (g *Gate) Admits(protocol string, from netip.AddrPort) bool {
	if g == nil || g.Takes(from.Addr()) {
		return true
	}
	g.strangers.Add(from.Addr().String(), func(count int) {
		g.log.Append(observation.Event{Kind: observation.Stranger,
			Denied: &observation.DeniedInfo{Protocol: protocol, Remote: from, Count: count},
			Text:   fmt.Sprintf("not taken from %s, which is not the device's address (%s, %d so far)", from, protocol, count)})
	})
	return false
}

// Latches reports whether the device is behind a NAT, see [Peers.Latch]. A nil Gate has none before it.
func (g *Gate) Latches() bool { return g != nil && g.Latch }

// Media is [Peers.Media]. A nil Gate has nothing but addresses of no host against it.
func (g *Gate) Media(to, signalling netip.Addr) observation.AddressFault {
	if g == nil {
		return general(to.Unmap())
	}
	return g.Peers.Media(to, signalling)
}

// AddressError is the error of a connection that a mock does not open.
type AddressError struct {
	To    netip.AddrPort
	Fault observation.AddressFault
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("peers: nothing is sent to %s: %s", e.To, e.Fault)
}

// Check returns an [*AddressError] if the mock may not connect to an address.
func (g *Gate) Check(to netip.AddrPort) error {
	var p Peers
	if g != nil {
		p = g.Peers
	}
	if fault := p.Dial(to.Addr()); fault != "" {
		return &AddressError{to, fault}
	}
	return nil
}
