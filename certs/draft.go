package certs

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
)

// draft is a credential that is being made, with everything that a recipe can change.
type draft struct {
	pki    *PKI
	recipe string // the recipe's name; empty for a good leaf
	leaf   Leaf
	host   string

	template *x509.Certificate
	public   crypto.PublicKey // what the certificate certifies
	key      crypto.Signer    // what the peer signs with

	// issuers is the path to the trust anchor: the leaf's issuer first, the
	// anchor last. It is empty for a self-signed leaf.
	issuers []authority

	// tamper, if not nil, changes the signed leaf.
	tamper func(leaf *x509.Certificate) (*x509.Certificate, error)
	// present, if not nil, changes the chain that is sent, leaf first.
	present func(chain []*x509.Certificate) []*x509.Certificate
	// anchor is what the verifier trusts; nil means the root of the hierarchy.
	anchor *x509.Certificate
	// revoked is the place in the path of the certificate that is revoked: 0 for the leaf, 1 for its issuer, -1 for
	// none.
	revoked int
}

func (p *PKI) draft(leaf Leaf, recipe string) (*draft, error) {
	if leaf.host() == "" && len(leaf.URIs) == 0 {
		return nil, errors.New("a leaf needs a name")
	}
	leaf = leaf.withDefaults(p.at)
	template, err := leaf.template()
	if err != nil {
		return nil, err
	}
	d := &draft{pki: p, recipe: recipe, leaf: leaf, host: leaf.host(), template: template, revoked: -1}
	if template.SerialNumber, err = p.forge.serial(p.spec.Name+" leaf "+recipe, leaf); err != nil {
		return nil, err
	}
	if err := d.useKey(leaf.Key, leaf.KeySlot); err != nil {
		return nil, err
	}
	d.issuers = []authority{p.root}
	if p.Intermediate != nil {
		d.issuers = []authority{p.issuing, p.root}
	}
	return d, nil
}

// useKey gives the leaf the key of a slot.
func (d *draft) useKey(t KeyType, slot string) error {
	key, err := d.pki.forge.key(t, "leaf "+slot)
	if err != nil {
		return err
	}
	identifier, err := keyIdentifier(key.Public())
	if err != nil {
		return err
	}
	d.key, d.public, d.template.SubjectKeyId = key, key.Public(), identifier
	return nil
}

// rename replaces every name of the leaf, so that a verifier that also reads other fields finds no other name.
func (d *draft) rename(names ...string) {
	d.template.Subject = pkix.Name{}
	if len(names) > 0 {
		d.template.Subject.CommonName = names[0]
	}
	d.template.DNSNames, d.template.IPAddresses, d.template.URIs = names, nil, nil
}

// replaceIntermediate puts another intermediate, which edit makes defective, between leaf and root. It has the good
// one's key but another name, so that a verifier that remembers the good one cannot use that instead.
func (d *draft) replaceIntermediate(edit func(*x509.Certificate)) error {
	intermediate, err := d.pki.makeIntermediate("intermediate", d.intermediate(), d.pki.root, edit)
	if err != nil {
		return err
	}
	d.issuers = []authority{intermediate, d.pki.root}
	return nil
}

// intermediate describes the recipe's own intermediate.
func (d *draft) intermediate() Authority { return d.renamed(d.pki.spec.Intermediate) }

// renamed returns a with the recipe in its name.
func (d *draft) renamed(a Authority) Authority {
	a.CommonName = fmt.Sprintf("%s (%s)", a.CommonName, d.recipe)
	return a
}

// finish signs the leaf and puts the chain together.
func (d *draft) finish() (*Credential, error) {
	issuer := authority{cert: d.template, key: d.key}
	if len(d.issuers) > 0 {
		issuer = d.issuers[0]
	}
	leaf, err := d.pki.forge.sign(d.template, d.public, issuer)
	if err != nil {
		return nil, err
	}
	if d.tamper != nil {
		if leaf, err = d.tamper(leaf); err != nil {
			return nil, err
		}
	}
	keyDER, err := d.pki.forge.pkcs8(d.key)
	if err != nil {
		return nil, err
	}
	cred := &Credential{
		Leaf:    leaf,
		Chain:   []*x509.Certificate{leaf},
		Key:     d.key,
		Root:    d.pki.Root,
		Host:    d.host,
		keyDER:  keyDER,
		at:      d.pki.at,
		issuers: d.issuers,
		revoked: d.revoked,
	}
	for _, issuer := range d.issuers[:max(0, len(d.issuers)-1)] {
		cred.Chain = append(cred.Chain, issuer.cert)
	}
	if d.present != nil {
		cred.Chain = d.present(cred.Chain)
	}
	if d.anchor != nil {
		cred.Root = d.anchor
	}
	return cred, nil
}
