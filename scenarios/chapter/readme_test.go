package chapter

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// TestReadme: README.md has every chapter, way, case and ask.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := func(what, name string) {
		t.Helper()
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("README.md does not name the %s %q", what, name)
		}
	}
	for name, f := range families() {
		named("chapter", name)
		rows := strings.Split(string(text), "\n| `"+name+"` |") // the table of fields may have the word too
		row, _, _ := strings.Cut(rows[len(rows)-1], "\n")
		if ways := "| `" + strings.Join(f.ways, "` `") + "` |"; !strings.Contains(row, ways) {
			t.Errorf("README.md does not have the ways of %s: %s", name, ways)
		}
		for _, inbound := range []string{callOutWay, listenerWay} {
			e := &entry{product: &profile.Product{Revisions: make([]profile.Revision, 1)}}
			e.way = e.ways()[inbound]
			for _, one := range f.cases(e) {
				if _, recipe := certs.RecipeByName(one); recipe || strings.Contains(one, "/") {
					continue // said as a family
				}
				named("case", one)
			}
		}
	}
	e := &entry{product: &profile.Product{Revisions: make([]profile.Revision, 1)}}
	for name := range e.ways() {
		named("way", name)
	}
	for _, name := range slices.Sorted(maps.Keys(e.vocabulary())) {
		row := "| `" + name + "` | " + e.vocabulary()[name].expected + " |"
		if !strings.Contains(string(text), row) {
			t.Errorf("README.md lacks the row\n%s", row)
		}
	}
}
