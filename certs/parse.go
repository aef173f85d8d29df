package certs

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// Flaw is one thing about a certificate that crypto/x509 does not parse.
type Flaw struct {
	Kind FlawKind
	// Text says what it is: "IP address of 11 bytes: 192.0.2.250".
	Text string
}

// FlawKind names a kind of flaw.
type FlawKind string

// The kinds of flaw. OpenSSL accepts a certificate with those of the first group: it compares a serial number and a
// string by their bytes, and an alternative name that is malformed matches nothing. For the others it refuses it.
const (
	FlawSerial          FlawKind = "serial-number"
	FlawAlternativeName FlawKind = "alternative-name"
	FlawDistinguished   FlawKind = "distinguished-name"
	FlawVersion         FlawKind = "version"
	FlawKey             FlawKind = "public-key" // of a kind that crypto/x509 does not know

	FlawCurve     FlawKind = "curve-parameters" // spelled out, which RFC 5480 §2.1.1 forbids
	FlawAlgorithm FlawKind = "signature-algorithm"
	FlawDate      FlawKind = "date"
	FlawExtension FlawKind = "extension"
	FlawDuplicate FlawKind = "duplicate-extension"
	FlawTrailing  FlawKind = "trailing-data"
)

// Tolerated reports whether OpenSSL accepts a certificate that has this flaw and no other; see [Oddity].
func (k FlawKind) Tolerated() bool {
	switch k {
	case FlawSerial, FlawAlternativeName, FlawDistinguished, FlawVersion, FlawKey:
		return true
	}
	return false
}

func (f Flaw) String() string { return f.Text }

// Parse reads a certificate in DER, also one that [x509.ParseCertificate] refuses for a field in it. It then returns
// what was wrong, and the rest of the certificate: Raw and RawTBSCertificate are as they came, so that its signature
// can be verified; what is malformed is left out, or read as its writer must have meant it. PublicKey is nil if the key is
// not one that crypto/x509 knows.
//
// The error is that of x509.ParseCertificate if nothing can be made of it.
func Parse(der []byte) (*x509.Certificate, []Flaw, error) {
	c, strict := x509.ParseCertificate(der)
	if strict == nil {
		return c, nil, nil
	}
	original, ok := splitCertificate(der)
	if !ok {
		return nil, nil, strict
	}
	mended, flaws := original.mend()
	c, err := x509.ParseCertificate(mended.certificate())
	if err != nil {
		return nil, nil, strict
	}
	c.Raw, c.RawTBSCertificate = original.whole, original.signed
	c.RawIssuer, c.RawSubject, c.RawSubjectPublicKeyInfo = original.issuer, original.subject, original.key
	c.SerialNumber = original.number()
	return c, flaws, nil
}

// DescribeKey returns what kind of key a certificate has, and its size or curve, such as "RSA 2048".
func DescribeKey(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	case nil:
		return "of an unknown kind"
	}
	return c.PublicKeyAlgorithm.String()
}
