package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/mocks/profile"
)

var loadEmbedded = sync.OnceValues(func() (*catalogue.Catalogue, error) {
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		return nil, err
	}
	return catalogue.Load(catalogue.VendorsOf(products), fixtures.FS)
})

func embedded(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := loadEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rows are the groups of the rows that must be there, with one letter for the
// confidence of each row from 01 on: H, M or L, and - for a number without a row. No row may get lost, and none
// may become surer, or less sure, unnoticed.
var rows = []struct{ group, confidences string }{
	{"TW-TLS", "HLHLHLLHHHHHLH"},
	{"TW-CIP", "HML"},
	{"TW-CRT", "HHHLLHMLL"},
	{"TW-URI", "HHHHHHHHMMLHHHHHH"},
	{"TW-SRTP", "HHHHHHLMHHLHHHMMHLMLHH"},
	{"TW-REG", "HHMHMH"},
	{"TW-REJ", "MMLMM"},
	{"TW-ERR", "MMHHHHHHL"},
	{"GE-TLS", "HHHHHMHMHHHH"},
	{"GE-CRT", "HHHHHHHLHMHHHLLHMLHM"},
	{"GE-HOST", "L"},
	{"GE-URI", "HMLHMMMLM"},
	{"GE-SRTP", "HLMLLLH"},
	{"GE-KA", "L"},
	{"CU-TLS", "HHHHMHMMHHHHHHM"},
	{"CU-PORT", "MMMMMMMMM"},
	{"CU-CIP", "HMHHHHHMHH"},
	{"CU-TRK", "HHHHMMHLHMMMM"},
	{"CU-SRTP", "HHHMHHHMMLLMM"},
	{"CU-IMP", "L"},
	{"CU-LEG", "HHHHHHHHHH"},
	{"IB", "HHHHHHHHHHHHHHHL"},
	{"ST", "HHHHHHMMMMMMH"},
	{"RF-SD", "HHHHHHHHMHHHHMHHMLHMLHHHLH"},
	{"RF-SR", "HHHHHLHHHM"},
	{"RF-RTP", "HHM"},
	{"RF-RTCP", "HH"},
	{"RF-LOAD", "M"},
	{"RF-OS", "HL"},
	{"RF-TLS", "HHHHHHHHHH"},
	{"RF-CRT", "HHMHHM"},
	{"RF-OA", "HH"},
}

func TestEveryRowIsThere(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	want := map[string]bool{}
	for _, r := range rows {
		for i, letter := range r.confidences {
			if letter == '-' {
				continue
			}
			id := fmt.Sprintf("%s-%02d", r.group, i+1)
			want[id] = true
			got, ok := c.Lookup(id)
			if !ok {
				t.Errorf("%s is missing", id)
				continue
			}
			if l := strings.ToUpper(string(got.Confidence[0])); l != string(letter) {
				t.Errorf("%s has the confidence %s, want %c", id, got.Confidence, letter)
			}
		}
	}
	for _, r := range c.All() {
		if !want[r.ID] {
			t.Errorf("%s is not in the table of rows: add it there if it is new", r.ID)
		}
	}
}

// TestGuessesNeverBind: a requirement whose obligation is only deduced, or was looked
// for and not found, fails no device, even if it cites other sources too.
func TestGuessesNeverBind(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	for _, r := range c.All() {
		if r.Binding() && slices.Contains(r.Sources, "unknown") {
			t.Errorf("%s can fail a device, and cites unknown", r.ID)
		}
	}
	for _, id := range []string{
		"TW-TLS-02", "TW-TLS-04", "TW-TLS-06", "TW-TLS-07", "TW-TLS-13", "TW-CIP-03", "TW-CRT-04", "TW-CRT-05",
		"TW-CRT-08", "TW-CRT-09", "TW-URI-11", "TW-SRTP-07", "TW-SRTP-11", "TW-SRTP-18", "TW-SRTP-20",
		"RF-SD-18", "RF-SD-21", "RF-SD-25", "RF-SR-06", "RF-OS-02",
	} {
		r, ok := c.Lookup(id)
		if !ok {
			t.Errorf("%s is missing", id)
		} else if r.Binding() {
			t.Errorf("%s can fail a device", id)
		}
	}
}

func TestRowsThatBindNobodyAreMay(t *testing.T) {
	t.Parallel()
	for _, r := range embedded(t).All() {
		aboutVendor := strings.Contains(r.NotTestable, "the mock's tests") || slices.Contains(r.Directions, "admin")
		if aboutVendor && r.Level != catalogue.May {
			t.Errorf("%s is about the vendor alone, and is a %s for the device", r.ID, r.Level)
		}
	}
}

func TestKnownConflicts(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	for _, pair := range [][2]string{
		{"TW-CRT-01", "ST-02"},     // Twilio's wildcard, RFC 5922 §7.2
		{"TW-CRT-02", "ST-02"},     // calling in spite of the wildcard
		{"TW-TLS-08", "RF-TLS-01"}, // deprecated TLS allowed, RFC 8996
		{"TW-URI-09", "RF-TLS-05"}, // reuse of Twilio's connection, RFC 5923
		{"RF-OS-01", "RF-SD-05"},   // keys under RTP/AVP, RFC 4568
	} {
		for i, id := range pair {
			r, _ := c.Lookup(id)
			if !slices.Contains(r.ConflictsWith, pair[1-i]) {
				t.Errorf("%s does not conflict with %s", id, pair[1-i])
			}
		}
	}
}

// TestSwitchIsOfTheSeedEra: the seed-era revision alone has the account's switch
// for old TLS, and the requirements that depend on it.
func TestSwitchIsOfTheSeedEra(t *testing.T) {
	t.Parallel()
	c := embedded(t)
	for revision, ids := range map[string][]string{
		"seed-era": {
			"TW-TLS-01", "TW-TLS-02", "TW-TLS-03", "TW-TLS-04", "TW-TLS-05",
			"TW-TLS-06", "TW-TLS-07", "TW-TLS-08", "TW-TLS-10", "TW-TLS-14",
		},
		"current": {"TW-TLS-11", "TW-TLS-12", "TW-TLS-13", "TW-CRT-07"},
	} {
		for _, id := range ids {
			if r, _ := c.Lookup(id); !slices.Equal(r.Revisions, []string{revision}) {
				t.Errorf("%s holds in %q, want %s alone", id, r.Revisions, revision)
			}
		}
	}
	if r, _ := c.Lookup("TW-TLS-09"); len(r.Revisions) != 0 {
		t.Errorf("TW-TLS-09 holds in %q alone, want every revision", r.Revisions)
	}
}
