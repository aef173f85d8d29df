package certs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

const (
	ruleHostName = "RFC 6125 §6.4; RFC 5922 §7.2"
	ruleWildcard = "RFC 6125 §6.4.3; RFC 5922 §7.2"

	user = "alice" // whom sip-uri-with-user identifies
)

// nameRecipes are about the leaf's names. Each replaces all names, so that the peer's host is found in the leaf only
// where the recipe puts it.
func nameRecipes() []Recipe {
	mismatch := Opinion{Number: 62, Text: "hostname mismatch"}
	return []Recipe{
		{
			Name:    "wrong-name",
			Defect:  "The leaf is for another host, in the common name as in the alternative names.",
			Cause:   CauseNameMismatch,
			Rule:    ruleHostName,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for wrong.invalid, not "},
			spoil:   renaming(func(string) string { return "wrong.invalid" }),
		},
		{
			Name:    "cn-only",
			Defect:  "The host is in the common name alone; there are no alternative names.",
			Cause:   CauseNoAlternativeName,
			Rule:    "RFC 9525 forbids it; RFC 6125 §6.4.4 and RFC 5922 §7.1 allow it",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Text: "certificate relies on legacy Common Name field"},
			spoil: naming(1, func(d *draft, host string) {
				d.rename()
				d.template.Subject.CommonName = host
			}),
		},
		{
			Name:    "cn-right-san-wrong",
			Defect:  "The host is in the common name, but the alternative names are another's.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 6125 §6.4.4; RFC 5922 §7.1",
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for wrong.invalid, not "},
			spoil: naming(1, func(d *draft, host string) {
				d.rename("wrong.invalid")
				d.template.Subject.CommonName = host
			}),
		},
		{
			Name:    "no-names",
			Defect:  "The subject is empty and there are no alternative names.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 5280 §4.2.1.6; " + ruleHostName,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is not valid for any names"},
			spoil:   func(d *draft) error { d.rename(); return nil },
		},
		{
			Name:    "name-prefix",
			Defect:  "The leaf is for a host whose name begins with the wanted one.",
			Cause:   CauseNameMismatch,
			Rule:    ruleHostName,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for "},
			spoil:   renaming(func(host string) string { return host + ".invalid" }),
		},
		{
			Name:    "name-suffix",
			Defect:  "The leaf is for the domain that the wanted host is in.",
			Cause:   CauseNameMismatch,
			Rule:    ruleHostName,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for "},
			spoil:   renaming(parent),
		},
		{
			Name:    "name-with-nul",
			Defect:  "The wanted name ends, in the leaf, at a NUL character behind which another domain follows.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 5280 §4.2.1.6",
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for "},
			spoil:   renaming(func(host string) string { return host + "\x00.invalid" }),
		},
		{
			Name:    "wildcard",
			Defect:  "A wildcard stands for the first label of the host, which is fine for HTTPS and not for SIP.",
			Cause:   CauseWildcard,
			Rule:    "RFC 5922 §7.2; RFC 6125 §6.4.3 allows it",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil:   renaming(func(host string) string { return "*." + parent(host) }),
		},
		{
			Name:    "wildcard-partial",
			Defect:  "A wildcard stands for all but the first letter of the first label of the host.",
			Cause:   CauseWildcard,
			Rule:    "RFC 9525 §6.3 forbids it; RFC 6125 §6.4.3 leaves it open; RFC 5922 §7.2",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Text: "certificate is valid for "},
			spoil:   renaming(func(host string) string { return host[:1] + "*." + parent(host) }),
		},
		{
			Name:    "wildcard-middle",
			Defect:  "A wildcard stands for the second label of the host.",
			Cause:   CauseWildcard,
			Rule:    ruleWildcard,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for "},
			spoil: renaming(func(host string) string {
				label, rest, _ := strings.Cut(host, ".")
				return label + ".*." + parent(rest)
			}),
		},
		{
			Name:    "wildcard-two-labels",
			Defect:  "One wildcard would have to stand for the first two labels of the host.",
			Cause:   CauseWildcard,
			Rule:    ruleWildcard,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for *."},
			spoil:   renaming(func(host string) string { return "*." + parent(parent(host)) }),
		},
		{
			Name:    "wildcard-twice",
			Defect:  "Two wildcards stand for the first two labels of the host.",
			Cause:   CauseWildcard,
			Rule:    ruleWildcard,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is valid for "},
			spoil:   renaming(func(host string) string { return "*.*." + parent(parent(host)) }),
		},
		{
			Name:    AddressOnly,
			Defect:  "The only alternative name is the host's IP address, and the host is looked for by name.",
			Cause:   CauseNameMismatch,
			Rule:    ruleHostName,
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is not valid for any names"},
			spoil: func(d *draft) error {
				if len(d.leaf.IPs) == 0 {
					return errors.New("the leaf has no IP address")
				}
				if _, err := d.hostName(1); err != nil {
					return err
				}
				addresses := d.template.IPAddresses
				d.rename()
				d.template.Subject.CommonName = d.leaf.IPs[0].String()
				d.template.IPAddresses = addresses
				return nil
			},
		},
		{
			Name:    "ip-as-dns-name",
			Defect:  "The host, looked for by its IP address, has the address in a DNS name instead of an IP address name.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 5280 §4.2.1.6; RFC 2818 §3.1",
			OpenSSL: Opinion{Number: 64, Text: "IP address mismatch"},
			Go:      Opinion{Text: "because it doesn't contain any IP SANs"},
			spoil: func(d *draft) error {
				if len(d.leaf.IPs) == 0 {
					return errors.New("the leaf has no IP address")
				}
				d.host = d.leaf.IPs[0].String()
				d.rename(d.host)
				return nil
			},
		},
		{
			Name:    "sip-uri-mismatch",
			Defect:  "The DNS name is the host's, but a sip: URI, which goes before it, names another domain.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 5922 §7.1",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil: naming(1, func(d *draft, host string) {
				d.rename(host)
				d.template.URIs = []*url.URL{{Scheme: "sip", Opaque: "wrong.invalid"}}
			}),
		},
		{
			Name:    "sip-uri-with-user",
			Defect:  "The only alternative name is the sip: URI of a user at the host, which identifies the user and not the host.",
			Cause:   CauseNameMismatch,
			Rule:    "RFC 5922 §7.1",
			OpenSSL: mismatch,
			Go:      Opinion{Text: "certificate is not valid for any names"},
			spoil: naming(1, func(d *draft, host string) {
				d.rename()
				d.template.Subject.CommonName = user
				d.template.URIs = []*url.URL{{Scheme: "sip", Opaque: user + "@" + host}}
			}),
		},
	}
}

// renaming gives the leaf a single name, made from the host's. The host must have at least three labels, so that
// every wildcard leaves a domain.
func renaming(rename func(host string) string) func(*draft) error {
	return naming(3, func(d *draft, host string) { d.rename(rename(host)) })
}

// naming changes the names of a leaf whose host has at least that many labels.
func naming(labels int, spoil func(d *draft, host string)) func(*draft) error {
	return func(d *draft) error {
		host, err := d.hostName(labels)
		if err != nil {
			return err
		}
		spoil(d, host)
		return nil
	}
}

// hostName returns the host if it is a DNS name of at least that many labels.
func (d *draft) hostName(labels int) (string, error) {
	switch {
	case !slices.Contains(d.leaf.DNSNames, d.host), net.ParseIP(d.host) != nil, strings.Contains(d.host, "*"):
		return "", errors.New("the leaf's first name is not a host name")
	case strings.Count(d.host, ".")+1 < labels:
		return "", fmt.Errorf("the host name %s has fewer than %d labels", d.host, labels)
	}
	return d.host, nil
}

// parent returns host without its first label.
func parent(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	return rest
}
