package reference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// dnsLimit is how long the name server may take for an answer.
	dnsLimit = 3 * time.Second
	// locateLimit is how long all look-ups for one host may take, and mostHops how many of its addresses are tried: a
	// name server that lies can send the device to any number of others.
	locateLimit = 3 * dnsLimit
	mostHops    = 16
)

// hop is an address to try.
type hop struct {
	address netip.AddrPort
	// target is the host name of the address: the one that was looked up, or the target of its SRV record.
	target string
}

// service returns the SRV prefix of a protocol (RFC 3263 §4.2).
func service(protocol string) string {
	switch protocol {
	case observation.TLS:
		return "_sips._tcp."
	case observation.TCP:
		return "_sip._tcp."
	default:
		return "_sip._udp."
	}
}

// locate returns the addresses of a host, best first (RFC 3263 §4.2). SRV is not asked for an IP address or if there is an
// explicit port, and NAPTR is never asked, because the transport is always known (§4.1).
func (s *session) locate(ctx context.Context, host string, port uint16, protocol string) ([]hop, error) {
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []hop{{netip.AddrPortFrom(address, cmp.Or(port, defaultPort(protocol))), host}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, locateLimit)
	defer cancel()
	key := fmt.Sprintf("%s%s:%d", service(protocol), host, port)
	if s.bugs.CachesDNS {
		s.mu.Lock()
		hops := s.resolved[key]
		s.mu.Unlock()
		if hops != nil {
			return hops, nil
		}
	}
	var hops []hop
	var err error
	if port == 0 && !s.bugs.IgnoresSRV {
		if hops, err = s.locateService(ctx, service(protocol)+host); err != nil {
			return nil, err
		}
	}
	if len(hops) == 0 {
		if hops, err = s.addresses(ctx, host, cmp.Or(port, defaultPort(protocol))); err != nil {
			return nil, err
		}
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("no address of %s", host)
	}
	hops = hops[:min(len(hops), mostHops)]
	s.mu.Lock()
	s.resolved[key] = hops
	s.mu.Unlock()
	return hops, nil
}

// locateService follows the SRV records of a name. It returns no error if there are none.
func (s *session) locateService(ctx context.Context, name string) ([]hop, error) {
	answer, err := s.ask(ctx, name, dns.TypeSRV)
	if err != nil {
		return nil, err
	}
	var records []*dns.SRV
	for _, rr := range answer {
		if srv, ok := rr.(*dns.SRV); ok && srv.Target != "." {
			records = append(records, srv)
		}
	}
	var hops []hop
	var errs []error
	ordered := order(records)
	if s.bugs.IgnoresWeights {
		ordered = slices.SortedStableFunc(slices.Values(records), func(a, b *dns.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	}
	if s.bugs.TriesLastTargetFirst {
		slices.Reverse(ordered)
	}
	for _, srv := range ordered[:min(len(ordered), mostHops)] {
		found, err := s.addresses(ctx, strings.TrimSuffix(srv.Target, "."), srv.Port)
		hops, errs = append(hops, found...), append(errs, err)
	}
	if len(hops) == 0 {
		return nil, errors.Join(errs...)
	}
	return hops, nil
}

// order sorts SRV records by priority, and those of one priority at random in proportion to their weights (RFC 2782).
func order(records []*dns.SRV) []*dns.SRV {
	left := slices.Clone(records)
	slices.SortStableFunc(left, func(a, b *dns.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	var ordered []*dns.SRV
	for len(left) > 0 {
		same, total := 0, 0
		for same < len(left) && left[same].Priority == left[0].Priority {
			total += int(left[same].Weight)
			same++
		}
		point, i := rand.IntN(total+1), 0
		for sum := int(left[0].Weight); sum < point; sum += int(left[i].Weight) {
			i++
		}
		ordered = append(ordered, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return ordered
}

// addresses looks up A records, or AAAA records if the device itself has an IPv6 address.
func (s *session) addresses(ctx context.Context, host string, port uint16) ([]hop, error) {
	kind := dns.TypeA
	if s.setup.Address.Is6() {
		kind = dns.TypeAAAA
	}
	answer, err := s.ask(ctx, host, kind)
	if err != nil {
		return nil, err
	}
	var hops []hop
	for _, rr := range answer {
		var address netip.Addr
		switch rr := rr.(type) {
		case *dns.A:
			address, _ = netip.AddrFromSlice(rr.A.To4())
		case *dns.AAAA:
			address, _ = netip.AddrFromSlice(rr.AAAA)
		}
		if address.IsValid() {
			hops = append(hops, hop{netip.AddrPortFrom(address, port), host})
		}
	}
	return hops, nil
}

// ask asks the name server. The answer for a name that does not exist is empty.
func (s *session) ask(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	if !s.setup.DNS.IsValid() {
		return nil, fmt.Errorf("no name server for %s", name)
	}
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	for _, network := range []string{"udp", "tcp"} {
		client := dns.Client{Net: network, Timeout: dnsLimit}
		answer, _, err := client.ExchangeContext(ctx, question, s.setup.DNS.String())
		switch {
		case err != nil:
			s.short("looking up a name", err)
			return nil, fmt.Errorf("look-up of %s: %w", name, err)
		case answer.Truncated && network == "udp":
			continue
		case answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError:
			return nil, fmt.Errorf("look-up of %s: %s", name, dns.RcodeToString[answer.Rcode])
		}
		return answer.Answer, nil
	}
	return nil, fmt.Errorf("look-up of %s: no complete answer", name)
}
