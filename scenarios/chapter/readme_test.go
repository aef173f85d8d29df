package chapter

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes/tables"
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

// TestEveryOfferIsAsked: what the table of offers leaves a device free to do has an exchange,
// which says what follows, and every exchange says what it is about.
func TestEveryOfferIsAsked(t *testing.T) {
	t.Parallel()
	exchanged := make(map[string]bool)
	for _, x := range exchanges {
		exchanged[x.name] = true
		if _, tabled := tables.OfferNamed(x.name); tabled == (x.title != "") || tabled == (x.requirement != "") {
			t.Errorf("%s has its title and requirement not from one place", x.name)
		}
	}
	for _, o := range tables.Offers() {
		if exchanged[o.Name] != (o.Asked == tables.Free) {
			t.Errorf("%s is asked %q, and is an exchange: %t", o.Name, o.Asked, exchanged[o.Name])
		}
	}
}
