package tables_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/mocks/sdes/tables"
)

// source is how the fixtures name where a row is from.
var source = regexp.MustCompile(`^(RFC \d+ §[\d.]+|stack \w+|inferred)$`)

var levels = []string{"must", "should", "may"}

// TestRows: every row has a name of its own, a source and a level.
func TestRows(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	row := func(name, from, level string) {
		if name == "" || names[name] || !source.MatchString(from) || !slices.Contains(levels, level) {
			t.Errorf("the row %q is there twice, or lacks a source or a level: %q, %q", name, from, level)
		}
		names[name] = true
	}
	for _, s := range tables.Suites() {
		row(s.Name, s.Source, s.Level)
		if s.Key < 16 || s.Salt < 12 || s.Tag < 4 || s.RTCPTag < s.Tag {
			t.Errorf("%s has lengths that no suite has: %+v", s.Name, s)
		}
	}
	for _, p := range tables.Parameters() {
		row(p.Name, p.Source, p.Level)
	}
	for _, o := range tables.Offers() {
		row(o.Name, o.Source, o.Level)
		if o.Title == "" || len(o.Causes) > 0 && len(o.Causes) != len(o.Lines) {
			t.Errorf("%s has no title, or not a cause for each line", o.Name)
		}
		if (o.Asked == "") != (o.Requirement == "") || !slices.Contains([]tables.Asked{"", tables.Taken, tables.Refused, tables.Free}, o.Asked) {
			t.Errorf("%s is asked %q for %q", o.Name, o.Asked, o.Requirement)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	const other = "AES_CM_128_HMAC_SHA1_32"
	for _, c := range []struct {
		suite, line, want string
	}{
		{"AES_CM_128_HMAC_SHA1_80", "1 {suite} inline:{key}", "1 AES_CM_128_HMAC_SHA1_80 inline:{key}"},
		{"AES_CM_128_HMAC_SHA1_80", "1 {other} {lower}", "1 " + other + " aes_cm_128_hmac_sha1_80"},
		{"AES_CM_128_HMAC_SHA1_80", "{short} {long} {alike}", "{bytes:29} {bytes:46} {bytes:28}"},
		{"AEAD_AES_128_GCM", "{short} {long} {alike}", "{bytes:27} {bytes:44} {bytes:30}"},
		{"AEAD_AES_256_GCM", "{alike}", "{bytes:43}"},
	} {
		if got := (tables.Offer{Lines: []string{c.line}}).Fill(c.suite, other); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s under %s is %q, want %q", c.line, c.suite, got, c.want)
		}
	}
	if own, ok := tables.OfferNamed("aead-cm-length"); !ok || own.Fill("AES_CM_128_HMAC_SHA1_80", other)[0] != "1 AEAD_AES_128_GCM inline:{bytes:30}" {
		t.Errorf("an offer with a suite of its own is %q", own.Fill("AES_CM_128_HMAC_SHA1_80", other))
	}
	if none, ok := tables.OfferNamed("no-crypto"); !ok || none.Fill(other, other) == nil {
		t.Error("an offer without lines leaves them to the vendor")
	}
}
