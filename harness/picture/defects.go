package picture

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
)

// judge says what is wrong with the certificate at a place of its chain, by what is in it alone. When is zero if it is
// not known.
func (b *box) judge(place int, when time.Time, sought string) {
	c := b.cert
	switch {
	case when.IsZero():
	case when.After(c.NotAfter):
		b.fault("valid", "expired on "+c.NotAfter.UTC().Format(time.DateOnly))
	case when.Before(c.NotBefore):
		b.fault("valid", "valid from "+c.NotBefore.UTC().Format(time.DateOnly)+" on, which is later")
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		b.fault("key", fmt.Sprintf("RSA key of %d bits, 2048 are the least", key.N.BitLen()))
	}
	selfIssued := bytes.Equal(c.RawSubject, c.RawIssuer)
	if weak(c.SignatureAlgorithm) && (place == 0 || !selfIssued) {
		b.fault("signed with", "signed with "+c.SignatureAlgorithm.String()+", which is no longer accepted")
	}
	if place == 0 {
		b.judgeLeaf(sought, selfIssued)
		return
	}
	switch {
	case !c.BasicConstraintsValid:
		b.fault("authority", "does not say that it is an authority (no basicConstraints)")
	case !c.IsCA:
		b.fault("authority", "says that it is no authority (CA:FALSE)")
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		b.fault("authority", "its key may not sign certificates (keyUsage)")
	}
}

// judgeLength compares the path length with what is below the certificate, at a place of an unbroken chain.
func (b *box) judgeLength(place int) {
	c := b.cert
	if place > 0 && c.IsCA && c.MaxPathLen >= 0 && (c.MaxPathLen > 0 || c.MaxPathLenZero) && place-1 > c.MaxPathLen {
		b.fault("authority", fmt.Sprintf("path length %d, and %s below it", c.MaxPathLen, count(place-1, "intermediate")))
	}
}

func (b *box) judgeLeaf(sought string, selfIssued bool) {
	c := b.cert
	if c.BasicConstraintsValid && c.IsCA {
		b.fault("authority", "the leaf says that it is an authority")
	}
	if selfIssued {
		b.fault("issuer", "signed by itself, or by one with its own name")
	}
	if sought != "" {
		switch err := c.VerifyHostname(sought); {
		case err == nil:
			if wildcard := slices.IndexFunc(c.DNSNames, func(n string) bool { return strings.HasPrefix(n, "*.") }); wildcard >= 0 &&
				!slices.ContainsFunc(c.DNSNames, func(n string) bool { return strings.EqualFold(n, sought) }) {
				b.fault("names", "matches "+sought+" by the wildcard "+visible(c.DNSNames[wildcard], maxNameText)+" alone")
			}
		case len(c.DNSNames)+len(c.IPAddresses)+len(c.URIs) == 0:
			b.fault("names", "has no alternative name, so that "+sought+" is not among them")
		default:
			b.fault("names", sought+" is not among its names")
		}
		if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) &&
			!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
			b.fault("for", "is not for TLS servers (extended key usage)")
		}
	}
	if len(c.UnhandledCriticalExtensions) > 0 {
		b.Faults = append(b.Faults, "has a critical extension that verifiers do not know: "+
			visible(c.UnhandledCriticalExtensions[0].String(), 60))
	}
}

func weak(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// tie says whether the certificate signed the one that was sent before it.
func (b *box) tie(below *box) {
	b.Signs = "signed the one above"
	if !bytes.Equal(b.cert.RawSubject, below.cert.RawIssuer) {
		b.Signs, b.broken = "has not the name of the issuer of the one above", true
		return
	}
	// CheckSignature looks at the bytes alone: that the signer may sign is judged apart.
	err := b.cert.CheckSignature(below.cert.SignatureAlgorithm, below.cert.RawTBSCertificate, below.cert.Signature)
	insecure := x509.InsecureAlgorithmError(0)
	switch {
	case err == nil:
	case errors.As(err, &insecure), errors.Is(err, x509.ErrUnsupportedAlgorithm):
		b.Signs = "has the name of the issuer of the one above; the signature was not checked"
	default:
		b.Signs, b.broken = "has the name of the issuer of the one above, and did not sign it: the signature is wrong", true
	}
}

// defects says in words what causes for which certificates are rejected mean.
var defects = map[string]string{
	certs.CauseExpired:           "it has expired",
	certs.CauseNotYetValid:       "it is not valid yet",
	certs.CauseIssuerExpired:     "its issuer has expired",
	certs.CauseIssuerNotYetValid: "its issuer is not valid yet",
	certs.CauseNameMismatch:      "the name is not among its names",
	certs.CauseNoAlternativeName: "it has no alternative name",
	certs.CauseWildcard:          "a wildcard does not match here",
	certs.CauseIncompleteChain:   "the certificate between it and a trusted root was not sent",
	certs.CauseDisorderedChain:   "the certificates are not in order",
	certs.CauseUnknownCA:         "the issuer is not in the trust store",
	certs.CauseSelfSigned:        "it is signed by itself",
	certs.CauseIssuerNotCA:       "its issuer is no authority",
	certs.CausePathTooLong:       "the path is longer than an authority allows",
	certs.CauseNameConstraint:    "an authority may not sign for its name",
	certs.CauseKeyUsage:          "its key usage does not allow it",
	certs.CauseExtendedKeyUsage:  "its extended key usage does not allow it",
	certs.CauseCriticalExtension: "it has a critical extension that is not known",
	certs.CauseLeafIsCA:          "the leaf is an authority",
	certs.CauseWeakKey:           "the key is too short",
	certs.CauseWeakSignature:     "the signature is of a kind that is no longer accepted",
	certs.CauseBadSignature:      "a signature is wrong",
	certs.CauseKeyMismatch:       "it did not prove that it has the key",
	certs.CauseRevoked:           "it is revoked",
	identity.CauseNone:           "none was shown",
	identity.CauseAddress:        "the device is configured by its address, which no certificate can match",
	identity.CauseMalformed:      "it is malformed",
	identity.CauseOther:          "it is not acceptable",
}

func defect(cause string) string {
	if words, ok := defects[cause]; ok {
		return words + " (" + cause + ")."
	}
	return visible(cause, 80) + "."
}
