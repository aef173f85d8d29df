package identity_test

import (
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
)

// asked is the time of every test.
var asked = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

const host = "sbc.customer.test"

func hierarchy(t *testing.T) *certs.PKI {
	t.Helper()
	forge := certs.NewForge(20260314)
	forge.At = asked
	pki, err := forge.Hierarchy(certs.Hierarchy{Name: "public"})
	if err != nil {
		t.Fatal(err)
	}
	return pki
}

var sound = certs.Leaf{DNSNames: []string{host}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

// elsewhere are the recipes that this package judges differently from their cause, and why.
var elsewhere = map[string]struct {
	cause string // "" if accepted
	why   string
}{
	"leaf-not-first":        {certs.CauseNameMismatch, "the first certificate counts as the leaf, and it is for another name"},
	"impostor-ca":           {certs.CauseBadSignature, "its issuer has the name and the key identifier of a root: only the signature tells"},
	"ip-as-dns-name":        {identity.CauseAddress, "no certificate is good for an address"},
	"cn-only":               {"", "the name may be in the common name or in the subjectAltName, seed 001"},
	"cn-right-san-wrong":    {"", "the name may be in the common name or in the subjectAltName, seed 001"},
	"wildcard":              {certs.CauseNameMismatch, "wildcards are switched off here"},
	"wildcard-partial":      {certs.CauseNameMismatch, "a wildcard that stands for nothing is another name"},
	"wildcard-middle":       {certs.CauseNameMismatch, "a wildcard that stands for nothing is another name"},
	"wildcard-two-labels":   {certs.CauseNameMismatch, "a wildcard that stands for nothing is another name"},
	"wildcard-twice":        {certs.CauseNameMismatch, "a wildcard that stands for nothing is another name"},
	"sip-uri-mismatch":      {"", "the DNS name is right, and the vendor speaks of names alone"},
	"misordered-chain":      {"", "all that is needed was sent, RFC 8446 §4.4.2"},
	"unrelated-certificate": {"", "all that is needed was sent, RFC 8446 §4.4.2"},
	"revoked":               {"", "whether the vendor looks at lists is unknown, GE-CRT-10"},
	"intermediate-revoked":  {"", "whether the vendor looks at lists is unknown, GE-CRT-10"},
	"weak-key":              {"", "no document has a rule of sizes"},
	"intermediate-weak-key": {"", "no document has a rule of sizes"},
	"key-mismatch":          {"", "seen in the handshake, not in the chain"},
	"key-usage":             {"", "crypto/x509 does not look at it in a leaf"},
	"leaf-is-ca":            {"", "no document forbids it"},
}

// TestRecipes checks that every defect that a certificate can have is rejected for its own cause, or that the table says
// why not.
func TestRecipes(t *testing.T) {
	t.Parallel()
	pki := hierarchy(t)
	explained := 0
	for _, recipe := range certs.Recipes() {
		cred, err := pki.IssueDefective(recipe.Name, sound)
		if err != nil {
			t.Fatal(err)
		}
		want := recipe.Cause
		if e, ok := elsewhere[recipe.Name]; ok {
			explained++
			if want = e.cause; want == recipe.Cause {
				t.Errorf("%s: explained, but as its cause says", recipe.Name)
			}
		}
		err = identity.Rules{Roots: []*x509.Certificate{cred.Root}, Names: []string{cred.Host}, At: asked}.Verify(cred.Chain)
		var rejection *identity.Rejection
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v, want it taken", recipe.Name, err)
		case want == "":
		case !errors.As(err, &rejection):
			t.Errorf("%s: %v, want %s", recipe.Name, err, want)
		case !slices.Contains(rejection.Causes, want):
			t.Errorf("%s: %v, want %s", recipe.Name, err, want)
		}
	}
	if explained != len(elsewhere) {
		t.Errorf("%d of the explained recipes exist, of %d", explained, len(elsewhere))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	pki := hierarchy(t)
	for _, test := range []struct {
		name, common string
		alternative  []string
		wildcards    bool
		causes       []string
	}{
		{host, "", []string{host}, false, nil},
		{"SBC.Customer.Test.", "", []string{host}, false, nil},
		{host, host, []string{"other.customer.test"}, false, nil},
		{host, "other.customer.test", []string{"third.customer.test", host}, false, nil},
		{host, "", []string{"other.customer.test"}, true, []string{certs.CauseNameMismatch}},
		{host, "", []string{"*.customer.test"}, true, nil},
		{host, "", []string{"*.customer.test"}, false, []string{certs.CauseNameMismatch}},
		{"a.b.customer.test", "", []string{"*.customer.test"}, true, []string{certs.CauseNameMismatch}},
		{"customer.test", "", []string{"*.customer.test"}, true, []string{certs.CauseNameMismatch}},
		{"test", "", []string{"*."}, true, []string{certs.CauseNameMismatch}},
		{"127.0.0.1", "127.0.0.1", []string{host}, true, []string{identity.CauseAddress}},
		{"[::1]", "", []string{host}, true, []string{identity.CauseAddress}},
		{"", "", []string{host}, true, []string{certs.CauseNameMismatch}},
	} {
		cred, err := pki.Issue(certs.Leaf{CommonName: test.common, DNSNames: test.alternative})
		if err != nil {
			t.Fatal(err)
		}
		rules := identity.Rules{Roots: []*x509.Certificate{pki.Root}, Names: []string{test.name}, Wildcards: test.wildcards, At: asked}
		if got := causes(rules.Verify(cred.Chain)); !slices.Equal(got, test.causes) {
			t.Errorf("%q against %q and %q: %v, want %v", test.name, test.common, test.alternative, got, test.causes)
		}
	}
}

// TestEveryCause checks that a certificate with two faults is rejected for both.
func TestEveryCause(t *testing.T) {
	t.Parallel()
	pki := hierarchy(t)
	cred, err := pki.IssueDefective("self-signed", sound)
	if err != nil {
		t.Fatal(err)
	}
	err = identity.Rules{Roots: []*x509.Certificate{pki.Root}, Names: []string{"other.customer.test"}, At: asked}.Verify(cred.Chain)
	want := []string{certs.CauseSelfSigned, certs.CauseNameMismatch}
	if got := causes(err); !slices.Equal(got, want) || !strings.HasPrefix(err.Error(), strings.Join(want, ", ")) {
		t.Errorf("%v, want %v", err, want)
	}
	if got := causes(identity.Rules{Names: []string{host}}.Verify(nil)); !slices.Equal(got, []string{identity.CauseNone}) {
		t.Errorf("without a certificate: %v", got)
	}
}

func causes(err error) []string {
	var rejection *identity.Rejection
	if errors.As(err, &rejection) {
		return rejection.Causes
	}
	return nil
}
