package certs

import (
	"crypto/x509"
	"slices"
)

// chainRecipes are about what is sent beside the leaf, and whether it leads to
// the root that the verifier trusts.
func chainRecipes() []Recipe {
	unknown := Opinion{Text: "certificate signed by unknown authority"}
	noIssuer := Opinion{Number: 20, Text: "unable to get local issuer certificate"}
	return []Recipe{
		{
			Name:    "missing-intermediate",
			Defect:  "The leaf is sent without the intermediate that signed it.",
			Cause:   CauseIncompleteChain,
			Rule:    "RFC 5246 §7.4.2; RFC 8446 §4.4.2",
			OpenSSL: noIssuer,
			Go:      unknown,
			spoil: func(d *draft) error {
				d.present = func(chain []*x509.Certificate) []*x509.Certificate { return chain[:1] }
				return d.replaceIntermediate(nil)
			},
		},
		{
			Name:    "misordered-chain",
			Defect:  "Of two intermediates the upper one is sent before the lower one.",
			Cause:   CauseDisorderedChain,
			Rule:    "RFC 5246 §7.4.2; RFC 8446 §4.4.2 asks verifiers to cope",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil: func(d *draft) error {
				d.present = func(chain []*x509.Certificate) []*x509.Certificate {
					slices.Reverse(chain[1:])
					return chain
				}
				return d.twoIntermediates(1)
			},
		},
		{
			Name:    "leaf-not-first",
			Defect:  "The intermediate is sent before the leaf.",
			Cause:   CauseDisorderedChain,
			Rule:    "RFC 5246 §7.4.2; RFC 8446 §4.4.2",
			OpenSSL: Opinion{Number: 62, Text: "hostname mismatch"},
			Go:      Opinion{Text: "certificate is not valid for any names"},
			spoil: func(d *draft) error {
				d.present = func(chain []*x509.Certificate) []*x509.Certificate {
					slices.Reverse(chain)
					return chain
				}
				return d.replaceIntermediate(nil)
			},
		},
		{
			Name:    "unrelated-certificate",
			Defect:  "An intermediate that has nothing to do with the leaf is sent between the leaf and its issuer.",
			Cause:   CauseDisorderedChain,
			Rule:    "RFC 5246 §7.4.2; RFC 8446 §4.4.2 asks verifiers to cope",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil: func(d *draft) error {
				strangers, err := d.strangers()
				if err != nil {
					return err
				}
				d.present = func(chain []*x509.Certificate) []*x509.Certificate {
					return slices.Insert(chain, 1, strangers[0].cert)
				}
				return nil
			},
		},
		{
			Name:    "wrong-intermediate",
			Defect:  "The intermediate that is sent has the name of the leaf's issuer, but another key.",
			Cause:   CauseIncompleteChain,
			Rule:    "RFC 5280 §6.1.3 (a)(1)",
			OpenSSL: noIssuer,
			Go:      unknown,
			spoil: func(d *draft) error {
				namesake := d.intermediate()
				namesake.KeySlot = strangerIntermediate
				wrong, err := d.pki.makeIntermediate("stranger intermediate", namesake, d.pki.root, nil)
				if err != nil {
					return err
				}
				d.present = func(chain []*x509.Certificate) []*x509.Certificate {
					return []*x509.Certificate{chain[0], wrong.cert}
				}
				return d.replaceIntermediate(nil)
			},
		},
		{
			Name:    "unknown-ca",
			Defect:  "The chain is sound but leads to a root that the verifier does not trust.",
			Cause:   CauseUnknownCA,
			Rule:    "RFC 5280 §6.1.1 (d)",
			OpenSSL: Opinion{Number: 20, Depth: 1, Text: noIssuer.Text},
			Go:      unknown,
			spoil: func(d *draft) (err error) {
				d.issuers, err = d.strangers()
				return err
			},
		},
		{
			Name:    "unknown-ca-with-root",
			Defect:  "The chain is sound but leads to a root that the verifier does not trust, and which is sent along.",
			Cause:   CauseUnknownCA,
			Rule:    "RFC 5280 §6.1.1 (d)",
			OpenSSL: Opinion{Number: 19, Depth: 2, Text: "self-signed certificate in certificate chain"},
			Go:      unknown,
			spoil: func(d *draft) (err error) {
				d.issuers, err = d.strangers()
				d.present = func(chain []*x509.Certificate) []*x509.Certificate {
					return append(chain, d.issuers[1].cert)
				}
				return err
			},
		},
		{
			Name:    "impostor-ca",
			Defect:  "The chain leads to a root with the name and the key identifier of the trusted one, but another key.",
			Cause:   CauseUnknownCA,
			Rule:    "RFC 5280 §6.1.3 (a)(1)",
			OpenSSL: Opinion{Number: 7, Depth: 1, Text: "certificate signature failure"},
			Go:      unknown,
			spoil:   impostor,
		},
		{
			Name:    "self-signed",
			Defect:  "The leaf is signed with its own key.",
			Cause:   CauseSelfSigned,
			Rule:    "RFC 5280 §6.1",
			OpenSSL: Opinion{Number: 18, Text: "self-signed certificate"},
			Go:      unknown,
			spoil:   func(d *draft) error { d.issuers = nil; return nil },
		},
	}
}

// The slots of keys that recipes use instead of a hierarchy's own. Those of all
// hierarchies share them, since keys take time to make.
const (
	strangerRoot         = "stranger root"
	strangerIntermediate = "stranger intermediate"
	subIntermediate      = "sub-intermediate"
)

// strangers makes an intermediate and a root that no one trusts, with keys of
// the same types as the hierarchy's own.
func (d *draft) strangers() ([]authority, error) {
	spec := d.renamed(d.pki.spec.Root)
	spec.KeySlot = strangerRoot
	root, err := d.pki.makeRoot("stranger root", spec)
	if err != nil {
		return nil, err
	}
	spec = d.intermediate()
	spec.KeySlot = strangerIntermediate
	intermediate, err := d.pki.makeIntermediate("stranger intermediate", spec, root, nil)
	if err != nil {
		return nil, err
	}
	return []authority{intermediate, root}, nil
}

func impostor(d *draft) error {
	key, err := d.pki.authorityKey("stranger root", Authority{Key: d.pki.spec.Root.Key, KeySlot: strangerRoot})
	if err != nil {
		return err
	}
	double := *d.pki.Root
	double.PublicKey = key.Public()
	root, err := d.pki.forge.certify(&double, key, authority{cert: &double, key: key})
	if err != nil {
		return err
	}
	intermediate, err := d.pki.makeIntermediate("intermediate", d.intermediate(), root, nil)
	if err != nil {
		return err
	}
	d.issuers = []authority{intermediate, root}
	return nil
}

// twoIntermediates makes two intermediates of the recipe's own, the upper one
// with a path length.
func (d *draft) twoIntermediates(pathLength int) error {
	spec := d.intermediate()
	upper, err := d.pki.makeIntermediate("intermediate", spec, d.pki.root, func(template *x509.Certificate) {
		template.MaxPathLen, template.MaxPathLenZero = pathLength, pathLength == 0
	})
	if err != nil {
		return err
	}
	spec.CommonName += " sub"
	spec.KeySlot = subIntermediate
	lower, err := d.pki.makeIntermediate("sub-intermediate", spec, upper, nil)
	if err != nil {
		return err
	}
	d.issuers = []authority{lower, upper, d.pki.root}
	return nil
}
