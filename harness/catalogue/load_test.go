package catalogue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/harness/catalogue"
)

// sound is a valid requirement of ten lines. The tests rely on the line of each field.
const sound = `- id: TW-TLS-05
  vendor: twilio
  products: [voice]
  area: tls
  directions: [register]
  title: The 403 is final
  text: The device gives up.
  level: must
  confidence: high
  sources: [seed 000]
`

// with returns sound with one part replaced.
func with(old, replacement string) string {
	if !strings.Contains(sound, old) {
		panic("no " + old)
	}
	return strings.Replace(sound, old, replacement, 1)
}

// load reads a catalogue from files, named without their folder.
func load(files map[string]string) (*catalogue.Catalogue, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["requirements/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return catalogue.Load(vendors(), fsys)
}

// vendors returns the vendors of these tests' files.
func vendors() []catalogue.Vendor {
	return []catalogue.Vendor{
		{Name: "twilio", Prefix: "TW", Products: []string{"voice", "trunking"}},
		{Name: "genesys", Prefix: "GE", Products: []string{"byoc-cloud"}},
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	c, err := load(map[string]string{
		"twilio.yaml": sound + with("TW-TLS-05", "TW-TLS-01") + "  conflicts_with: [ST-02]\n",
		"stacks.yaml": "# A comment.\n- {id: ST-02, vendor: stack, area: identity, directions: [register], title: t, text: t,\n" +
			"  level: must, confidence: medium, sources: [RFC 5922 §7.2, stack PJSIP], conflicts_with: [TW-TLS-01]}\n",
		"README.md": "# not read",
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range c.All() {
		ids = append(ids, r.ID)
	}
	if want := []string{"ST-02", "TW-TLS-05", "TW-TLS-01"}; !slices.Equal(ids, want) {
		t.Errorf("All gives %q, want the order of the files, %q", ids, want)
	}
	r, ok := c.Lookup("TW-TLS-05")
	if !ok || r.Title != "The 403 is final" || r.Level != catalogue.Must || !r.Binding() {
		t.Errorf("Lookup gives %+v, %t", r, ok)
	}
	if r, ok := c.Lookup("TW-TLS-99"); ok {
		t.Errorf("Lookup of an unknown ID gives %+v", r)
	}
	c.All()[0].ID = "changed"
	if c.All()[0].ID != "ST-02" {
		t.Error("All returns the catalogue's own slice, not a copy")
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	const file = "requirements/twilio.yaml"
	tests := []struct {
		name, yaml string
		want       string // the whole error after the file's name
	}{
		{"empty file", "# only a comment\n", ":1: the file is empty: write a list of requirements, or remove it"},
		{"no list", "id: TW-TLS-05\n", `:1: the file is not a list: begin each requirement with "- id: …"`},
		{"a list of words", "- TW-TLS-05\n", `:1: this is not a requirement: begin it with "- id: …"`},
		{"a null", sound + "-\n", `:11: this is not a requirement: begin it with "- id: …"`},
		{"no YAML", with("products: [voice]", "products: [voice"),
			":3: this is not valid YAML, here or just below: did not find expected ',' or ']'"},
		{"two documents", sound + "---\n" + sound, `:11: a second document begins here: keep one, with no "---" below it`},
		{"merge of a word", "- {<<: TW-TLS-05}\n", `:1: "<<" can merge nothing but mappings: write the fields out`},
		{"alias of a row", "- &row\n  " + sound[2:] + "- *row\n", `:12: this is not a requirement: begin it with "- id: …"`},
		{"misspelt field", with("title:", "tittle:"),
			`:6: the field "tittle" is unknown: use id, vendor, products, area, directions, title, text, ` +
				`level, sources, confidence, profiles, conflicts_with, concerns, releases or not_testable`},
		{"field twice", with("  area: tls\n", "  area: tls\n  area: srtp\n"),
			`:5: "area" is here a second time, after line 4: keep one of the two`},
		{"word for list", with("[register]", "register"), `:5: found "register" where a list belongs: write [register]`},
		{"list for word", with("level: must", "level: [must]"), ":8: found a list where text belongs"},
		{"mapping for list", with("[seed 000]", "{seed: 000}"), ":10: found a mapping where a list belongs"},

		{"releases without a name", sound + "  releases: [{below: '2.5'}]\n",
			":11: TW-TLS-05: the releases have no name: list what the program calls itself"},
		{"releases below no version", sound + "  releases: [{names: [x], below: two}]\n",
			`:11: TW-TLS-05: the releases are below "two", which is no version: write one such as "2.5.5"`},
		{"no ID", with("id: TW-TLS-05\n  vendor", "vendor"), `:1: the ID "" has another form than TW-TLS-05 or ST-02: use the row's ID`},
		{"ID of another form", with("TW-TLS-05", "TW-TLS-5"),
			`:1: TW-TLS-5: the ID "TW-TLS-5" has another form than TW-TLS-05 or ST-02: use the row's ID`},
		{"ID taken", sound + sound,
			":11: TW-TLS-05: the ID is taken by requirements/twilio.yaml:1: give one of the two another, or remove it"},
		{"unknown vendor", with("twilio", "twillio"), `:2: TW-TLS-05: the vendor "twillio" is unknown: use twilio, genesys, rfc or stack`},
		{"ID of another vendor", with("TW-TLS-05", "GE-TLS-05"),
			":2: GE-TLS-05: the ID does not begin with TW as those of twilio do: correct one of the two"},
		{"unknown product", with("[voice]", "[voice, messaging]"),
			`:3: TW-TLS-05: twilio has no product "messaging": use voice or trunking`},
		{"product of an RFC", with("TW-TLS-05\n  vendor: twilio", "RF-TLS-05\n  vendor: rfc"),
			`:3: RF-TLS-05: rfc has no products: remove "voice"`},
		{"unknown area", with("area: tls", "area: ssl"),
			`:4: TW-TLS-05: the area "ssl" is unknown: use tls, certificate, identity, signalling, routing, sdes, srtp, rotation, https or load`},
		{"no direction", with("  directions: [register]\n", ""),
			":1: TW-TLS-05: no direction: name at least one of device-to-vendor, vendor-to-device, register, https or admin"},
		{"unknown direction", with("[register]", "\n  - register\n  - D>V"),
			`:7: TW-TLS-05: the direction "D>V" is unknown: use device-to-vendor, vendor-to-device, register, https or admin`},
		{"direction twice", with("[register]", "[register, register]"), `:5: TW-TLS-05: "register" stands twice in directions: remove one`},
		{"empty title", with("The 403 is final", `" "`), ":6: TW-TLS-05: the title is empty: say in a few words what the device owes"},
		{"long title", with("The 403 is final", strings.Repeat("ü", 61)), ":6: TW-TLS-05: the title has 61 characters: shorten it to 60"},
		{"title of two lines", with("The 403 is final", `"The 403\nis final"`), ":6: TW-TLS-05: the title has several lines: write one"},
		{"empty text", with("The device gives up.", ""), ":7: TW-TLS-05: the text is empty: say in a sentence what the device owes"},
		{"unknown level", with("level: must", "level: mandatory"),
			`:8: TW-TLS-05: the level "mandatory" is unknown: use must, should or may`},
		{"no level", with("  level: must\n", ""), `:1: TW-TLS-05: the level "" is unknown: use must, should or may`},
		{"unknown confidence", with("confidence: high", "confidence: H"),
			`:9: TW-TLS-05: the confidence "H" is unknown: use high, medium or low`},
		{"no source", with("  sources: [seed 000]\n", ""), ":1: TW-TLS-05: no source: cite one, or write [unknown]"},
		{"source of no form", with("[seed 000]", "[seed 000, rfc4568]"),
			`:10: TW-TLS-05: the source "rfc4568" has no known form: write seed 000, doc T2, field F1, RFC 4568 §7.1.2, ` +
				`IANA …, stack …, measured, inferred or unknown`},
		{"sure of a guess", with("[seed 000]", "[inferred, unknown]"),
			":9: TW-TLS-05: the confidence is high on inferred and unknown alone, which may fail no device: set it to low, or cite evidence"},
		{"revision of no form", sound + "  profiles: [Seed Era]\n",
			`:11: TW-TLS-05: "Seed Era" is not the name of a revision: use one such as seed-era`},
		{"empty reason", sound + "  not_testable: ''\n",
			":11: TW-TLS-05: the reason is empty: say why no wire test can see the row, or remove the field"},
		{"dangling conflict", sound + "  conflicts_with: [ST-99]\n",
			`:11: TW-TLS-05: the conflicting row "ST-99" does not exist: correct the ID, or remove it`},
		{"conflict with itself", sound + "  conflicts_with: [TW-TLS-05]\n",
			":11: TW-TLS-05: the row conflicts with itself: remove TW-TLS-05"},
		{"one-sided conflict", sound + "  conflicts_with: [TW-TLS-06]\n" + with("TW-TLS-05", "TW-TLS-06"),
			":11: TW-TLS-05: the conflict is one-sided: add TW-TLS-05 to conflicts_with of TW-TLS-06 (requirements/twilio.yaml:12)"},
		{"several faults, in order", with("area: tls", "area: ssl") + with("TW-TLS-05", "TW-TLS-5"),
			`:4: TW-TLS-05: the area "ssl" is unknown: use tls, certificate, identity, signalling, routing, sdes, srtp, rotation, https or load` + "\n" +
				file + `:11: TW-TLS-5: the ID "TW-TLS-5" has another form than TW-TLS-05 or ST-02: use the row's ID`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := load(map[string]string{"twilio.yaml": test.yaml})
			if err == nil {
				t.Fatalf("loaded %+v", c.All())
			}
			if got, want := err.Error(), file+test.want; got != want {
				t.Errorf("the error is\n\t%s\nwant\n\t%s", got, want)
			}
			if c != nil {
				t.Error("a catalogue comes with the error")
			}
		})
	}
}

func TestFaultIsTyped(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{"twilio.yaml": with("level: must", "level: mandatory")})
	var fault *catalogue.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v holds no Fault", err)
	}
	if fault.File != "requirements/twilio.yaml" || fault.Line != 8 || fault.ID != "TW-TLS-05" {
		t.Errorf("the fault is at %s:%d of %s", fault.File, fault.Line, fault.ID)
	}
}

func TestConflictsReachAcrossFiles(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{
		"a.yaml": sound + "  conflicts_with: [TW-TLS-06]\n",
		"b.yaml": with("TW-TLS-05", "TW-TLS-06"),
	})
	const want = "requirements/a.yaml:11: TW-TLS-05: the conflict is one-sided: " +
		"add TW-TLS-05 to conflicts_with of TW-TLS-06 (requirements/b.yaml:1)"
	if err == nil || err.Error() != want {
		t.Errorf("the error is\n\t%v\nwant\n\t%s", err, want)
	}
}

func TestACatalogueWithoutFilesIsAnError(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{"README.md": "# Requirements"})
	if err == nil || !strings.Contains(err.Error(), "no requirements/*.yaml") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzLoad: whatever a file holds, Load returns either a catalogue or an error that
// names the file.
func FuzzLoad(f *testing.F) {
	f.Add(sound)
	f.Add(sound + "  conflicts_with: [ST-99]\n")
	f.Add("- &row\n  " + sound[2:] + "- *row\n")
	f.Add("- {<<: {id: TW-TLS-05}, vendor: twilio}\n")
	f.Add("- &a {id: *a}\n")
	f.Add("- ? [id]\n  : x\n")
	f.Add("---\n...\n---\n")
	f.Add("\xff\xfe-\x00 ")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load(map[string]string{"twilio.yaml": text})
		if err != nil {
			if !strings.Contains(err.Error(), "requirements/twilio.yaml") {
				t.Errorf("%v names no file", err)
			}
			return
		}
		for _, r := range c.All() {
			if got, ok := c.Lookup(r.ID); !ok || got.Title == "" || len(got.Sources) == 0 {
				t.Errorf("the row %q was loaded as %+v, %t", r.ID, got, ok)
			}
		}
	})
}
