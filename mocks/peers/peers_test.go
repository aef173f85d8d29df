package peers

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

func addr(text string) netip.Addr {
	a, _ := netip.ParseAddr(text) // "" is the zero Addr
	return a
}

// TestMedia: where media goes and where it does not, for a device whose addresses are known and for one that is known by
// its signalling alone.
func TestMedia(t *testing.T) {
	t.Parallel()
	loopback := Peers{Device: []netip.Addr{addr("127.1.1.2"), addr("127.0.0.1")}}
	network := Peers{Device: []netip.Addr{addr("192.0.2.7"), addr("2001:db8::7"), addr("fe80::7%eth0")}}
	mapped := Peers{Device: []netip.Addr{addr("::ffff:192.0.2.7")}}
	for _, c := range []struct {
		who      string
		peers    Peers
		from, to string
		want     observation.AddressFault
	}{
		{"loopback", loopback, "127.1.1.2", "127.1.1.2", ""},
		{"loopback", loopback, "127.1.1.2", "127.0.0.1", ""},
		{"loopback", loopback, "127.1.1.2", "::ffff:127.1.1.2", ""},
		{"loopback", loopback, "127.1.1.2", "127.1.1.1", observation.NotDevice},
		{"loopback", loopback, "127.1.1.2", "127.1.2.2", observation.NotDevice},
		{"loopback", loopback, "127.1.1.2", "127.0.0.53", observation.NotDevice},
		{"loopback", loopback, "127.1.1.2", "::1", observation.NotDevice},
		{"loopback", loopback, "127.1.1.2", "::1%lo", observation.NotDevice},
		{"loopback", loopback, "127.1.1.2", "127.255.255.255", observation.Broadcast},
		{"loopback", loopback, "127.1.1.2", "255.255.255.255", observation.Broadcast},
		{"loopback", loopback, "127.1.1.2", "::ffff:255.255.255.255", observation.Broadcast},
		{"loopback", loopback, "127.1.1.2", "224.0.0.1", observation.Multicast},
		{"loopback", loopback, "127.1.1.2", "::ffff:239.1.1.1", observation.Multicast},
		{"loopback", loopback, "127.1.1.2", "ff02::1", observation.Multicast},
		{"loopback", loopback, "127.1.1.2", "ff02::1%eth0", observation.Multicast},
		{"loopback", loopback, "127.1.1.2", "0.0.0.0", observation.Unspecified},
		{"loopback", loopback, "127.1.1.2", "::", observation.Unspecified},
		{"loopback", loopback, "127.1.1.2", "::ffff:0.0.0.0", observation.Unspecified},
		{"loopback", loopback, "127.1.1.2", "", observation.Unspecified},
		{"loopback", loopback, "127.1.1.2", "192.0.2.1", observation.NotLoopback},
		{"loopback", loopback, "127.1.1.2", "::ffff:192.0.2.1", observation.NotLoopback},
		{"loopback", loopback, "127.1.1.2", "2001:db8::1", observation.NotLoopback},
		{"loopback", loopback, "127.1.1.2", "fe80::1%eth0", observation.NotLoopback},
		{"loopback", loopback, "127.1.1.2", "169.254.169.254", observation.NotLoopback},

		{"network", network, "192.0.2.7", "192.0.2.7", ""},
		{"network", network, "192.0.2.7", "2001:db8::7", ""},
		{"network", network, "192.0.2.7", "fe80::7%eth0", ""},
		{"network", network, "192.0.2.7", "fe80::7", observation.NotDevice},
		{"network", network, "192.0.2.7", "fe80::7%eth1", observation.NotDevice},
		{"network", network, "192.0.2.7", "192.0.2.255", observation.NotDevice},
		{"network", network, "192.0.2.7", "192.0.2.8", observation.NotDevice},
		{"network", network, "192.0.2.7", "127.0.0.1", observation.NotDevice},
		{"network", network, "192.0.2.7", "::1", observation.NotDevice},
		{"network", network, "192.0.2.7", "224.0.0.1", observation.Multicast},

		{"mapped", mapped, "192.0.2.7", "192.0.2.7", ""},
		{"mapped", mapped, "192.0.2.7", "::ffff:192.0.2.7", ""},
		{"mapped", mapped, "192.0.2.7", "192.0.2.8", observation.NotDevice},

		{"alone", Peers{}, "127.0.0.1", "127.0.0.1", ""},
		{"alone", Peers{}, "127.0.0.1", "127.3.0.1", ""},
		{"alone", Peers{}, "127.0.0.1", "::1", ""},
		{"alone", Peers{}, "127.0.0.1", "::1%lo", observation.NotDevice},
		{"alone", Peers{}, "127.0.0.1", "127.255.255.255", observation.Broadcast},
		{"alone", Peers{}, "127.0.0.1", "192.0.2.1", observation.NotLoopback},
		{"alone", Peers{}, "::1", "2001:db8::1", observation.NotLoopback},
		{"alone", Peers{}, "192.0.2.7", "192.0.2.7", ""},
		{"alone", Peers{}, "::ffff:192.0.2.7", "192.0.2.7", ""},
		{"alone", Peers{}, "192.0.2.7", "192.0.2.8", observation.NotDevice},
		{"alone", Peers{}, "192.0.2.7", "127.0.0.1", observation.NotDevice},
		{"alone", Peers{}, "192.0.2.7", "ff0e::1", observation.Multicast},
		{"alone", Peers{}, "192.0.2.7", "0.0.0.0", observation.Unspecified},
	} {
		if got := c.peers.Media(addr(c.to), addr(c.from)); got != c.want {
			t.Errorf("%s, signalling from %s: media to %q is %q, want %q", c.who, c.from, c.to, got, c.want)
		}
	}
}

