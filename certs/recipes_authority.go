package certs

import (
	"crypto/x509"
	"errors"
)

// authorityRecipes are about an intermediate that must not sign the leaf.
func authorityRecipes() []Recipe {
	return []Recipe{
		{
			Name:    "intermediate-not-ca",
			Defect:  "The intermediate says that it is not an authority (basicConstraints CA:FALSE).",
			Cause:   CauseIssuerNotCA,
			Rule:    "RFC 5280 §6.1.4 (k)",
			OpenSSL: Opinion{Number: 79, Depth: 1, Text: "invalid CA certificate"},
			Go:      Opinion{Text: "certificate signed by unknown authority"},
			spoil: spoilingIntermediate(func(template *x509.Certificate) {
				template.IsCA, template.MaxPathLen, template.MaxPathLenZero = false, -1, false
			}),
		},
		{
			Name:    "intermediate-without-constraints",
			Defect:  "The intermediate does not say whether it is an authority (no basicConstraints).",
			Cause:   CauseIssuerNotCA,
			Rule:    "RFC 5280 §6.1.4 (k)",
			OpenSSL: Opinion{Number: 79, Depth: 1, Text: "invalid CA certificate"},
			Go:      Opinion{Text: "certificate signed by unknown authority"},
			spoil:   spoilingIntermediate(func(template *x509.Certificate) { template.BasicConstraintsValid = false }),
		},
		{
			Name:    "intermediate-key-usage",
			Defect:  "The intermediate's key may sign revocation lists but not certificates.",
			Cause:   CauseKeyUsage,
			Rule:    "RFC 5280 §6.1.4 (n)",
			OpenSSL: Opinion{Number: 32, Depth: 1, Text: "key usage does not include certificate signing"},
			Go:      Opinion{Text: "certificate signed by unknown authority"},
			spoil:   spoilingIntermediate(func(template *x509.Certificate) { template.KeyUsage = x509.KeyUsageCRLSign }),
		},
		{
			Name:    "intermediate-client-only",
			Defect:  "The intermediate may certify TLS clients alone (extended key usage clientAuth).",
			Cause:   CauseExtendedKeyUsage,
			Rule:    "CA/Browser Forum BR §7.1.2.10.6; RFC 5280 §4.2.1.12 does not nest usages",
			OpenSSL: Opinion{Number: 26, Depth: 1, Text: "unsuitable certificate purpose"},
			Go:      Opinion{Text: "incompatible key usage"},
			spoil: spoilingIntermediate(func(template *x509.Certificate) {
				template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			}),
		},
		{
			Name:    "path-length",
			Defect:  "An intermediate that may sign leaves only (path length 0) signed another intermediate.",
			Cause:   CausePathTooLong,
			Rule:    "RFC 5280 §6.1.4 (l)",
			OpenSSL: Opinion{Number: 25, Depth: 2, Text: "path length constraint exceeded"},
			Go:      Opinion{Text: "too many intermediates for path length constraint"},
			spoil:   func(d *draft) error { return d.twoIntermediates(0) },
		},
		{
			Name:    "name-not-permitted",
			Defect:  "The intermediate may sign for another domain alone (permitted name constraint).",
			Cause:   CauseNameConstraint,
			Rule:    "RFC 5280 §6.1.3 (b)",
			OpenSSL: Opinion{Number: 47, Text: "permitted subtree violation"},
			Go:      Opinion{Text: "is not permitted by any constraint"},
			spoil: func(d *draft) error {
				if len(d.leaf.DNSNames) == 0 {
					return errors.New("the leaf has no DNS name")
				}
				return d.replaceIntermediate(func(template *x509.Certificate) {
					template.PermittedDNSDomainsCritical = true
					template.PermittedDNSDomains = []string{"elsewhere.invalid"}
				})
			},
		},
		{
			Name:    "name-excluded",
			Defect:  "The intermediate may not sign for the host (excluded name constraint).",
			Cause:   CauseNameConstraint,
			Rule:    "RFC 5280 §6.1.3 (c)",
			OpenSSL: Opinion{Number: 48, Text: "excluded subtree violation"},
			Go:      Opinion{Text: "is excluded by constraint"},
			spoil: func(d *draft) error {
				host, err := d.hostName(1)
				if err != nil {
					return err
				}
				return d.replaceIntermediate(func(template *x509.Certificate) {
					template.PermittedDNSDomainsCritical = true
					template.ExcludedDNSDomains = []string{host}
				})
			},
		},
	}
}

func spoilingIntermediate(edit func(*x509.Certificate)) func(*draft) error {
	return func(d *draft) error { return d.replaceIntermediate(edit) }
}
