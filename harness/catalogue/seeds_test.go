package catalogue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/catalogue"
)

// soundSeed is a valid document of eight lines. The tests rely on the line of each field.
const soundSeed = `- seed: seed 000
  vendor: twilio
  title: Old versions
  sentences:
  - key: off
    says: Without the switch nothing comes about.
    rows: [TW-TLS-05]
    scenarios: ['twilio/*/register/tls1.[01]/**']
`

// seedWith returns soundSeed with one part replaced.
func seedWith(old, replacement string) string {
	if !strings.Contains(soundSeed, old) {
		panic("no " + old)
	}
	return strings.Replace(soundSeed, old, replacement, 1)
}

// readSeeds reads seeds.yaml beside two requirements, of which the first cites seed 000.
func readSeeds(t *testing.T, text string) ([]catalogue.Seed, error) {
	t.Helper()
	c, err := load(map[string]string{
		"a.yaml": sound, "b.yaml": strings.Replace(with("TW-TLS-05", "TW-TLS-06"), "seed 000", "doc T1", 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.Seeds(fstest.MapFS{"seeds.yaml": {Data: []byte(text)}})
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	seeds, err := readSeeds(t, soundSeed+`  - key: console
    says: The console says so.
    rows: [TW-TLS-05]
    borrowed: {TW-TLS-06: the wording}
    mocks: [mocks/twilio.TestRefusals]
  - key: help
    says: Ask us.
    reason: It is advice.
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(seeds) != 1 || seeds[0].Citation != "seed 000" || len(seeds[0].Sentences) != 3 {
		t.Fatalf("read %+v", seeds)
	}
	if got := seeds[0].Sentences[1].Requirements(); !slices.Equal(got, []string{"TW-TLS-05", "TW-TLS-06"}) {
		t.Errorf("the requirements are %q", got)
	}
}

func TestSeedErrors(t *testing.T) {
	t.Parallel()
	const second = "  - key: other\n    says: Something else.\n"
	for _, test := range []struct {
		name, yaml string
		want       string // the whole error after the file's name
	}{
		{"empty file", "", ":1: the file is empty: write a list of documents, or remove it"},
		{"no list", "seed: seed 000\n", `:1: the file is not a list: begin each document with "- seed: …"`},
		{"misspelt field", seedWith("rows:", "row:"),
			`:7: the field "row" is unknown: use key, says, rows, borrowed, scenarios, mocks, reason or open`},
		{"seed of no form", seedWith("seed: seed 000", "seed: S0"),
			`:1: the document "S0" has another form than seed 000: write it as requirements cite it` + "\n" +
				"seeds.yaml:7: off: TW-TLS-05 does not cite S0: cite it there, or say under borrowed why the row serves"},
		{"seed twice", soundSeed + soundSeed, ":9: seed 000 is here a second time: put its sentences together"},
		{"no vendor", seedWith("twilio\n", "''\n"), ":2: the vendor is empty: name whose document it is"},
		{"no title", seedWith("Old versions", ""), ":3: the title is empty: say in a few words what the document is about"},
		{"no sentence", strings.SplitAfter(soundSeed, "sentences:")[0] + " []\n",
			":4: the document has no sentence: write what it says, or remove it"},
		{"key of no form", seedWith("key: off", "key: Off now"),
			`:5: the key "Off now" has another form than off-no-registration: use a short one`},
		{"key taken", soundSeed + "  - key: off\n    says: Again.\n    reason: It is.\n",
			":9: off: the key is taken in seed 000: use another one"},
		{"says nothing", seedWith("Without the switch nothing comes about.", "' '"), ":6: off: says is empty: write a sentence"},
		{"says much", seedWith("Without the switch", strings.Repeat("ü", 300)),
			":6: off: says has 321 characters: say it in 300, or make two sentences of it"},
		{"unknown row", seedWith("[TW-TLS-05]", "[TW-TLS-99]"), `:7: off: there is no requirement "TW-TLS-99": correct the ID, or remove it`},
		{"row that cites another source", seedWith("[TW-TLS-05]", "[TW-TLS-06]"),
			":7: off: TW-TLS-06 does not cite seed 000: cite it there, or say under borrowed why the row serves"},
		{"row twice", seedWith("[TW-TLS-05]", "[TW-TLS-05, TW-TLS-05]"), ":7: off: TW-TLS-05 stands twice in rows: remove one"},
		{"borrowed, though it cites the seed", seedWith("rows: [TW-TLS-05]", "borrowed: {TW-TLS-05: as it is}"),
			":7: off: TW-TLS-05 cites seed 000: put it under rows"},
		{"borrowed without a reason", seedWith("rows: [TW-TLS-05]", "borrowed: {TW-TLS-06: ''}"),
			":7: off: TW-TLS-06 is borrowed without a reason: say why the row serves"},
		{"unknown row borrowed", seedWith("rows: [TW-TLS-05]", "borrowed: {TW-TLS-98: as it is}"),
			`:7: off: there is no requirement "TW-TLS-98": correct the ID, or remove it`},
		{"neither row nor reason", soundSeed + second + "    open: Ask for it.\n",
			":9: other: it has neither a row nor a reason: name the requirements that it is asked by, or say why none is"},
		{"exercised by nothing", soundSeed + second + "    rows: [TW-TLS-05]\n",
			":9: other: nothing exercises it: name scenarios or tests of a mock, or say why nothing can"},
		{"exercised, with a reason", soundSeed + "    reason: It cannot be seen.\n",
			":9: off: it is exercised, or will be: remove the reason"},
		{"open, with a reason", soundSeed + second + "    open: Ask for it.\n    reason: It cannot be seen.\n",
			":12: other: it is exercised, or will be: remove the reason"},
		{"empty reason", soundSeed + "    reason: ''\n", ":9: off: reason is empty: write a sentence"},
		{"empty open", soundSeed + "    open: ' '\n", ":9: off: open is empty: write a sentence"},
		{"no pattern", seedWith("tls1.[01]/**'", "tls1.[01', ''"),
			`:8: off: "twilio/*/register/tls1.[01" is no pattern: use one such as twilio/*/call-out/tls1.[01]/**` + "\n" +
				`seeds.yaml:8: off: "" is no pattern: use one such as twilio/*/call-out/tls1.[01]/**`},
		{"test of no form", soundSeed + "    mocks: [TestRefusals]\n",
			`:9: off: "TestRefusals" has another form than mocks/cisco.TestPortTables: name the package and the test`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			seeds, err := readSeeds(t, test.yaml)
			if err == nil {
				t.Fatalf("read %+v", seeds)
			}
			if got, want := err.Error(), "seeds.yaml"+test.want; got != want {
				t.Errorf("the error is\n\t%s\nwant\n\t%s", got, want)
			}
			var fault *catalogue.Fault
			if !errors.As(err, &fault) || seeds != nil {
				t.Errorf("the error is a %T, with %+v", err, seeds)
			}
		})
	}
	c, err := load(map[string]string{"a.yaml": sound})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Seeds(fstest.MapFS{}); err == nil {
		t.Error("seeds without a file")
	}
}
