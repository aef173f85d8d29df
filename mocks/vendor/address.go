package vendor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Usable returns an address in the form that mocks keep, which is IPv4 where it is mapped to IPv6, or an error that says
// why a mock cannot listen or be reached there, and what to name instead.
func Usable(a netip.Addr) (netip.Addr, error) {
	a = a.Unmap()
	switch {
	case !a.IsValid():
		return a, errors.New("vendor: an address is missing")
	case a.IsUnspecified():
		return a, fmt.Errorf("vendor: %s stands for every address of the machine: name the one by which devices reach it", a)
	case a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return a, fmt.Errorf("vendor: %s is not the address of one host: name the one by which devices reach it", a)
	case a.Zone() != "", a.Is6() && a.IsLinkLocalUnicast():
		return a, fmt.Errorf("vendor: %s is good on one link alone, and SIP, SDP and DNS cannot name the link: "+
			"name a global address, or a unique local one such as those of fd00::/8", a)
	}
	return a, nil
}

// usable checks everything in a configuration that is an address.
func (c *Config) usable() error {
	var err error
	if c.Addresses, err = allUsable(c.Addresses); err != nil {
		return err
	}
	if c.Peers.Device, err = allUsable(c.Peers.Device); err != nil {
		return fmt.Errorf("the address of the device: %w", err)
	}
	if c.Advertised, err = pairsUsable(c.Advertised); err != nil {
		return fmt.Errorf("what is advertised: %w", err)
	}
	if c.Twins, err = pairsUsable(c.Twins); err != nil {
		return fmt.Errorf("the twins: %w", err)
	}
	for at, to := range c.Advertised {
		if at.Is4() != to.Is4() {
			return fmt.Errorf("vendor: %s cannot be advertised as %s: one is IPv4 and the other IPv6", at, to)
		}
	}
	for at, twin := range c.Twins {
		if at.Is4() == twin.Is4() {
			return fmt.Errorf("vendor: %s and %s are no twins: one has to be IPv4 and the other IPv6", at, twin)
		}
	}
	return nil
}

func allUsable(addresses []netip.Addr) ([]netip.Addr, error) {
	all := slices.Clone(addresses)
	for i := range all {
		var err error
		if all[i], err = Usable(all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func pairsUsable(pairs map[netip.Addr]netip.Addr) (map[netip.Addr]netip.Addr, error) {
	all := make(map[netip.Addr]netip.Addr, len(pairs))
	for key, value := range pairs {
		both, err := allUsable([]netip.Addr{key, value})
		if err != nil {
			return nil, err
		}
		all[both[0]] = both[1]
	}
	return all, nil
}

// Advertise returns the address that is named to devices for one that a mock listens at.
func (c *Config) Advertise(at netip.Addr) netip.Addr {
	if to, other := c.Advertised[at]; other {
		return to
	}
	return at
}

// Listens returns an address with its twin, if it has one: all that a mock listens at that is told to listen at the
// address.
func (c *Config) Listens(at netip.Addr) []netip.Addr {
	if twin, has := c.Twins[at]; has {
		return []netip.Addr{at, twin}
	}
	return []netip.Addr{at}
}

// Reach returns the addresses by which devices reach what listens at an address. Its name has each of them in an A or
// AAAA record.
func (c *Config) Reach(at netip.Addr) []netip.Addr {
	all := c.Listens(at)
	for i := range all {
		all[i] = c.Advertise(all[i])
	}
	return all
}

// Open opens a listener at an address, and another one for its twin at the same port, and returns where the first is.
func (c *Config) Open(at netip.AddrPort, listen func(netip.AddrPort) (netip.AddrPort, error)) (netip.AddrPort, error) {
	twin, has := c.Twins[at.Addr()]
	if !has {
		return listen(at)
	}
	if at.Port() == 0 {
		at = netip.AddrPortFrom(at.Addr(), commonPort(at.Addr(), twin))
	}
	first, err := listen(at)
	if err == nil {
		_, err = listen(netip.AddrPortFrom(twin, first.Port()))
	}
	return first, err
}

// commonPort returns a port that is free at both addresses, for TCP and UDP; 0 if it finds none.
func commonPort(one, other netip.Addr) uint16 {
	const attempts = 16
	for range attempts {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(one, 0)))
		if err != nil {
			return 0
		}
		port := l.Addr().(*net.TCPAddr).AddrPort().Port()
		free := freeAt(netip.AddrPortFrom(other, port))
		l.Close()
		if free && freeAt(netip.AddrPortFrom(one, port)) {
			return port
		}
	}
	return 0
}

// freeAt reports whether a port is free for TCP and UDP.
func freeAt(at netip.AddrPort) bool {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err != nil {
		return false
	}
	defer l.Close()
	u, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return false
	}
	u.Close()
	return true
}
