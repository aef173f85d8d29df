package sdes

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"go/format"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/sdes/tables"
)

// TestRegistry: registry.go is what fixtures/sdes says; go test ./mocks/sdes -update writes it.
func TestRegistry(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("// Code generated from fixtures/sdes by go test ./mocks/sdes -update; DO NOT EDIT.\n\npackage sdes\n\n")
	b.WriteString("// suites are the crypto-suites, those first that IANA has registered.\nvar suites = []Suite{\n")
	for _, s := range tables.Suites() {
		fmt.Fprintf(&b, "{%q, %d, %d, %d, %d, maxLifetime, %t},\n", s.Name, s.Key, s.Salt, s.Tag, s.RTCPTag, !s.Unregistered)
	}
	b.WriteString("}\n\n// parameters are the session parameters, in the order of RFC 4568 §6.3.\nvar parameters = []parameter{\n")
	for _, p := range tables.Parameters() {
		fmt.Fprintf(&b, "{name: %q", p.Name)
		switch {
		case p.To > 0:
			fmt.Fprintf(&b, ", from: %d, to: %d", p.From, p.To)
		case len(p.Values) > 0:
			fmt.Fprintf(&b, ", values: %#v", p.Values)
		case p.Keys:
			b.WriteString(", keys: true")
		}
		if p.Negotiated {
			b.WriteString(", negotiated: true")
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	testkit.Golden(t, "../registry.go", text)
}

// blank is what a table leaves open for keys.
var blank = regexp.MustCompile(`\{(key|unpadded|bytes:(\d+))\}`)

// filled returns a line with keys in it, each another one.
func filled(line string) string {
	suite, _ := LookupSuite(strings.Fields(line)[1])
	seed := byte(0)
	return blank.ReplaceAllStringFunc(line, func(p string) string {
		n := suite.KeySalt()
		if n == 0 {
			n = 30
		}
		if digits := blank.FindStringSubmatch(p)[2]; digits != "" {
			n, _ = strconv.Atoi(digits)
		}
		seed++
		text := base64.StdEncoding.EncodeToString(material(n, seed))
		if p == "{unpadded}" {
			text = strings.TrimRight(text, "=")
		}
		return text
	})
}

// TestOffers: the parser makes of each offer what the table says, whichever suite it has.
func TestOffers(t *testing.T) {
	t.Parallel()
	const other = "AES_CM_128_HMAC_SHA1_32"
	for _, suite := range SuiteNames() {
		for _, o := range tables.Offers() {
			var values []string
			for _, line := range o.Fill(suite, other) {
				values = append(values, filled(line))
			}
			results, err := ParseMedia(values)
			if got := CauseOf(err); string(got) != o.Invalid {
				t.Errorf("%s, %s: the offer is %q, want %q", o.Name, suite, got, o.Invalid)
			}
			for i, r := range results {
				want := ""
				if len(o.Causes) > 0 {
					want = o.Causes[i]
				}
				if got := CauseOf(r.Err); string(got) != want {
					t.Errorf("%s, %s: line %d is %q, want %q", o.Name, suite, i+1, got, want)
				}
			}
			if len(results) == 0 || results[0].Err != nil {
				continue
			}
			key := results[0].Attribute.Keys[0]
			if key.Lifetime != o.Lifetime || hex.EncodeToString(key.MKI) != o.MKI {
				t.Errorf("%s, %s: lifetime %d and MKI %x, want %d and %s", o.Name, suite, key.Lifetime, key.MKI, o.Lifetime, o.MKI)
			}
		}
	}
}
