package selftest

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/scenarios"
)

// mostOpen is how many sentences of the seeds may still wait for a scenario.
const mostOpen = 64

// TestSeeds: every requirement that cites a seed serves a sentence of it, every sentence is
// exercised as it says, or says why it is not, and the tests that it names exist. The test
// prints how many sentences are open.
func TestSeeds(t *testing.T) {
	t.Parallel()
	l := load(t)
	seeds, err := l.Requirements.Seeds(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	tests, exercised := testFunctions(t), l.Exercised()
	short := make(map[string]bool) // vendors that this machine cannot emulate completely
	for _, n := range l.NotEmulated {
		short[n.Vendor] = true
	}
	sentences, open := 0, 0
	cited := make(map[string][]string) // by seed
	for _, seed := range seeds {
		for _, s := range seed.Sentences {
			name := seed.Citation + ", " + s.Key
			sentences++
			if s.Open != "" {
				open++
			}
			cited[seed.Citation] = append(cited[seed.Citation], s.Rows...)
			if !short[seed.Vendor] {
				exercisedAsSaid(t, name, s, l, exercised)
			}
			for _, test := range s.Mocks {
				if !tests[test] {
					t.Errorf("%s: there is no test %s", name, test)
				}
			}
		}
	}
	for _, r := range l.Requirements.All() {
		for _, source := range r.Sources {
			if strings.HasPrefix(source, "seed ") && !slices.Contains(cited[source], r.ID) {
				t.Errorf("%s cites %s, of which no sentence has the row", r.ID, source)
			}
		}
	}
	fmt.Printf("seeds: %d sentences, %d of them open\n", sentences, open)
	if open > mostOpen {
		t.Errorf("%d sentences are open, %d may be", open, mostOpen)
	}
}

// exercisedAsSaid compares a sentence with the scenarios that there are: each of its
// patterns means some, all of its rows that are asked about are among them, and a reason
// stands only where nothing is asked. An open sentence may lack rows.
func exercisedAsSaid(t *testing.T, name string, s catalogue.Sentence, l *scenarios.Library, exercised map[string][]string) {
	var asked []string
	for _, pattern := range s.Scenarios {
		asking := plan.Asking(l.Scenarios, pattern, s.Requirements())
		if len(asking) == 0 {
			t.Errorf("%s: no scenario that asks about %s matches %s", name, strings.Join(s.Requirements(), " "), pattern)
		}
		for _, scenario := range asking {
			asked = append(asked, scenario.Requirements()...)
		}
	}
	for _, id := range s.Requirements() {
		switch {
		case len(exercised[id]) == 0 || s.Open != "":
		case s.Reason != "":
			t.Errorf("%s: %s asks about %s: name the scenario, and remove the reason", name, exercised[id][0], id)
		case !slices.Contains(asked, id):
			t.Errorf("%s: %s asks about %s, and no pattern means a scenario that does", name, exercised[id][0], id)
		}
	}
}

// testFunction is the declaration of a test.
var testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// testFunctions are the tests of the mocks and of the certificates, such as
// mocks/cisco.TestPortTables.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	for _, folder := range []string{"mocks", "certs"} {
		sources(t, folder, func(name, file string) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range testFunction.FindAllSubmatch(text, -1) {
				all[path.Dir(name)+"."+string(found[1])] = true
			}
		})
	}
	return all
}
