package stub

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

// place is where a target is.
type place struct {
	host      string
	addresses []netip.AddrPort // best first
}

// locate finds a target: an https URL, a host with or without port, or a user at one.
// SRV records say the port of SIP (RFC 3263 §4.2).
func locate(ctx context.Context, server netip.AddrPort, protocol, target string) (place, error) {
	target, isURL := strings.CutPrefix(target, "https://")
	target, _, _ = strings.Cut(target, "/")
	if _, host, ok := strings.Cut(target, "@"); ok {
		target = host
	}
	host, port := target, uint16(0)
	if h, text, err := net.SplitHostPort(target); err == nil {
		number, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return place{}, err
		}
		host, port = h, uint16(number)
	}
	names := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.String())
	}}
	targets := []*net.SRV{{Target: host, Port: port}}
	switch {
	case port == 0 && isURL:
		targets[0].Port = 443
	case port == 0:
		service, fallback := "sip", uint16(5060)
		if protocol == observation.TLS {
			service, fallback = "sips", 5061
		}
		targets[0].Port = fallback
		if _, found, err := names.LookupSRV(ctx, service, "tcp", host+"."); err == nil {
			targets = found
		}
	}
	at := place{host: host}
	var last error
	for _, t := range targets {
		addresses, err := names.LookupNetIP(ctx, "ip4", t.Target)
		if err != nil {
			last = err
		}
		for _, address := range addresses {
			at.addresses = append(at.addresses, netip.AddrPortFrom(address.Unmap(), t.Port))
		}
	}
	if at.addresses == nil {
		return at, last
	}
	return at, nil
}
