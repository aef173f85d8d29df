package main

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// splitListen takes the addresses of further hosts out of what --listen says: of "A,B,C:5061" it returns "A:5061", B and
// C.
func splitListen(text string) (first string, further []netip.Addr, err error) {
	named := strings.Split(text, ",")
	if len(named) == 1 {
		return text, nil, nil
	}
	last, port := named[len(named)-1], ""
	if at, err := netip.ParseAddrPort(last); err == nil {
		last, port = at.Addr().String(), strconv.Itoa(int(at.Port()))
	}
	named[len(named)-1] = last
	for _, name := range named[1:] {
		address, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if err != nil {
			return "", nil, usage("--listen %s: %q is not an IP address", text, name)
		}
		further = append(further, address)
	}
	if port == "" {
		return named[0], further, nil
	}
	return net.JoinHostPort(strings.Trim(named[0], "[]"), port), further, nil
}

// addresses are those of n hosts or endpoints: the ones that were named, or, where each needs an address of its own to
// be on the standard port, the next ones after the first.
func (w wanted) addresses(n int) []netip.Addr {
	all := append([]netip.Addr{w.address}, w.further...)
	for w.port != 0 && len(w.further) == 0 && len(all) < n {
		all = append(all, all[len(all)-1].Next())
	}
	return all
}
