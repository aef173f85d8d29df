package certs

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // registers the hash of the recipe md5-signature
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
)

// signatureRecipes are about keys and signatures.
func signatureRecipes() []Recipe {
	unknown := Opinion{Text: "certificate signed by unknown authority"}
	return []Recipe{
		{
			Name:    "weak-key",
			Defect:  "The leaf has an RSA key of 1024 bits.",
			Cause:   CauseWeakKey,
			Rule:    "RFC 9325 §4.5; NIST SP 800-131A",
			OpenSSL: Opinion{Number: 66, Text: "EE certificate key too weak"},
			Go:      Opinion{Accepts: true},
			spoil: func(d *draft) error {
				d.template.KeyUsage |= x509.KeyUsageKeyEncipherment
				return d.useKey(RSA1024, d.leaf.KeySlot)
			},
		},
		{
			Name:    "intermediate-weak-key",
			Defect:  "The intermediate has an RSA key of 1024 bits.",
			Cause:   CauseWeakKey,
			Rule:    "RFC 9325 §4.5; NIST SP 800-131A",
			OpenSSL: Opinion{Number: 67, Depth: 1, Text: "CA certificate key too weak"},
			Go:      Opinion{Accepts: true},
			spoil:   func(d *draft) error { return d.intermediateOfKey(RSA1024) },
		},
		{
			Name:    "sha1-signature",
			Defect:  "The leaf is signed over a SHA-1 digest.",
			Cause:   CauseWeakSignature,
			Rule:    "RFC 9325 §4.5",
			OpenSSL: Opinion{Number: 68, Text: "CA signature digest algorithm too weak"},
			Go:      Opinion{Text: "insecure algorithm"},
			spoil: func(d *draft) error {
				d.template.SignatureAlgorithm = x509.ECDSAWithSHA1
				if _, ok := d.issuers[0].key.(*rsa.PrivateKey); ok {
					d.template.SignatureAlgorithm = x509.SHA1WithRSA
				}
				return nil
			},
		},
		{
			Name:    "md5-signature",
			Defect:  "The leaf is signed, by an intermediate with an RSA key, over an MD5 digest.",
			Cause:   CauseWeakSignature,
			Rule:    "RFC 6151 §2; RFC 9325 §4.5",
			OpenSSL: Opinion{Number: 68, Text: "CA signature digest algorithm too weak"},
			Go:      Opinion{Text: "insecure algorithm"},
			spoil: func(d *draft) error {
				d.tamper = d.signMD5
				return d.intermediateOfKey(RSA2048)
			},
		},
		{
			Name:    "bad-signature",
			Defect:  "One bit of the issuer's signature on the leaf is wrong.",
			Cause:   CauseBadSignature,
			Rule:    "RFC 5280 §6.1.3 (a)(1)",
			OpenSSL: Opinion{Number: 7, Text: "certificate signature failure"},
			Go:      unknown,
			spoil:   func(d *draft) error { d.tamper = flipSignature; return nil },
		},
		{
			Name:    "intermediate-bad-signature",
			Defect:  "One bit of the root's signature on the intermediate is wrong.",
			Cause:   CauseBadSignature,
			Rule:    "RFC 5280 §6.1.3 (a)(1)",
			OpenSSL: Opinion{Number: 7, Depth: 1, Text: "certificate signature failure"},
			Go:      unknown,
			spoil: func(d *draft) error {
				if err := d.replaceIntermediate(nil); err != nil {
					return err
				}
				broken, err := flipSignature(d.issuers[0].cert)
				d.issuers[0].cert = broken
				return err
			},
		},
		{
			Name:    "key-mismatch",
			Defect:  "The peer signs the handshake with a key that is not the leaf's; the certificates are sound.",
			Cause:   CauseKeyMismatch,
			Rule:    "RFC 8446 §4.4.3; RFC 5246 §7.4.3",
			OpenSSL: Opinion{Accepts: true},
			Go:      Opinion{Accepts: true},
			spoil: func(d *draft) (err error) {
				d.key, err = d.pki.forge.key(d.leaf.Key, "mismatch "+d.leaf.KeySlot)
				return err
			},
		},
	}
}

// intermediateOfKey puts an intermediate with another type of key between leaf and root.
func (d *draft) intermediateOfKey(t KeyType) error {
	spec := d.intermediate()
	spec.Key = t
	intermediate, err := d.pki.makeIntermediate("intermediate", spec, d.pki.root, nil)
	if err != nil {
		return err
	}
	d.issuers = []authority{intermediate, d.pki.root}
	return nil
}

// flipSignature changes the last bit of a certificate, which is the last of its
// signature, whatever the algorithm.
func flipSignature(cert *x509.Certificate) (*x509.Certificate, error) {
	der := bytes.Clone(cert.Raw)
	der[len(der)-1] ^= 1
	return x509.ParseCertificate(der)
}

// signMD5 replaces a leaf's signature, made by an RSA key over SHA-256, by one over MD5, which crypto/x509 refuses to
// make. The object identifiers of the two algorithms differ in only one octet, so the rest can stay.
func (d *draft) signMD5(leaf *x509.Certificate) (*x509.Certificate, error) {
	key, ok := d.issuers[0].key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the issuer's key is not RSA")
	}
	// sha256WithRSAEncryption and md5WithRSAEncryption, RFC 8017, appendix C.
	sha256OID := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}
	md5OID := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04}

	signed := bytes.ReplaceAll(leaf.RawTBSCertificate, sha256OID, md5OID)
	digest := crypto.MD5.New()
	digest.Write(signed)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.MD5, digest.Sum(nil))
	if err != nil {
		return nil, err
	}
	der := bytes.ReplaceAll(leaf.Raw, sha256OID, md5OID)
	return x509.ParseCertificate(slices.Concat(der[:len(der)-len(signature)], signature))
}
