package profile

import (
	"time"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Before is another default that a setting has while a setting that is a date is
// before a day: what holds for customers of old.
type Before struct {
	Setting string `yaml:"setting"`
	Date    string `yaml:"date"` // YYYY-MM-DD
	Default string `yaml:"default"`
}

// isDate reports whether text is a date, YYYY-MM-DD. Such texts sort by time.
func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// since gives settings that were not chosen their defaults of old.
func since(settings map[string]Setting, chosen, values map[string]string) {
	for name, s := range settings {
		if _, said := chosen[name]; said || s.Before == nil {
			continue
		}
		if values[s.Before.Setting] < s.Before.Date {
			values[name] = s.Before.Default
		}
	}
}

// checkDated checks what a setting has to do with dates.
func (c *checker) checkDated(place yamlfile.Path, name string, s Setting) {
	if s.Date {
		if len(s.Values) > 0 || s.Before != nil {
			c.wrong(place, "the setting %q is a date: remove values and before, which it cannot have", name)
		}
		c.date(place.To("default"), s.Default)
	}
	b, place := s.Before, place.To("before")
	if b == nil {
		return
	}
	c.date(place.To("date"), b.Date)
	c.oneOf(place.To("default"), "value", b.Default, s.Values)
	var dates []string
	for name, other := range c.Settings {
		if other.Date {
			dates = append(dates, name)
		}
	}
	if len(dates) == 0 {
		c.wrong(place.To("setting"), "no setting is a date: add one with date: true, or remove before")
		return
	}
	c.oneOf(place.To("setting"), "date", b.Setting, dates)
}

func (c *checker) date(place yamlfile.Path, text string) {
	if !isDate(text) {
		c.wrong(place, "%q is not a date: write one such as 2022-04-01", text)
	}
}
