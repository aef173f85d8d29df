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
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
)

// mostOpen is how many sentences of the seeds may still wait for a scenario.
const mostOpen = 0

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
				for _, fault := range unlike(s, l.Scenarios, exercised) {
					t.Errorf("%s: %s", name, fault)
				}
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

// unlike says where a sentence and the scenarios that there are differ: each of its patterns
// means some, all of its rows that are asked about are among them, and a reason stands only
// where nothing is asked. An open sentence may lack rows.
func unlike(s catalogue.Sentence, all []*plan.Scenario, exercised map[string][]string) []string {
	var faults, asked []string
	for _, pattern := range s.Scenarios {
		asking := plan.Asking(all, pattern, s.Requirements())
		if len(asking) == 0 {
			faults = append(faults, "no scenario that asks about "+strings.Join(s.Requirements(), " ")+" matches "+pattern)
		}
		for _, scenario := range asking {
			asked = append(asked, scenario.Requirements()...)
		}
	}
	for _, id := range s.Requirements() {
		switch {
		case len(exercised[id]) == 0 || s.Open != "":
		case s.Reason != "":
			faults = append(faults, exercised[id][0]+" asks about "+id+": name the scenario, and remove the reason")
		case !slices.Contains(asked, id):
			faults = append(faults, exercised[id][0]+" asks about "+id+", and no pattern means a scenario that does")
		}
	}
	return faults
}

func TestUnlike(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{
		{ID: "twilio/voice/one", Checks: []judge.Check{{Requirement: "TW-TLS-01"}}},
		{ID: "twilio/voice/two", Checks: []judge.Check{{Requirement: "TW-TLS-02"}}},
	}
	exercised := map[string][]string{"TW-TLS-01": {"twilio/voice/one"}, "TW-TLS-02": {"twilio/voice/two"}}
	for name, test := range map[string]struct {
		sentence catalogue.Sentence
		want     string
	}{
		"as said":        {catalogue.Sentence{Rows: []string{"TW-TLS-01"}, Scenarios: []string{"twilio/*/one"}}, ""},
		"borrowed":       {catalogue.Sentence{Borrowed: map[string]string{"TW-TLS-02": "why"}, Scenarios: []string{"twilio/**"}}, ""},
		"a mock's alone": {catalogue.Sentence{Rows: []string{"TW-TLS-10"}, Mocks: []string{"mocks/twilio.TestSwitches"}}, ""},
		"nothing to see": {catalogue.Sentence{Rows: []string{"TW-TLS-10"}, Reason: "why"}, ""},
		"open":           {catalogue.Sentence{Rows: []string{"TW-TLS-01"}, Open: "what"}, ""},
		"no such pattern": {catalogue.Sentence{Rows: []string{"TW-TLS-10"}, Scenarios: []string{"twilio/*/three"}},
			"no scenario that asks about TW-TLS-10 matches twilio/*/three"},
		"pattern of scenarios that ask something else": {
			catalogue.Sentence{Rows: []string{"TW-TLS-01"}, Scenarios: []string{"twilio/*/one", "twilio/*/two"}},
			"no scenario that asks about TW-TLS-01 matches twilio/*/two"},
		"row without a pattern": {catalogue.Sentence{Rows: []string{"TW-TLS-01", "TW-TLS-02"}, Scenarios: []string{"twilio/*/one"}},
			"twilio/voice/two asks about TW-TLS-02, and no pattern means a scenario that does"},
		"reason though it is asked": {catalogue.Sentence{Rows: []string{"TW-TLS-02"}, Reason: "why"},
			"twilio/voice/two asks about TW-TLS-02: name the scenario, and remove the reason"},
		"mocks though it is asked": {catalogue.Sentence{Rows: []string{"TW-TLS-02"}, Mocks: []string{"mocks/twilio.TestSwitches"}},
			"twilio/voice/two asks about TW-TLS-02, and no pattern means a scenario that does"},
	} {
		if got := strings.Join(unlike(test.sentence, all, exercised), "; "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
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
