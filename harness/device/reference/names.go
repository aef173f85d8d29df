package reference

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/netip"
	"slices"
	"strings"
)

// nameRules say how a certificate is compared with a name.
type nameRules struct {
	// wildcards is how many labels a leading "*" may stand for at most: one by RFC 6125 §6.4.3, which vendors'
	// certificates need, none by RFC 5922 §7.2. More is wrong.
	wildcards int
	// commonName compares the common name even if there is a subjectAltName, which is wrong.
	commonName bool
	// parts lets a wildcard stand for a part of the left-most label, which RFC 9525 §6.3 forbids.
	parts bool
	// noURIs ignores sip: URIs, which is wrong.
	noURIs bool
}

// names returns the identities of a certificate by RFC 5922 §7.1: its sip: URIs without user part; if it has none, its DNS
// names and IP addresses; and the common name only if it has no subjectAltName at all.
func (r nameRules) names(leaf *x509.Certificate) []string {
	var names []string
	for _, uri := range leaf.URIs {
		if strings.EqualFold(uri.Scheme, "sip") && !r.noURIs {
			if host := uri.Opaque; host != "" && !strings.Contains(host, "@") {
				names = append(names, host)
			}
		}
	}
	if len(names) == 0 {
		names = append(names, leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
	}
	if r.commonName || !hasAlternativeName(leaf) {
		names = append(names, leaf.Subject.CommonName)
	}
	return names
}

func hasAlternativeName(leaf *x509.Certificate) bool {
	return slices.ContainsFunc(leaf.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(subjectAltName) })
}

// subjectAltName is id-ce-subjectAltName, RFC 5280 §4.2.1.6.
var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// match compares an identity with the wanted name, ignoring case. A wildcard never stands for a part of a label or of an
// address.
func (r nameRules) match(pattern, name string) bool {
	pattern = strings.ToLower(strings.TrimSuffix(pattern, "."))
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "" {
		return false
	}
	if pattern == name {
		return true
	}
	if before, after, partial := strings.Cut(pattern, "*"); r.parts && partial && before != "" {
		return strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
	}
	suffix, ok := strings.CutPrefix(pattern, "*")
	if _, err := netip.ParseAddr(name); err == nil || !ok || !strings.HasPrefix(suffix, ".") {
		return false
	}
	labels, ok := strings.CutSuffix(name, suffix)
	return ok && labels != "" && strings.Count(labels, ".") < r.wildcards
}
