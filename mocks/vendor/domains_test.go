package vendor

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/profile"
)

// TestDomains has what an authority of each product may vouch for.
func TestDomains(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"twilio-voice":    {"twilio.com"},
		"twilio-trunking": {"twilio.com"},
		"genesys-byoc-cloud": {
			"byoc.ap-northeast-1.mypurecloud.jp", "byoc.aps1.pure.cloud", "byoc.eu-central-1.mypurecloud.de",
			"byoc.eu-west-1.mypurecloud.ie", "byoc.region.test", "pc-voice.usw2.pure.cloud", "voice.use2.us-gov-pure.cloud",
		},
		"genesys-byoc-premises": {"organisation.test"},
		"cisco-ucm":             {"organisation.test"},
		"cisco-imp":             {"organisation.test"},
		"infobip-rest":          {"infobip.com"},
	} {
		vendor, name, _ := strings.Cut(name, "-")
		got, err := Domains(product(t, vendor, name), "lab7")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s %s: %q, %v; want %q", vendor, name, got, err, want)
		}
	}
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil || len(products) != 7 {
		t.Errorf("there are %d products, %v: the test has 7", len(products), err)
	}
}

// TestAbove: no domain is so high that others have a part of it.
func TestAbove(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"s1.sip.carrier.com":      "carrier.com",
		"east.s1.sip.carrier.com": "sip.carrier.com",
		"s1.carrier.com":          "carrier.com",
		"s1.carrier.co.uk":        "carrier.co.uk",
		"s1.sip.carrier.co.uk":    "carrier.co.uk",
		"s1.sip.carrier.example":  "carrier.example",
		"carrier.com":             "carrier.com",
		"localhost":               "localhost",
	} {
		if got := above(host); got != want {
			t.Errorf("above %s is %s, want %s", host, got, want)
		}
	}
}
