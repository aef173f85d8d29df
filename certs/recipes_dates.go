package certs

import "crypto/x509"

// dateRecipes are about validity periods. They miss the present by a day, so that a clock which is hours off does not
// matter.
func dateRecipes() []Recipe {
	const rule = "RFC 5280 §6.1.3 (a)(2)"
	return []Recipe{
		{
			Name:    "expired",
			Defect:  "The leaf expired a day ago.",
			Cause:   CauseExpired,
			Rule:    rule,
			OpenSSL: Opinion{Number: 10, Text: "certificate has expired"},
			Go:      Opinion{Text: "is after"},
			spoil:   func(d *draft) error { d.expire(d.template); return nil },
		},
		{
			Name:    "not-yet-valid",
			Defect:  "The leaf is valid from tomorrow on.",
			Cause:   CauseNotYetValid,
			Rule:    rule,
			OpenSSL: Opinion{Number: 9, Text: "certificate is not yet valid"},
			Go:      Opinion{Text: "is before"},
			spoil:   func(d *draft) error { d.postpone(d.template); return nil },
		},
		{
			Name:    "intermediate-expired",
			Defect:  "The intermediate expired a day ago; the leaf and the root are valid.",
			Cause:   CauseIssuerExpired,
			Rule:    rule,
			OpenSSL: Opinion{Number: 10, Depth: 1, Text: "certificate has expired"},
			Go:      Opinion{Text: "is after"},
			spoil:   func(d *draft) error { return d.replaceIntermediate(d.expire) },
		},
		{
			Name:    "intermediate-not-yet-valid",
			Defect:  "The intermediate is valid from tomorrow on; the leaf and the root are valid.",
			Cause:   CauseIssuerNotYetValid,
			Rule:    rule,
			OpenSSL: Opinion{Number: 9, Depth: 1, Text: "certificate is not yet valid"},
			Go:      Opinion{Text: "is before"},
			spoil:   func(d *draft) error { return d.replaceIntermediate(d.postpone) },
		},
		{
			Name:    "root-expired",
			Defect:  "The root, one of the recipe's own which the verifier trusts, expired a day ago.",
			Cause:   CauseIssuerExpired,
			Rule:    "RFC 5280 §6.1.1 (d) leaves a trust anchor's dates to the verifier",
			OpenSSL: Opinion{Number: 10, Depth: 2, Text: "certificate has expired"},
			Go:      Opinion{Text: "is after"},
			spoil:   expiredRoot,
		},
	}
}

func expiredRoot(d *draft) error {
	spec := d.renamed(d.pki.spec.Root)
	spec.NotAfter = d.pki.at.AddDate(0, 0, -1)
	root, err := d.pki.makeRoot("root", spec)
	if err != nil {
		return err
	}
	intermediate, err := d.pki.makeIntermediate("intermediate", d.intermediate(), root, nil)
	if err != nil {
		return err
	}
	d.issuers, d.anchor = []authority{intermediate, root}, root.cert
	return nil
}

// expire moves a validity period, of the same length, to end yesterday.
func (d *draft) expire(template *x509.Certificate) {
	yesterday := d.pki.at.AddDate(0, 0, -1)
	template.NotBefore = yesterday.Add(template.NotBefore.Sub(template.NotAfter))
	template.NotAfter = yesterday
}

// postpone moves a validity period, of the same length, to begin tomorrow.
func (d *draft) postpone(template *x509.Certificate) {
	tomorrow := d.pki.at.AddDate(0, 0, 1)
	template.NotAfter = tomorrow.Add(template.NotAfter.Sub(template.NotBefore))
	template.NotBefore = tomorrow
}
