package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestChoose: what is served by default, and what the first line says of it.
func TestChoose(t *testing.T) {
	t.Parallel()
	none := ""
	for name, c := range map[string]struct {
		vendor string
		said   serveFlags
		want   string
	}{
		"the product most used": {"cisco", serveFlags{asOf: "2026-01-01"},
			"serving cisco ucm (the product most used; --product has imp), revision release-15su2, in force since 2024-09-01 (that of 2026-01-01; "},
		"of the past": {"twilio", serveFlags{asOf: "2022-06-01", product: "voice"},
			"serving twilio voice, revision seed-era, in force from 2022-04-01 until 2023-04-01 (that of 2022-06-01; --profile has current); "},
		"before any":   {"twilio", serveFlags{asOf: "1999-06-01", product: "voice"}, "serving twilio voice, revision seed-era, in force from 2022-04-01"},
		"by name":      {"genesys", serveFlags{revision: "seed-era", product: "byoc-premises"}, "serving genesys byoc-premises, revision seed-era, in force since 2019-01-01; "},
		"the only one": {"infobip", serveFlags{asOf: "2026-01-01"}, "serving infobip rest, revision seed-era, in force since 2023-01-01; "},
	} {
		c.said.vendors = &none
		chosen, err := choose(&c.said, c.vendor)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := chosen.heading(nil); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	var all []vendor.Listener
	for _, listener := range []string{"udp", "tcp", "tls", "tls lb02", "port 443", "port 8443"} {
		all = append(all, vendor.Listener{Name: listener, Address: netip.MustParseAddrPort("192.0.2.10:5061")})
	}
	chosen, err := choose(&serveFlags{vendors: &none}, "genesys")
	if err != nil {
		t.Fatal(err)
	}
	if got := chosen.heading(all); !strings.HasSuffix(got, "tls 192.0.2.10:5061, tls lb02 192.0.2.10:5061 and 2 more") {
		t.Errorf("the heading is %q", got)
	}
}
