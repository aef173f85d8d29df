package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// site is where --listen puts a mock.
type site struct {
	addresses []netip.Addr // of the first hosts or endpoints, in the profile's order
	port      uint16       // of SIP over TLS, or of HTTPS; 0 for free ones
}

// machine is what --listen is held against.
type machine struct {
	own    []netip.Addr // the addresses of its interfaces
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// thisMachine returns the machine that the command runs on.
func thisMachine() (machine, error) {
	m := machine{lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return m, err
	}
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			m.own = append(m.own, prefix.Addr().Unmap())
		}
	}
	return m, nil
}

// has reports whether a mock can listen at an address.
func (m machine) has(a netip.Addr) bool {
	return a.IsLoopback() || slices.Contains(m.own, a.WithZone(""))
}

// parseListen reads HOST, HOST:PORT, or A,B,C:PORT for a product with several hosts. A host is an address of the machine
// or a name that leads to one; an IPv6 address before a port stands in brackets.
func (m machine) parseListen(ctx context.Context, text string) (site, error) {
	var s site
	hosts := strings.Split(text, ",")
	last := hosts[len(hosts)-1]
	if _, err := netip.ParseAddr(bare(last)); err != nil && strings.Contains(last, ":") {
		host, port, err := net.SplitHostPort(last)
		if err != nil {
			return s, usage("--listen %s: write HOST:PORT, with an IPv6 address in brackets: [2001:db8::10]:5061", text)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return s, usage("--listen %s: %q is no port: use 1 to 65535", text, port)
		}
		hosts[len(hosts)-1], s.port = host, uint16(number)
	}
	for _, host := range hosts {
		a, err := m.resolve(ctx, host)
		if err != nil {
			return s, usage("--listen %s: %w", text, err)
		}
		s.addresses = append(s.addresses, a)
	}
	return s, nil
}

// resolve returns the one address of a host, on which a mock can listen.
func (m machine) resolve(ctx context.Context, host string) (netip.Addr, error) {
	if host == "" {
		return netip.Addr{}, fmt.Errorf("name the address at which the device finds the vendor: %s", m.choices())
	}
	a, err := netip.ParseAddr(bare(host))
	if err != nil {
		found, err := m.lookup(ctx, host)
		if err != nil {
			return a, fmt.Errorf("%q is neither an IP address nor a name that is known here: %w", host, err)
		}
		for i := range found {
			found[i] = found[i].Unmap()
		}
		slices.SortFunc(found, netip.Addr.Compare)
		if found = slices.Compact(found); len(found) != 1 {
			return a, fmt.Errorf("%s has %d addresses: name one of %s", host, len(found), join(found))
		}
		a = found[0]
	}
	switch a = a.Unmap(); {
	case a.IsUnspecified():
		return a, fmt.Errorf("%s is every address of this machine, and the vendor needs one that the device is told: %s", a, m.choices())
	case !m.has(a):
		return a, fmt.Errorf("%s is no address of this machine: %s", a, m.choices())
	}
	return a, nil
}

// choices says which addresses there are.
func (m machine) choices() string {
	var all []netip.Addr
	for _, a := range m.own {
		if !a.IsLinkLocalUnicast() {
			all = append(all, a)
		}
	}
	if len(all) == 0 {
		return "use 127.0.0.1"
	}
	return "use one of " + join(all)
}

func join(all []netip.Addr) string {
	var texts []string
	for _, a := range all {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// bare is an address without its brackets.
func bare(host string) string {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	return host
}

// spread returns the addresses of n hosts or endpoints: the ones that were named, or, where each needs an address of
// its own to be on the port, the next ones after a single one, as far as the machine has them.
func (m machine) spread(s site, n int) []netip.Addr {
	all := slices.Clone(s.addresses)
	if s.port == 0 || len(all) != 1 {
		return all
	}
	for next := all[0].Next(); len(all) < n && m.has(next); next = next.Next() {
		all = append(all, next)
	}
	return all
}
