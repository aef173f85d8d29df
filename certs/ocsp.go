package certs

import (
	"fmt"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Revocation is the status that an OCSP responder reports for a certificate.
type Revocation int

// The statuses of RFC 6960, section 4.2.1.
const (
	Good    Revocation = ocsp.Good
	Revoked Revocation = ocsp.Revoked
	Unknown Revocation = ocsp.Unknown
)

// OCSPResponse returns the DER of a response by the leaf's issuer, for a responder to send or to be stapled as
// [crypto/tls.Certificate.OCSPStaple]. It is valid from an hour before [Forge.At] to seven days after. Unlike
// everything else here it differs from call to call: package ocsp dates it now and signs it with randomness. It fails
// for a self-signed leaf, which has no issuer to ask.
func (c *Credential) OCSPResponse(status Revocation) ([]byte, error) {
	if len(c.issuers) == 0 {
		return nil, fmt.Errorf("certs: OCSP response: %s is self-signed", c.Leaf.Subject)
	}
	issuer := c.issuers[0]
	template := ocsp.Response{
		Status:       int(status),
		SerialNumber: c.Leaf.SerialNumber,
		ThisUpdate:   c.at.Add(-time.Hour),
		NextUpdate:   c.at.AddDate(0, 0, 7),
	}
	if status == Revoked {
		template.RevokedAt, template.RevocationReason = template.ThisUpdate, ocsp.KeyCompromise
	}
	der, err := ocsp.CreateResponse(issuer.cert, issuer.cert, template, issuer.key)
	if err != nil {
		return nil, fmt.Errorf("certs: OCSP response: %w", err)
	}
	return der, nil
}
