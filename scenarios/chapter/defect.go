package chapter

import (
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// broken are the rows of RFCs that defects break; the vendors' own rows say the same
// of some of them.
var broken = []struct {
	requirement string
	ofSIP       bool // and no rule for HTTPS
	recipes     []string
}{
	{"ST-01", true, []string{"cn-right-san-wrong", "sip-uri-with-user"}},
	{"ST-02", true, []string{
		"name-prefix", "name-suffix", "name-with-nul", "wildcard-partial", "wildcard-middle", "wildcard-two-labels", "wildcard-twice",
	}},
	{"ST-03", true, []string{"wrong-name", "no-names", certs.AddressOnly}},
	{"RF-CRT-02", false, []string{"client-only", "intermediate-client-only"}},
	{"RF-CRT-03", false, []string{"weak-key", "intermediate-weak-key", "sha1-signature"}},
	// Of these no device can be asked in this way; they are breaches all the same.
	{"ST-02", true, []string{"wildcard"}},
	{"RF-CRT-03", false, []string{"md5-signature"}},
	{"RF-CRT-05", false, []string{"revoked", "intermediate-revoked"}},
	{"", false, []string{"leaf-is-ca"}},
}

// unplantable are recipes of which no device can be asked, with the reason.
var unplantable = map[string]string{
	"root-expired":         "the device would have to be given another root than its control's",
	"ip-as-dns-name":       "SIP knows no addresses in certificates: the case address asks for them",
	"leaf-not-first":       "is refused for the name of the certificate that comes first, or for its key",
	"wildcard":             "is the certificate of vendors that have one: the case as-configured",
	"leaf-is-ca":           "no RFC has a rule for it",
	"key-mismatch":         "OpenSSL's servers load no key that is not the certificate's",
	"md5-signature":        "OpenSSL's servers show it to no client that does not offer MD5, and none does",
	"revoked":              "is the cases revoked-crl, revoked-ocsp and revoked-crl-known",
	"intermediate-revoked": "the intermediate names no list, and devices look for one of the leaf",
}

// defects are the recipes that a device has to refuse.
var defects = sync.OnceValue(func() (names []string) {
	for _, r := range certs.Recipes() {
		_, cannot := unplantable[r.Name]
		shows := func(s shown) bool { return s.name == r.Name }
		if !cannot && !slices.ContainsFunc(legal, shows) && !slices.ContainsFunc(illegal, shows) {
			names = append(names, r.Name)
		}
	}
	return names
})

// defective is a certificate with one defect.
func (e *entry) defective(recipe string) stimulus {
	r, _ := certs.RecipeByName(recipe)
	s := stimulus{title: "a defective certificate: " + strings.TrimSuffix(r.Defect, "."), area: "certificate", refused: true}
	s.requirement = Breaks(recipe, e.product.HTTPS == nil)
	s.vendor.Shows, s.presumes = scene.Presentation{Exact: true, Recipe: recipe}, explaining(r)
	s.expected, s.rule = e.way.refuses(recipe)
	return s
}

// Breaks returns the requirement of an RFC that the defect of a recipe breaks; empty for HTTPS where the RFC is about SIP.
func Breaks(recipe string, sip bool) string {
	for _, s := range everyShown {
		if s.vendor.Shows.Recipe == recipe && (sip || s.lacks == nil) {
			return s.requirement
		} else if s.vendor.Shows.Recipe == recipe {
			return ""
		}
	}
	for _, b := range broken {
		switch {
		case !slices.Contains(b.recipes, recipe):
		case b.ofSIP && !sip:
			return ""
		default:
			return b.requirement
		}
	}
	return "RF-CRT-01"
}

// explaining returns the cases whose fail explains that of a defect: what is wrong with
// the name is missed by a device that compares none, and everything by one that
// verifies nothing.
func explaining(r certs.Recipe) []string {
	switch r.Cause {
	case certs.CauseNameMismatch, certs.CauseWildcard, certs.CauseNoAlternativeName:
		if r.Name != naming {
			return []string{naming, verification}
		}
	}
	return []string{verification}
}