// TestCheck: a mock connects where its owner says, and in loopback to nothing beyond.
func TestCheck(t *testing.T) {
	t.Parallel()
	local := NewGate(Peers{Device: []netip.Addr{addr("127.1.1.2")}}, observation.NewLog())
	for _, c := range []struct {
		who  string
		gate *Gate
		to   string
		want observation.AddressFault
	}{
		{"loopback", local, "127.1.1.1", ""},
		{"loopback", local, "::ffff:127.1.1.1", ""},
		{"loopback", local, "::1", ""},
		{"loopback", local, "192.0.2.1", observation.NotLoopback},
		{"loopback", local, "::ffff:192.0.2.1", observation.NotLoopback},
		{"loopback", local, "fe80::1%eth0", observation.NotLoopback},
		{"loopback", local, "0.0.0.0", observation.Unspecified},
		{"loopback", local, "224.0.0.1", observation.Multicast},
		{"alone", nil, "192.0.2.1", ""},
		{"alone", nil, "::", observation.Unspecified},
		{"alone", nil, "255.255.255.255", observation.Broadcast},
	} {
		err := c.gate.Check(netip.AddrPortFrom(addr(c.to), 5061))
		var fault *AddressError
		if errors.As(err, &fault); fault == nil && c.want != "" || fault != nil && fault.Fault != c.want {
			t.Errorf("%s: connecting to %s gives %v, want %q", c.who, c.to, err, c.want)
		}
	}
}

// TestAdmits: strangers are turned away, and logged the first time and each tenfold.
func TestAdmits(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	gate := NewGate(Peers{Device: []netip.Addr{addr("127.1.1.2")}}, log)
	for _, c := range []struct {
		from string
		want bool
	}{{"127.1.1.2", true}, {"::ffff:127.1.1.2", true}, {"127.0.0.1", false}, {"::1", false}, {"127.1.1.2%", false}} {
		if got := gate.Admits(observation.UDP, netip.AddrPortFrom(addr(c.from), 9)); got != c.want {
			t.Errorf("from %s: taken is %t", c.from, got)
		}
	}
	before := len(log.Events())
	for range 5000 {
		gate.Admits(observation.UDP, netip.MustParseAddrPort("127.1.9.2:9"))
	}
	if n := len(log.Events()) - before; n != 4 {
		t.Errorf("5000 datagrams of a stranger are %d events", n)
	}
	if mapped := NewGate(Peers{Device: []netip.Addr{addr("::ffff:192.0.2.7")}}, log); !mapped.Admits("", netip.MustParseAddrPort("192.0.2.7:9")) {
		t.Error("a device whose address is mapped to IPv6 is turned away")
	}
	if !(*Gate)(nil).Admits(observation.UDP, netip.MustParseAddrPort("192.0.2.1:9")) {
		t.Error("a mock alone turns somebody away")
	}
}
