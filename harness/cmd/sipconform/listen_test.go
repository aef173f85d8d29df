package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// TestListen checks where --listen puts the hosts of a product with three of them.
func TestListen(t *testing.T) {
	t.Parallel()
	names := map[string][]netip.Addr{
		"bench":   {netip.MustParseAddr("192.0.2.10")},
		"mapped":  {netip.MustParseAddr("::ffff:192.0.2.10"), netip.MustParseAddr("192.0.2.10")},
		"both":    {netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")},
		"another": {netip.MustParseAddr("192.0.2.99")},
	}
	m := machine{lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
		if found := names[host]; found != nil {
			return append([]netip.Addr(nil), found...), nil
		}
		return nil, errors.New("no such host")
	}}
	for _, own := range []string{"192.0.2.10", "192.0.2.11", "2001:db8::10", "fe80::1"} {
		m.own = append(m.own, netip.MustParseAddr(own))
	}
	for text, want := range map[string]string{
		"127.0.0.1":                          "[127.0.0.1] 0",
		"127.0.0.1:5061":                     "[127.0.0.1 127.0.0.2 127.0.0.3] 5061",
		"127.0.0.1:15061":                    "[127.0.0.1 127.0.0.2 127.0.0.3] 15061",
		"127.0.0.255:443":                    "[127.0.0.255 127.0.1.0 127.0.1.1] 443",
		"127.0.0.1,127.0.0.7,127.0.0.9:5061": "[127.0.0.1 127.0.0.7 127.0.0.9] 5061",
		"127.0.0.1,127.0.0.7:5061":           "[127.0.0.1 127.0.0.7] 5061", // the last serves all that are left
		"127.0.0.1,127.0.0.7":                "[127.0.0.1 127.0.0.7] 0",
		"192.0.2.10:5061":                    "[192.0.2.10 192.0.2.11] 5061", // the machine has no more
		"192.0.2.11:5061":                    "[192.0.2.11] 5061",
		"bench:65535":                        "[192.0.2.10 192.0.2.11] 65535",
		"mapped":                             "[192.0.2.10] 0",
		"2001:db8::10":                       "[2001:db8::10] 0",
		"[2001:db8::10]":                     "[2001:db8::10] 0",
		"[2001:db8::10]:5061":                "[2001:db8::10] 5061",
		"[::1]:5061":                         "[::1] 5061",
		"[2001:db8::10],127.0.0.1:5061":      "[2001:db8::10 127.0.0.1] 5061",

		"0.0.0.0:5061":        "every address of this machine, and the vendor needs one that the device is told: use one of 192.0.2.10, 192.0.2.11, 2001:db8::10",
		"::":                  "every address",
		"[::]:5061":           "every address",
		"":                    "name the address",
		":5061":               "name the address",
		"127.0.0.1,:5061":     "name the address",
		"192.0.2.99:5061":     "192.0.2.99 is no address of this machine: use one of 192.0.2.10",
		"another":             "192.0.2.99 is no address of this machine",
		"both:5061":           "both has 2 addresses: name one of 192.0.2.10, 2001:db8::10",
		"nowhere":             `"nowhere" is neither an IP address nor a name that is known here`,
		"127.0.0.1,nowhere:1": `"nowhere" is neither`,
		"127.0.0.1:0":         `"0" is no port`,
		"127.0.0.1:65536":     `"65536" is no port`,
		"127.0.0.1:sips":      `"sips" is no port`,
		"127.0.0.1:1:2":       "write HOST:PORT",
		"[127.0.0.1:5061":     "write HOST:PORT",
	} {
		s, err := m.parseListen(t.Context(), text)
		got := fmt.Sprint(m.spread(s, 3), s.port)
		if err != nil {
			if got = err.Error(); !errors.As(err, new(usageError)) {
				t.Errorf("%s: %v is not the user's error", text, err)
			}
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := m.spread(site{[]netip.Addr{netip.MustParseAddr("127.0.0.1")}, 5061}, 0); len(got) != 1 { // the domain is the host
		t.Errorf("a product without proxies has the addresses %v", got)
	}
}
