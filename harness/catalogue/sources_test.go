package catalogue_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
)

// TestSourcesOfRequirements: every citation of a requirement has its source, and every source is cited.
func TestSourcesOfRequirements(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	sources, err := catalogue.LoadSources(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	unused := maps.Clone(sources)
	for _, r := range c.All() {
		for _, citation := range r.Sources {
			delete(unused, citation)
			if s, ok := sources.Lookup(citation); !ok || s.Title == "" {
				t.Errorf("%s cites %s, which sources.yaml does not have", r.ID, citation)
			}
		}
	}
	for citation := range unused {
		t.Errorf("no requirement cites %s", citation)
	}
}

func TestSourcesLookup(t *testing.T) {
	t.Parallel()
	sources, err := catalogue.LoadSources(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	for citation, want := range map[string]string{
		"RFC 8996":         "RFC 8996, https://www.rfc-editor.org/rfc/rfc8996",
		"RFC 4568 §7.1.2":  "RFC 4568 §7.1.2, https://www.rfc-editor.org/rfc/rfc4568#section-7.1.2",
		"RFC 3550 §A.1":    "RFC 3550 §A.1, https://www.rfc-editor.org/rfc/rfc3550#appendix-A.1",
		"seed 000":         "Twilio: end of TLS 1.0 and 1.1 for SIP",
		"doc T2":           "Twilio: Elastic SIP Trunking, 2026-07-21, https://www.twilio.com/docs/sip-trunking",
		"doc X9":           "",
		"RFC of somebody":  "",
		"RFC 4568 §7.1.2 ": "",
	} {
		if s, ok := sources.Lookup(citation); s.String() != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", citation, s, want)
		}
	}
}

func TestSourcesFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"no file of sources", "", "the file is empty"},
		{"no list", "doc T1: Twilio", "the file is not a list"},
		{"a field that is none", "- {source: doc T1, name: x}", "name"},
		{"another form", "- {source: document, title: x}", "has another form than doc T2"},
		{"an RFC", "- {source: RFC 3261, title: x}", "leave out RFCs"},
		{"twice", "- {source: doc T1, title: x}\n- {source: doc T1, title: x}", "sources.yaml:2: doc T1 is here a second time"},
		{"a seed", "- {source: seed 000, title: x}", "or among the seeds"},
		{"no title", "- {source: doc T1}", "has no title"},
		{"an address that is none", "- {source: doc T1, title: x, address: 'javascript:alert(1)'}", "is no https URL"},
		{"a date that is none", "- {source: doc T1, title: x, date: 2026-13-01}", "write YYYY-MM-DD"},
	}
	seeds, err := fixtures.FS.ReadFile("seeds.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"seeds.yaml": {Data: seeds}, "sources.yaml": {Data: []byte(test.text)}}
			if _, err := catalogue.LoadSources(files); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
	var none catalogue.Sources
	if _, ok := none.Lookup("doc T1"); ok {
		t.Error("no sources have doc T1")
	}
}
