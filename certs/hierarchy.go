package certs

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"
)

// Authority describes a certification authority. The zero value is usable and has a P-256 key.
type Authority struct {
	// CommonName is the subject's; empty: one made of the hierarchy's name.
	CommonName string
	// Organization is the subject's O; empty: none.
	Organization string
	Key          KeyType
	// KeySlot names the key: authorities of one forge with the same slot and
	// type of key share it, which makes cross-certificates possible. Empty: a
	// key of its own for each hierarchy name.
	KeySlot string
	// NotBefore and NotAfter bound the validity. Zero: ten years before and
	// after [Forge.RootsAt] for a root, five before and after [Forge.At] for an
	// intermediate.
	NotBefore, NotAfter time.Time
	// CRLDistributionPoints are URLs of the list on which this authority's
	// certificate would be revoked. A root is on no list and ignores them.
	CRLDistributionPoints []string
}

// Hierarchy describes a root and its intermediate.
type Hierarchy struct {
	// Name tells the hierarchies of one forge apart: it is part of the keys'
	// derivation. It must not be empty.
	Name         string
	Root         Authority
	Intermediate Authority
	// Direct leaves out the intermediate: the root signs the leaves itself, as a private authority of one
	// organisation often does.
	Direct bool
}

// PKI is a hierarchy that has been made and can issue leaves. Its methods may
// be called from any goroutine.
type PKI struct {
	// Root is the trust anchor, self-signed. It must not be changed.
	Root *x509.Certificate
	// Intermediate signs the leaves; nil in a direct hierarchy. It must not be
	// changed.
	Intermediate *x509.Certificate

	forge   *Forge
	at      time.Time
	spec    Hierarchy
	root    authority
	issuing authority // the root itself in a direct hierarchy
	issued  memo[*Credential]
}

// authority is a certificate that signs others, with its key.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// Hierarchy makes the authorities that h describes. Called again with the same h, it returns the same certificates.
func (f *Forge) Hierarchy(h Hierarchy) (*PKI, error) {
	if h.Name == "" {
		return nil, errors.New("certs: a hierarchy needs a name")
	}
	at, rootsAt := f.At.UTC().Truncate(time.Second), f.RootsAt.UTC().Truncate(time.Second)
	if f.RootsAt.IsZero() {
		rootsAt = at
	}
	return f.hierarchies.of([]any{at, rootsAt, h}, func() (*PKI, error) { return f.found(h, at, rootsAt) })
}

// found makes the authorities of a hierarchy.
func (f *Forge) found(h Hierarchy, at, rootsAt time.Time) (*PKI, error) {
	p := &PKI{forge: f, at: at, spec: h, issued: memo[*Credential]{most: mostCredentials}}
	p.spec.Root = p.spec.Root.withDefaults(h.Name+" Root CA", rootsAt, 10)
	root, err := p.makeRoot("root", p.spec.Root)
	if err != nil {
		return nil, fmt.Errorf("certs: root of %s: %w", h.Name, err)
	}
	p.root, p.issuing = root, root
	p.Root = root.cert

	if h.Direct { // recipes about intermediates still make one
		p.spec.Intermediate = Authority{Key: h.Root.Key}
	}
	p.spec.Intermediate = p.spec.Intermediate.withDefaults(h.Name+" Issuing CA", p.at, 5)
	if !h.Direct {
		p.issuing, err = p.makeIntermediate("intermediate", p.spec.Intermediate, p.root, nil)
		if err != nil {
			return nil, fmt.Errorf("certs: intermediate of %s: %w", h.Name, err)
		}
		p.Intermediate = p.issuing.cert
	}
	return p, nil
}

// Pool returns a new pool that holds the root.
func (p *PKI) Pool() *x509.CertPool { return poolOf(p.Root) }

// RootPEM returns the root, for a device's trust store.
func (p *PKI) RootPEM() []byte { return certificatePEM(p.Root) }

func (a Authority) withDefaults(name string, at time.Time, years int) Authority {
	if a.CommonName == "" {
		a.CommonName = name
	}
	a.Key = a.Key.orDefault()
	a.NotBefore, a.NotAfter = validity(a.NotBefore, a.NotAfter, at.AddDate(-years, 0, 0), at.AddDate(years, 0, 0))
	return a
}

// validity replaces zero times, and brings the others into the form that a
// certificate can hold.
func validity(notBefore, notAfter, defaultBefore, defaultAfter time.Time) (from, until time.Time) {
	if notBefore.IsZero() {
		notBefore = defaultBefore
	}
	if notAfter.IsZero() {
		notAfter = defaultAfter
	}
	return notBefore.UTC().Truncate(time.Second), notAfter.UTC().Truncate(time.Second)
}

// authorityKey returns the key of an authority; role is its slot if it names
// none.
func (p *PKI) authorityKey(role string, a Authority) (crypto.Signer, error) {
	if a.KeySlot != "" {
		return p.forge.key(a.Key, "authority "+a.KeySlot)
	}
	return p.forge.key(a.Key, fmt.Sprintf("hierarchy %q %s", p.spec.Name, role))
}

// makeRoot makes a self-signed authority. role names its key and, with a, its
// serial number.
func (p *PKI) makeRoot(role string, a Authority) (authority, error) {
	template, key, err := p.authorityTemplate(role, a)
	if err != nil {
		return authority{}, err
	}
	template.CRLDistributionPoints = nil
	p.forge.Constraints.apply(template)
	return p.forge.certify(template, key, authority{cert: template, key: key})
}

// makeIntermediate makes an authority that issuer signs. It may sign leaves only (path length zero). edit, which may
// be nil, makes it defective.
func (p *PKI) makeIntermediate(role string, a Authority, issuer authority, edit func(*x509.Certificate)) (authority, error) {
	template, key, err := p.authorityTemplate(role, a)
	if err != nil {
		return authority{}, err
	}
	template.MaxPathLen, template.MaxPathLenZero = 0, true
	if edit != nil {
		edit(template)
	}
	return p.forge.certify(template, key, issuer)
}

func (f *Forge) certify(template *x509.Certificate, key crypto.Signer, issuer authority) (authority, error) {
	cert, err := f.sign(template, key.Public(), issuer)
	if err != nil {
		return authority{}, err
	}
	return authority{cert: cert, key: key}, nil
}

func (p *PKI) authorityTemplate(role string, a Authority) (*x509.Certificate, crypto.Signer, error) {
	key, err := p.authorityKey(role, a)
	if err != nil {
		return nil, nil, err
	}
	identifier, err := keyIdentifier(key.Public())
	if err != nil {
		return nil, nil, err
	}
	serial, err := p.forge.serial(p.spec.Name+" "+role, a)
	if err != nil {
		return nil, nil, err
	}
	subject := pkix.Name{CommonName: a.CommonName}
	if a.Organization != "" {
		subject.Organization = []string{a.Organization}
	}
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               subject,
		NotBefore:             a.NotBefore,
		NotAfter:              a.NotAfter,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            -1,
		SubjectKeyId:          identifier,
		CRLDistributionPoints: a.CRLDistributionPoints,
	}, key, nil
}
