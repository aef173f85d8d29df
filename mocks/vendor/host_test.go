package vendor

import (
	"reflect"
	"testing"
)

// TestHosts checks the names that devices connect to, and those in the hosts' certificates.
func TestHosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor, product, customer string
		want                      []Host // the first two
		count                     int
	}{
		"domain": {"twilio", "voice", "s1", []Host{{Name: "s1.sip.twilio.com", DNSNames: []string{"*.sip.twilio.com"}}}, 1},
		"proxies": {"genesys", "byoc-cloud", "s1", []Host{
			{Name: "lb01.s1.byoc.region.test", DNSNames: []string{"lb01.s1.byoc.region.test", "s1.byoc.region.test"}},
			{Name: "lb02.s1.byoc.region.test", DNSNames: []string{"lb02.s1.byoc.region.test", "s1.byoc.region.test"}},
		}, 4},
		"sites": {"infobip", "rest", "s1", []Host{
			{Name: "rest.api-s1.infobip.com", DNSNames: []string{"*.api-s1.infobip.com"}, Endpoint: "production"},
			{Name: "api-s1.infobip.com", DNSNames: []string{"api-s1.infobip.com"}, Endpoint: "production"},
		}, 8},
		"a shared site that is the customer's own": {"infobip", "rest", "us", []Host{
			{Name: "rest.api-us.infobip.com", DNSNames: []string{"*.api-us.infobip.com"}, Endpoint: "production"},
			{Name: "api-us.infobip.com", DNSNames: []string{"api-us.infobip.com"}, Endpoint: "production"},
		}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts, err := Hosts(product(t, c.vendor, c.product), c.customer)
			if err != nil || len(hosts) != c.count {
				t.Fatalf("got %+v, %v; want %d hosts", hosts, err, c.count)
			}
			if got := hosts[:len(c.want)]; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTrunk(t *testing.T) {
	t.Parallel()
	with, without := product(t, "genesys", "byoc-cloud"), product(t, "twilio", "trunking")
	host, group := TrunkHost(with, "s1"), TrunkGroup(with, "s1")
	if host != "trunk.s1.byoc.region.test" || group != ";tgrp=s1;trunk-context=byoc.region.test" {
		t.Errorf("got %q and %q", host, group)
	}
	if host, group := TrunkHost(without, "s1"), TrunkGroup(without, "s1"); host != "" || group != "" {
		t.Errorf("a product without trunks has %q and %q", host, group)
	}
}
