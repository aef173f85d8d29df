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
}

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
// product's where it has none.
func (p *Product) SettingsOf(r Revision) map[string]Setting {
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
		if !slices.Contains(s.Values, chosen[name]) {
			return nil, fmt.Errorf("profile: setting %s takes %s, not %q", name, strings.Join(s.Values, ", "), chosen[name])
		}
		values[name] = chosen[name]
	}
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

// occurs finds a condition that can never hold, because the setting does not
// exist or never has the value.
func occurs(when map[string][]string, settings map[string]Setting) error {
	for name, values := range when {
		for _, value := range values {
			if !slices.Contains(settings[name].Values, value) {
				return fmt.Errorf("the setting %s is never %q", name, value)
			}
		}
	}
	return nil
}
