package main

import (
	"fmt"
	"net/netip"
	"testing"
)

// TestListen checks which addresses the hosts of a product with three of them get.
func TestListen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"127.0.0.1":                          "[127.0.0.1] 0",
		"127.0.0.1:5061":                     "[127.0.0.1 127.0.0.2 127.0.0.3] 5061",
		"127.0.0.255:5061":                   "[127.0.0.255 127.0.1.0 127.0.1.1] 5061",
		"127.0.0.1,127.0.0.7,127.0.0.9:5061": "[127.0.0.1 127.0.0.7 127.0.0.9] 5061",
		"127.0.0.1,127.0.0.7:5061":           "[127.0.0.1 127.0.0.7] 5061", // the last serves all that are left
		"127.0.0.1,127.0.0.7":                "[127.0.0.1 127.0.0.7] 0",
		"[2001:db8::1]:5061":                 "[2001:db8::1 2001:db8::2 2001:db8::3] 5061",
		"[2001:db8::1],[2001:db8::5]:5061":   "[2001:db8::1 2001:db8::5] 5061",
		"127.0.0.1,here:5061":                "error",
		"127.0.0.1,:5061":                    "error",
		"here,127.0.0.1:5061":                "error",
	} {
		first, further, err := splitListen(text)
		w := wanted{further: further}
		if err == nil {
			w.address, w.port, err = parseListen(first)
		}
		got := fmt.Sprint(w.addresses(3), w.port)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s (%v), want %s", text, got, err, want)
		}
	}
	one := wanted{address: netip.MustParseAddr("127.0.0.1"), port: 5061}
	if got := one.addresses(0); len(got) != 1 { // the domain is the host
		t.Errorf("a product without proxies has the addresses %v", got)
	}
}
