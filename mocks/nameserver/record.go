package nameserver

import (
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// DefaultTTL is the time to live of a record without [Record.TTL].
const DefaultTTL = 60 * time.Second

// Records are the contents of a zone.
type Records []Record

// Record is one resource record. Make it with [Address], [A], [AAAA], [SRV] or [NAPTR]; names need no trailing dot.
type Record struct {
	rr dns.RR
}

// A returns an address record, RFC 1035 §3.4.1. The address must be IPv4.
func A(name string, address netip.Addr) Record {
	return Record{&dns.A{Hdr: header(name, dns.TypeA), A: net.IP(address.Unmap().AsSlice())}}
}

// AAAA returns an address record, RFC 3596 §2.2. The address must be IPv6.
func AAAA(name string, address netip.Addr) Record {
	return Record{&dns.AAAA{Hdr: header(name, dns.TypeAAAA), AAAA: net.IP(address.Unmap().AsSlice())}}
}

// Address returns [A] or [AAAA], by the family of the address.
func Address(name string, address netip.Addr) Record {
	if address.Unmap().Is6() {
		return AAAA(name, address)
	}
	return A(name, address)
}

// NAPTR returns a record that leads from a domain to its service records, RFC 3263 §4.1: the service is "SIPS+D2T",
// "SIP+D2T" or "SIP+D2U", and the replacement the name of SRV records, such as "_sips._tcp.example.com".
func NAPTR(name string, order, preference uint16, service, replacement string) Record {
	return Record{&dns.NAPTR{
		Hdr:   header(name, dns.TypeNAPTR),
		Order: order, Preference: preference, Flags: "s", Service: service, Replacement: dns.Fqdn(replacement),
	}}
}

// SRV returns a service record, RFC 2782, for a name such as "_sips._tcp.example.sip.twilio.com".
func SRV(name string, priority, weight, port uint16, target string) Record {
	return Record{&dns.SRV{
		Hdr:      header(name, dns.TypeSRV),
		Priority: priority, Weight: weight, Port: port, Target: dns.Fqdn(target),
	}}
}

// TTL returns the record with another time to live, in whole seconds. 0 forbids caching.
func (r Record) TTL(ttl time.Duration) Record {
	r.rr = dns.Copy(r.rr)
	r.rr.Header().Ttl = uint32(ttl / time.Second)
	return r
}

// Name returns the record's owner, in lower case, with a trailing dot.
func (r Record) Name() string { return r.rr.Header().Name }

func header(name string, rrtype uint16) dns.RR_Header {
	return dns.RR_Header{
		Name: dns.CanonicalName(name), Rrtype: rrtype, Class: dns.ClassINET,
		Ttl: uint32(DefaultTTL / time.Second),
	}
}

// problem says what is wrong with the record, or "" if it is sound.
func (r Record) problem() string {
	if r.rr == nil {
		return "is empty: make it with Address or SRV"
	}
	if _, ok := dns.IsDomainName(r.Name()); !ok || r.Name() == "." {
		return "has no valid domain name"
	}
	switch rr := r.rr.(type) {
	case *dns.A:
		if len(rr.A) != net.IPv4len {
			return "is an A record without an IPv4 address"
		}
	case *dns.AAAA:
		if len(rr.AAAA) != net.IPv6len {
			return "is an AAAA record without an IPv6 address"
		}
	}
	return ""
}

// data returns the record's type and data as in a zone file.
func data(rr dns.RR) string {
	return dns.TypeToString[rr.Header().Rrtype] + " " + rr.String()[len(rr.Header().String()):]
}
