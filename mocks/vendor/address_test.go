package vendor

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

func address(text string) netip.Addr { return netip.MustParseAddr(text) }

func TestUsable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, want, problem string }{
		{"192.0.2.1", "192.0.2.1", ""},
		{"127.0.0.1", "127.0.0.1", ""},
		{"169.254.1.1", "169.254.1.1", ""},
		{"::ffff:192.0.2.1", "192.0.2.1", ""},
		{"2001:db8::1", "2001:db8::1", ""},
		{"fd00::1", "fd00::1", ""},
		{"::1", "::1", ""},
		{"", "", "is missing"},
		{"0.0.0.0", "", "stands for every address of the machine: name the one"},
		{"::", "", "stands for every address of the machine: name the one"},
		{"::ffff:0.0.0.0", "", "stands for every address of the machine: name the one"},
		{"224.0.0.1", "", "is not the address of one host"},
		{"ff02::1", "", "is not the address of one host"},
		{"255.255.255.255", "", "is not the address of one host"},
		{"fe80::1", "", "name a global address"},
		{"fe80::1%eth0", "", "name a global address"},
		{"2001:db8::1%eth0", "", "name a global address"},
	} {
		var given netip.Addr
		if c.address != "" {
			given = address(c.address)
		}
		got, err := Usable(given)
		switch {
		case c.problem == "" && (err != nil || got != address(c.want)):
			t.Errorf("%s: got %s, %v", c.address, got, err)
		case c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)):
			t.Errorf("%s: got %v, want an error with %q", c.address, err, c.problem)
		}
	}
}

// TestCompleteChecksAddresses looks at each field that has addresses.
func TestCompleteChecksAddresses(t *testing.T) {
	t.Parallel()
	four, six, wild := address("192.0.2.1"), address("2001:db8::1"), address("0.0.0.0")
	mapped := address("::ffff:192.0.2.1")
	for _, c := range []struct {
		name    string
		set     func(*Config)
		problem string
	}{
		{"good ones", func(c *Config) {
			c.Addresses, c.Peers.Device = []netip.Addr{mapped}, []netip.Addr{mapped}
			c.Advertised, c.Twins = map[netip.Addr]netip.Addr{mapped: four}, map[netip.Addr]netip.Addr{mapped: six}
		}, ""},
		{"a wildcard to listen at", func(c *Config) { c.Addresses = []netip.Addr{four, wild} }, "0.0.0.0 stands for every"},
		{"a wildcard for the device", func(c *Config) { c.Peers = peers.Peers{Device: []netip.Addr{wild}} }, "the address of the device"},
		{"a wildcard to advertise", func(c *Config) { c.Advertised = map[netip.Addr]netip.Addr{four: wild} }, "what is advertised"},
		{"another family to advertise", func(c *Config) { c.Advertised = map[netip.Addr]netip.Addr{four: six} }, "cannot be advertised"},
		{"a wildcard for a twin", func(c *Config) { c.Twins = map[netip.Addr]netip.Addr{six: wild} }, "the twins"},
		{"a twin of the same family", func(c *Config) { c.Twins = map[netip.Addr]netip.Addr{four: address("192.0.2.2")} }, "no twins"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := Config{Product: product(t, "twilio", "voice"), Name: "s1", Log: observation.NewLog(),
				Certificate: func(Host) (tls.Certificate, error) { return tls.Certificate{}, nil }}
			c.set(&config)
			_, err := config.Complete()
			if c.problem == "" {
				if err != nil || config.Addresses[0] != four || config.Peers.Device[0] != four || config.Twins[four] != six {
					t.Errorf("got %+v, %v; want IPv4 addresses as such", config, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("got %v, want an error with %q", err, c.problem)
			}
		})
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	inside, outside, six := address("10.0.0.1"), address("203.0.113.1"), address("2001:db8::1")
	c := Config{Advertised: map[netip.Addr]netip.Addr{inside: outside}, Twins: map[netip.Addr]netip.Addr{inside: six}}
	if got := c.Reach(inside); !slices.Equal(got, []netip.Addr{outside, six}) {
		t.Errorf("devices reach %s by %v", inside, got)
	}
	if got := c.Reach(six); !slices.Equal(got, []netip.Addr{six}) {
		t.Errorf("devices reach %s by %v", six, got)
	}
}
