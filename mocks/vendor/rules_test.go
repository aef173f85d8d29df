package vendor

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// TestRules checks the versions that a server takes, by revision and settings.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor, product, revision string
		settings                  map[string]string
		lowest, highest           uint16
		allowed                   uint16
	}{
		"seed-era":  {"twilio", "trunking", "seed-era", nil, tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS12},
		"switch on": {"twilio", "trunking", "seed-era", map[string]string{AllowDeprecatedTLS: "on"}, tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS10},
		"by alert": {"twilio", "trunking", "seed-era",
			map[string]string{DeprecatedRefusal: ByAlert}, tlspeer.TLS12, tlspeer.TLS12, tlspeer.TLS12},
		"by alert, but allowed": {"twilio", "trunking", "seed-era",
			map[string]string{DeprecatedRefusal: ByAlert, AllowDeprecatedTLS: "on"}, tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS10},
		"current, switch on": {"twilio", "trunking", "current",
			map[string]string{AllowDeprecatedTLS: "on"}, tlspeer.TLS12, tlspeer.TLS12, tlspeer.TLS12},
		"port table":      {"cisco", "ucm", "seed-era", map[string]string{profile.TLSMin: "TLS 1.1"}, tlspeer.TLS11, tlspeer.TLS12, tlspeer.TLS10},
		"port table, old": {"cisco", "ucm", "seed-era", map[string]string{profile.TLSMax: "TLS 1.0"}, tlspeer.TLS10, tlspeer.TLS10, tlspeer.TLS10},
		"port table, old below the floor": {"cisco", "ucm", "release-15su2",
			map[string]string{profile.TLSMax: "TLS 1.0"}, tlspeer.TLS10, tlspeer.TLS10, tlspeer.TLS10},
		"API": {"infobip", "rest", "seed-era", map[string]string{profile.TLSMin: "TLS 1.3"}, tlspeer.TLS13, tlspeer.TLS13, tlspeer.TLS12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := product(t, c.vendor, c.product)
			r, err := p.Named(c.revision)
			if err != nil {
				t.Fatal(err)
			}
			settings, err := p.SettingValues(r, c.settings)
			if err != nil {
				t.Fatal(err)
			}
			rules, err := Rules(r, settings, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if rules.MinVersion != c.lowest || rules.MaxVersion != c.highest {
				t.Errorf("takes %s to %s, want %s to %s", tlspeer.VersionName(rules.MinVersion), tlspeer.VersionName(rules.MaxVersion),
					tlspeer.VersionName(c.lowest), tlspeer.VersionName(c.highest))
			}
			if allowed := AllowedFrom(r, settings); allowed != c.allowed {
				t.Errorf("serves from %s, want %s", tlspeer.VersionName(allowed), tlspeer.VersionName(c.allowed))
			}
			if rules.ClientOrder != (settings[SuiteOrder] == "client") {
				t.Errorf("the client's order decides: %v", rules.ClientOrder)
			}
		})
	}
}

// TestNotEmulated checks that every suite of a revision is in the rules, or is reported as left out.
func TestNotEmulated(t *testing.T) {
	t.Parallel()
	p := product(t, "twilio", "voice")
	r := p.Revisions[0]
	settings, err := p.SettingValues(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := Rules(r, settings, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if listed, left := len(r.TLS.Suites), len(rules.Suites)+len(NotEmulated(r)); listed != left {
		t.Errorf("the revision lists %d suites; %d are accounted for", listed, left)
	}
}

// TestReplacedRules checks that the caller's suites and groups replace the revision's.
func TestReplacedRules(t *testing.T) {
	t.Parallel()
	p := product(t, "genesys", "byoc-cloud")
	r := p.Revisions[0]
	settings, err := p.SettingValues(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	suite, _ := tlspeer.SuiteByOpenSSLName("AES128-SHA")
	group, _ := tlspeer.GroupByName("x25519")
	rules, err := Rules(r, settings, []uint16{suite}, []uint16{group})
	if err != nil || len(rules.Suites) != 1 || rules.Suites[0] != suite || len(rules.Groups) != 1 || rules.Groups[0] != group {
		t.Errorf("got suites %v and groups %v, %v", rules.Suites, rules.Groups, err)
	}
}
