package sipwire

import (
	"net/netip"
	"testing"
)

// TestIPv6References reads the URIs and Via of the torture tests for IPv6, RFC 5118.
func TestIPv6References(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		section, uri string
		host         string // "" if the URI is not one
		port         uint16
	}{
		{"4.1", "sip:[2001:db8::10]", "[2001:db8::10]", 0},
		{"4.2", "sip:2001:db8::10", "", 0},
		{"4.3", "sip:[2001:db8::10:5070]", "[2001:db8::10:5070]", 0},
		{"4.4", "sip:[2001:db8::10]:5070", "[2001:db8::10]", 5070},
		{"4.9", "sip:user@[::ffff:192.0.2.10]:5071", "[::ffff:192.0.2.10]", 5071},
		{"4.10", "sip:user@example.com", "example.com", 0},
		{"no zones", "sip:[fe80::1%eth0]", "", 0},
		{"no zones", "sip:[fe80::1%25eth0]", "", 0},
	} {
		got, err := ParseURI(c.uri)
		if (err == nil) != (c.host != "") || got.Host != c.host || got.Port != c.port {
			t.Errorf("section %s: %s has host %q and port %d (%v), want %q and %d", c.section, c.uri, got.Host, got.Port, err, c.host, c.port)
		}
	}
	for _, c := range []struct{ section, via, host, received string }{
		{"4.1", "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111", "[2001:db8::9:1]", ""},
		{"4.5", "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3", "[2001:db8::9:1]", "[2001:db8::9:255]"},
		{"4.5", "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3", "[2001:db8::9:1]", "2001:db8::9:255"},
		{"4.6", "SIP/2.0/UDP [2001:db8::9:1]:5060;received=2001:db8::9:255;branch=z9hG4bKas3", "[2001:db8::9:1]", "2001:db8::9:255"},
	} {
		got, err := ParseVia(c.via)
		if err != nil || got.Host != c.host || got.Params.Get("received") != c.received || got.String() != c.via {
			t.Errorf("section %s: %s was read as %+v, %v", c.section, c.via, got, err)
		}
	}
}

// TestMarkReceivedOverIPv6: received has no brackets (RFC 3261 §25.1), and is left out where the sent-by is the source,
// however that is written.
func TestMarkReceivedOverIPv6(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, via, want string }{
		{"[2001:db8::1]:40000", "SIP/2.0/UDP [2001:db8::1];branch=1", "SIP/2.0/UDP [2001:db8::1];branch=1"},
		{"[2001:db8::1]:40000", "SIP/2.0/UDP [2001:DB8:0:0::1];branch=1", "SIP/2.0/UDP [2001:DB8:0:0::1];branch=1"},
		{"[2001:db8::1]:40000", "SIP/2.0/UDP [fd00::9];rport;branch=1", "SIP/2.0/UDP [fd00::9];rport=40000;branch=1;received=2001:db8::1"},
		{"[2001:db8::1]:40000", "SIP/2.0/UDP host;branch=1", "SIP/2.0/UDP host;branch=1;received=2001:db8::1"},
		{"[fe80::1%eth0]:40000", "SIP/2.0/UDP host;branch=1", "SIP/2.0/UDP host;branch=1;received=fe80::1"},
		{"[fe80::1%eth0]:40000", "SIP/2.0/UDP [fe80::1];branch=1", "SIP/2.0/UDP [fe80::1];branch=1"},
		{"192.0.2.1:40000", "SIP/2.0/UDP [::ffff:192.0.2.1];branch=1", "SIP/2.0/UDP [::ffff:192.0.2.1];branch=1"},
		{"[::ffff:192.0.2.1]:40000", "SIP/2.0/UDP 192.0.2.1;branch=1", "SIP/2.0/UDP 192.0.2.1;branch=1"},
	} {
		m := NewRequest("OPTIONS", "sip:a@b")
		m.Add("Via", c.via)
		m.MarkReceived(netip.MustParseAddrPort(c.source))
		if got := m.Get("Via"); got != c.want {
			t.Errorf("from %s, %q became %q, want %q", c.source, c.via, got, c.want)
		}
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "[2001:db8::1]", "fe80::1%eth0": "[fe80::1]",
	} {
		if got := Host(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is written %s, want %s", address, got, want)
		}
	}
}
