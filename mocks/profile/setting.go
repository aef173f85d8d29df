package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Setting is a switch of the product. The sources "unknown" and "inferred" mark
// a choice of the mock's own, which no device is judged by.
type Setting struct {
	Default string   `yaml:"default"`
	Values  []string `yaml:"values"`
	Source  string   `yaml:"source"`
	// Date is true of a setting whose value is a date, YYYY-MM-DD. It has no Values.
	Date bool `yaml:"date"`
	// Before is the default that holds if another setting is an early date; nil: none.
	Before *Before `yaml:"before"`
}

// The settings that every product has. They bound the versions that a handshake
// takes: "TLS 1.2". A product with a table of ports takes its lowest version from
// the table. Package vendor has the other settings that code knows by name.
const (
	TLSMin = "tls_min"
	TLSMax = "tls_max"
)

// The values of a setting that turns something on or off.
const (
	On  = "on"
	Off = "off"
)

// Choice is a list that is in force while every setting has one of the values.
type Choice struct {
	When   map[string][]string `yaml:"when"`
	Suites []string            `yaml:"suites"`
}

// Choose returns the first list whose settings hold; otherwise if none does.
func Choose(choices []Choice, settings map[string]string, otherwise []string) []string {
	for _, c := range choices {
		if holds(c.When, settings) {
			return c.Suites
		}
	}
	return otherwise
}

// SettingsOf returns the settings of a revision by name: its own, and the
// product's where it has none. The caller must not change them.
func (p *Product) SettingsOf(r Revision) map[string]Setting {
	if len(r.Settings) == 0 {
		return p.Settings
	}
	merged := make(map[string]Setting, len(p.Settings))
	maps.Copy(merged, p.Settings)
	maps.Copy(merged, r.Settings)
	return merged
}

// SettingValues returns the value of every setting of the revision: the chosen
// one, or the default. An unknown setting or value is an error that lists the
// known ones.
func (p *Product) SettingValues(r Revision, chosen map[string]string) (map[string]string, error) {
	settings := p.SettingsOf(r)
	values := make(map[string]string, len(settings))
	for name, s := range settings {
		values[name] = s.Default
	}
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		s, known := settings[name]
		if !known {
			return nil, fmt.Errorf("profile: %s %s has no setting %q; it has %s",
				p.Vendor, p.Product, name, strings.Join(slices.Sorted(maps.Keys(settings)), ", "))
		}
		if s.Date {
			if !isDate(chosen[name]) {
				return nil, fmt.Errorf("profile: setting %s takes a date such as %s, not %q", name, s.Default, chosen[name])
			}
		} else if !slices.Contains(s.Values, chosen[name]) {
			return nil, fmt.Errorf("profile: setting %s takes %s, not %q", name, strings.Join(s.Values, ", "), chosen[name])
		}
		values[name] = chosen[name]
	}
	since(settings, chosen, values)
	return values, nil
}

// holds tells whether every name has one of the values that are wanted of it.
func holds(when map[string][]string, values map[string]string) bool {
	for name, wanted := range when {
		if !slices.Contains(wanted, values[name]) {
			return false
		}
	}
	return true
}
