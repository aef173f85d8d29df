package selftest

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/causes"
)

// loose are patterns that explain no cause which the source spells out: such a one has an entry of its own.
var loose = []string{"no-*", "*-refused"}

// TestCausesExplained: each cause that a judge can give beside a fail, or that keeps it from judging, has its entry, and no
// entry explains a cause that nobody gives.
func TestCausesExplained(t *testing.T) {
	t.Parallel()
	explained, err := causes.Load(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	m := parseModule(t)
	given := collectCauses(m)
	entries := explained.Causes()
	for _, cause := range given.names() {
		e, ok := explained.Lookup(cause)
		own := ok && slices.Contains(e.Causes, cause)
		if !ok || !own && slices.ContainsFunc(loose, func(p string) bool { return slices.Contains(e.Causes, p) }) {
			t.Errorf("%s gives the cause %s, which fixtures/causes.yaml does not explain", given.causes[cause], cause)
		}
	}
	if len(given.causes) < 200 {
		t.Errorf("found %d causes; there are more", len(given.causes))
	}
	parts := given.parts(t)
	for _, cause := range entries {
		if !given.gives(cause, parts) {
			t.Errorf("fixtures/causes.yaml explains %s, which nobody gives", cause)
		}
	}
}

// number is the end of a cause that has a status in it.
var number = regexp.MustCompile(`^[1-6][0-9][0-9]$`)

// gives tells whether a result can have a cause: the source spells it out, or it is one of a pattern's, and the rest is a
// status or stands in the source or the data.
func (c *causesGiven) gives(cause string, parts map[string]bool) bool {
	if c.causes[cause] != "" {
		return true
	}
	for _, pattern := range c.names() {
		before, after, wild := strings.Cut(pattern, "*")
		if wild && len(cause) > len(before)+len(after) && strings.HasPrefix(cause, before) && strings.HasSuffix(cause, after) {
			if rest := cause[len(before) : len(cause)-len(after)]; parts[rest] || number.MatchString(rest) {
				return true
			}
		}
	}
	return false
}

// word is what a cause may end in, in data.
var word = regexp.MustCompile(`[a-z0-9][a-z0-9.-]*`)

// parts are the words of the source's literals and of the embedded profiles and tables.
func (c *causesGiven) parts(t *testing.T) map[string]bool {
	t.Helper()
	parts := make(map[string]bool)
	for _, text := range c.literals {
		parts[text] = true
	}
	for _, folder := range []string{"profiles", "sdes"} {
		err := fs.WalkDir(fixtures.FS, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fixtures.FS, name)
			for _, w := range word.FindAllString(string(data), -1) {
				parts[w] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return parts
}
