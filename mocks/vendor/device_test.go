package vendor

import (
	"crypto/x509"
	"slices"
	"testing"
)

// TestDeviceRules checks which names and roots the vendor takes, by settings.
func TestDeviceRules(t *testing.T) {
	t.Parallel()
	const device = "sbc.test"
	called := []string{"called.test"}
	for name, c := range map[string]struct {
		vendor, product string
		settings        map[string]string
		names           []string
		roots           int // of two
		wildcards       bool
	}{
		"the host that is called": {"genesys", "byoc-cloud", map[string]string{"wildcard_certificate": "refuse"}, called, 2, false},
		"wildcards":               {"genesys", "byoc-cloud", map[string]string{"wildcard_certificate": "accept"}, called, 2, true},
		"any name":                {"cisco", "ucm", map[string]string{"subject_name": "any"}, nil, 2, false},
		"its own":                 {"cisco", "ucm", map[string]string{"subject_name": "own"}, []string{device}, 2, false},
		"another's":               {"cisco", "ucm", map[string]string{"subject_name": "other"}, []string{"other.sbc.test"}, 2, false},
		"a list": {"cisco", "ucm", map[string]string{"subject_name": "listed"},
			[]string{"one.sbc.test", "two.sbc.test", "three.sbc.test", device, "four.sbc.test"}, 2, false},
		"not uploaded": {"cisco", "ucm", map[string]string{"certificate_uploaded": "off"}, []string{device}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := Config{Product: product(t, c.vendor, c.product), DeviceName: device, DeviceRoots: make([]*x509.Certificate, 2)}
			settings, err := config.Product.SettingValues(config.Product.Revisions[0], c.settings)
			if err != nil {
				t.Fatal(err)
			}
			rules := config.DeviceRules(settings, called)
			if !slices.Equal(rules.Names, c.names) || len(rules.Roots) != c.roots || rules.Wildcards != c.wildcards {
				t.Errorf("takes %q, wildcards %v, %d roots; want %q, %v, %d",
					rules.Names, rules.Wildcards, len(rules.Roots), c.names, c.wildcards, c.roots)
			}
			if rules.AnyUsage != config.Product.Mutual() {
				t.Errorf("any usage: %v", rules.AnyUsage)
			}
		})
	}
}

// TestSplitSubjects has the separators of CU-TRK-07.
func TestSplitSubjects(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"a.example":                       {"a.example"},
		"a.example b.example":             {"a.example", "b.example"},
		"a.example,b.example;c.example:d": {"a.example", "b.example", "c.example", "d"},
		" a.example , ; : b.example ":     {"a.example", "b.example"},
		"":                                nil,
	} {
		if got := SplitSubjects(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}
