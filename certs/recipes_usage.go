package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// usageRecipes are about what the leaf is meant for.
func usageRecipes() []Recipe {
	return []Recipe{
		{
			Name:    "client-only",
			Defect:  "The leaf is for TLS clients alone (extended key usage clientAuth).",
			Cause:   CauseExtendedKeyUsage,
			Rule:    "RFC 5280 §4.2.1.12",
			OpenSSL: Opinion{Number: 26, Text: "unsuitable certificate purpose"},
			Go:      Opinion{Text: "incompatible key usage"},
			spoil: spoilingLeaf(func(template *x509.Certificate) {
				template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			}),
		},
		{
			Name:    "key-usage",
			Defect:  "The leaf's key may sign revocation lists alone, so no handshake.",
			Cause:   CauseKeyUsage,
			Rule:    "RFC 5280 §4.2.1.3; RFC 8446 §4.4.2.2",
			OpenSSL: Opinion{Number: 26, Text: "unsuitable certificate purpose"},
			Go:      Opinion{Accepts: true},
			spoil:   spoilingLeaf(func(template *x509.Certificate) { template.KeyUsage = x509.KeyUsageCRLSign }),
		},
		{
			Name:    "critical-extension",
			Defect:  "The leaf has a critical extension that no one knows.",
			Cause:   CauseCriticalExtension,
			Rule:    "RFC 5280 §4.2",
			OpenSSL: Opinion{Number: 34, Text: "unhandled critical extension"},
			Go:      Opinion{Text: "unhandled critical extension"},
			spoil: spoilingLeaf(func(template *x509.Certificate) {
				template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{
					// The arc of RFC 5612's number for documentation.
					Id:       asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1},
					Critical: true,
					Value:    asn1.NullBytes,
				})
			}),
		},
		{
			Name:    "leaf-is-ca",
			Defect:  "The leaf says that it is an authority, and its key may sign certificates.",
			Cause:   CauseLeafIsCA,
			Rule:    "CA/Browser Forum BR §7.1.2.7.8; no rule of RFC 5280",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil: spoilingLeaf(func(template *x509.Certificate) {
				template.IsCA = true
				template.KeyUsage |= x509.KeyUsageCertSign
			}),
		},
	}
}

func spoilingLeaf(edit func(*x509.Certificate)) func(*draft) error {
	return func(d *draft) error { edit(d.template); return nil }
}
