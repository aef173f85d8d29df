package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Oddity is one way in which certificates of the field differ from what crypto/x509 parses. [Parse] reads them all.
type Oddity struct {
	Name string
	// What says in a sentence how the certificate is written.
	What string
	// Flaw is what [Parse] says of it.
	Flaw FlawKind
	// OpenSSL is the opinion of openssl verify, asked as for a [Recipe].
	OpenSSL Opinion

	write func(*fields) error
}

// Oddities returns all oddities.
func Oddities() []Oddity { return slices.Clone(oddities) }

var oddities = []Oddity{
	{
		Name: "negative-serial", What: "The serial number is negative.", Flaw: FlawSerial, OpenSSL: Opinion{Accepts: true},
		write: func(f *fields) error { f.serial = element(big.NewInt(-0x1234567890)); return nil },
	},
	{
		Name: "ip-address-as-text", What: "The IP address in subjectAltName is its text, of 11 bytes.", Flaw: FlawAlternativeName,
		OpenSSL: Opinion{Accepts: true}, write: addName(7, "192.0.2.250"),
	},
	{
		Name: "ip-address-with-port", What: "The IP address in subjectAltName is text of 14 bytes, with a port.", Flaw: FlawAlternativeName,
		OpenSSL: Opinion{Accepts: true}, write: addName(7, "192.0.2.1:5061"),
	},
	{
		Name: "dns-name-not-ascii", What: "A DNS name in subjectAltName is in UTF-8.", Flaw: FlawAlternativeName,
		OpenSSL: Opinion{Accepts: true}, write: addName(2, "büro.vendor.test"),
	},
	{
		Name: "uri-with-port-name", What: "A URI in subjectAltName has a word for a port.", Flaw: FlawAlternativeName,
		OpenSSL: Opinion{Accepts: true}, write: addName(6, "sips://edge.vendor.test:port"),
	},
	{
		Name: "subject-printable-at", What: "The subject's PrintableString has an @.", Flaw: FlawDistinguished, OpenSSL: Opinion{Accepts: true},
		write: func(f *fields) error { f.subject = nameOf(asn1.TagPrintableString, "sip@vendor"); return nil },
	},
	{
		Name: "date-with-fraction", What: "notAfter has fractions of a second.", Flaw: FlawDate, OpenSSL: Opinion{Number: 14},
		write: func(f *fields) error {
			before := element(struct{ NotBefore, NotAfter time.Time }{time.Unix(0, 0).UTC(), time.Unix(0, 0).UTC()})[2:17]
			after := append([]byte{byte(tag.GeneralizedTime), 18}, "20991231235959.50Z"[:18]...)
			f.validity = append([]byte{byte(tag.SEQUENCE), byte(len(before) + len(after))}, slices.Concat(before, after)...)
			return nil
		},
	},
	{
		Name: "duplicate-extension", What: "An extension is there twice.", Flaw: FlawDuplicate, OpenSSL: Opinion{Number: 20},
		write: func(f *fields) error { f.extensions = append(f.extensions, f.extensions[0]); return nil },
	},
	{
		Name: "key-usage-malformed", What: "The key usage is not a bit string.", Flaw: FlawExtension, OpenSSL: Opinion{Number: 20},
		write: func(f *fields) error {
			f.extensions = slices.DeleteFunc(slices.Clone(f.extensions), func(der []byte) bool {
				e := readExtension(der)
				return e == nil || e.ID.Equal(keyUsage)
			})
			f.extensions = append(f.extensions, element(extension{keyUsage, true, element(5)}))
			return nil
		},
	},
	{
		Name: "version-4", What: "The version is 4.", Flaw: FlawVersion, OpenSSL: Opinion{Accepts: true},
		write: func(f *fields) error { f.version = element(3); return nil },
	},
	{
		Name: "algorithms-differ", What: "The two places for the signature algorithm differ.", Flaw: FlawAlgorithm, OpenSSL: Opinion{Number: 7},
		write: func(f *fields) error {
			f.outerAlgorithm = element(struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}})
			return nil
		},
	},
	{
		Name: "explicit-curve", What: "The key spells out the parameters of P-256.", Flaw: FlawCurve, OpenSSL: Opinion{Number: 94},
		write: func(f *fields) error {
			spelled, err := spellOut(f.key)
			f.key = spelled
			return err
		},
	},
}

