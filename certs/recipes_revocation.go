package certs

// revocationRecipes are about certificates that are on a list of
// [Credential.CRLs].
func revocationRecipes() []Recipe {
	const rule = "RFC 5280 §6.3.3"
	return []Recipe{
		{
			Name:    "revoked",
			Defect:  "The leaf is on the revocation list of its issuer.",
			Cause:   CauseRevoked,
			Rule:    rule,
			OpenSSL: Opinion{Number: 23, Text: "certificate revoked", Options: []string{"-crl_check"}},
			Go:      Opinion{Accepts: true},
			spoil:   func(d *draft) error { d.revoked = 0; return nil },
		},
		{
			Name:    "intermediate-revoked",
			Defect:  "The intermediate is on the revocation list of the root.",
			Cause:   CauseRevoked,
			Rule:    rule,
			OpenSSL: Opinion{Number: 23, Depth: 1, Text: "certificate revoked", Options: []string{"-crl_check_all"}},
			Go:      Opinion{Accepts: true},
			spoil:   func(d *draft) error { d.revoked = 1; return d.replaceIntermediate(nil) },
		},
	}
}
