package main_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// sentence is what `list -seeds` prints of a sentence of a vendor's document.
type sentence struct {
	Seed, Key, Says string
	Requirements    []string
	Scenarios       int
	Mocks           []string
	Reason, Open    string
}

func seeds(t *testing.T, args ...string) []sentence {
	t.Helper()
	o := sipconform(t, append([]string{"list", "-seeds", "-format=json"}, args...)...)
	o.expect(t, 0)
	var all []sentence
	if err := json.Unmarshal([]byte(o.out), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestListSeeds: each sentence of the five documents is listed with what exercises it, or why nothing does.
func TestListSeeds(t *testing.T) {
	if strings.Contains(tags(), "nolibssl") {
		t.Skip("without OpenSSL, some scenarios are not there")
	}
	t.Parallel()
	all := seeds(t)
	var documents []string
	for _, s := range all {
		if !slices.Contains(documents, s.Seed) {
			documents = append(documents, s.Seed)
		}
		if s.Key == "" || s.Says == "" || len(s.Requirements) == 0 && s.Reason == "" ||
			s.Scenarios == 0 && len(s.Mocks) == 0 && s.Reason == "" && s.Open == "" {
			t.Errorf("listed as %+v", s)
		}
	}
	if want := []string{"seed 000", "seed 001", "seed 002", "seed 003", "seed 004"}; !slices.Equal(documents, want) {
		t.Errorf("the documents are %q", documents)
	}
	refused := slices.IndexFunc(all, func(s sentence) bool { return s.Seed == "seed 000" && s.Key == "register-403" })
	if refused < 0 {
		t.Fatal("register-403 is not listed")
	}
	s := all[refused]
	if s.Scenarios != 2 || !slices.Equal(s.Requirements, []string{"TW-TLS-05", "TW-TLS-06"}) {
		t.Errorf("register-403 is listed as %+v", s)
	}
	for _, format := range []string{"text", "markdown"} {
		o := sipconform(t, "list", "-seeds", "-format="+format)
		o.expect(t, 0, "2 scenarios; mock: mocks/twilio.TestRefusals")
		for _, s := range all {
			if !strings.Contains(o.out, s.Key) || !strings.Contains(o.out, s.Says) {
				t.Errorf("%s does not list %s", format, s.Key)
			}
		}
	}
}

func TestListSeedsOfAVendor(t *testing.T) {
	t.Parallel()
	for _, s := range seeds(t, "-vendor=twilio") {
		if s.Seed != "seed 000" && s.Seed != "seed 002" {
			t.Errorf("%s of %s is listed", s.Key, s.Seed)
		}
	}
	sipconform(t, "list", "-seeds", "-vendor=carrier").expect(t, 2, `there is no document of a vendor "carrier"`)
	sipconform(t, "list", "-seeds", "-format=toml").expect(t, 2, `-format "toml": use one of text, json, markdown`)
}