var keyUsage = asn1.ObjectIdentifier{2, 5, 29, 15}

// nameOf returns a name with one common name of that string type.
func nameOf(stringType int, text string) []byte {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	value := asn1.RawValue{Tag: stringType, Bytes: []byte(text)}
	set, _ := asn1.MarshalWithParams([]attribute{{asn1.ObjectIdentifier{2, 5, 4, 3}, value}}, "set")
	return element([]asn1.RawValue{{FullBytes: set}})
}

// addName returns a function that adds a name to subjectAltName, by the number that RFC 5280 §4.2.1.6 gives its kind.
func addName(kind int, text string) func(*fields) error {
	return func(f *fields) error {
		f.extensions = slices.Clone(f.extensions)
		for i, der := range f.extensions {
			e := readExtension(der)
			if e == nil || !e.ID.Equal(subjectAltName) {
				continue
			}
			var names []asn1.RawValue
			if _, err := asn1.Unmarshal(e.Value, &names); err != nil {
				return err
			}
			names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: kind, Bytes: []byte(text)})
			f.extensions[i] = element(extension{e.ID, e.Critical, element(names)})
			return nil
		}
		return fmt.Errorf("the leaf has no subjectAltName")
	}
}

// spellOut returns a P-256 key with explicit parameters (SEC 1, appendix C.2) instead of the curve's name.
func spellOut(key []byte) ([]byte, error) {
	type field struct {
		ID    asn1.ObjectIdentifier
		Prime *big.Int
	}
	type curve struct{ A, B []byte }
	type parameters struct {
		Version  int
		Field    field
		Curve    curve
		Base     []byte
		Order    *big.Int
		Cofactor int
	}
	type algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters parameters
	}
	parsed, err := x509.ParsePKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the leaf's key is not on P-256")
	}
	point, err := public.Bytes()
	if err != nil {
		return nil, err
	}
	p := elliptic.P256().Params()
	base := slices.Concat([]byte{4}, p.Gx.FillBytes(make([]byte, 32)), p.Gy.FillBytes(make([]byte, 32))) // uncompressed
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	return element(struct {
		Algorithm algorithm
		Key       asn1.BitString
	}{algorithm{ecPublicKey, parameters{
		1, field{asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}, p.P}, curve{a.FillBytes(make([]byte, 32)), p.B.FillBytes(make([]byte, 32))},
		base, p.N, 1,
	}}, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}}), nil
}

// IssueOdd returns a leaf that is written as the named oddity says; see [Oddities]. Except for that it is the leaf
// that [PKI.Issue] would return.
//
// It fails if there is no such oddity, or if the leaf lacks what it is about.
func (p *PKI) IssueOdd(oddity string, leaf Leaf) (*Credential, error) {
	i := slices.IndexFunc(oddities, func(o Oddity) bool { return o.Name == oddity })
	if i < 0 {
		return nil, fmt.Errorf("certs: no oddity %q", oddity)
	}
	d, err := p.draft(leaf, oddity)
	if err == nil {
		d.tamper = func(leaf *x509.Certificate) (*x509.Certificate, error) { return d.rewrite(leaf, oddities[i].write) }
		var cred *Credential
		if cred, err = d.finish(); err == nil {
			return cred, nil
		}
	}
	return nil, fmt.Errorf("certs: %s: %w", oddity, err)
}

// rewrite changes the fields of a leaf and signs it again.
func (d *draft) rewrite(leaf *x509.Certificate, write func(*fields) error) (*x509.Certificate, error) {
	f, ok := splitCertificate(leaf.Raw)
	if !ok {
		return nil, fmt.Errorf("the leaf cannot be taken apart")
	}
	if err := write(&f); err != nil {
		return nil, err
	}
	unsigned, ok := splitCertificate(f.certificate())
	if !ok {
		return nil, fmt.Errorf("the leaf cannot be put together")
	}
	hash := crypto.SHA256
	if leaf.SignatureAlgorithm == x509.ECDSAWithSHA384 {
		hash = crypto.SHA384
	}
	digest := hash.New()
	digest.Write(unsigned.signed)
	signature, err := d.issuers[0].key.Sign(nil, digest.Sum(nil), hash)
	if err != nil {
		return nil, err
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1BitString(signature)
	f.signature = b.BytesOrPanic()
	c, _, err := Parse(f.certificate())
	return c, err
}
