package certs

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"time"
)

// CRL returns the DER of the revocation list of the authority that signs the leaves, with the given credentials
// revoked. It is valid from an hour before [Forge.At] to 30 days after. The more entries it has, the higher is its
// number.
func (p *PKI) CRL(revoked ...*Credential) ([]byte, error) {
	leaves := make([]*x509.Certificate, len(revoked))
	for i, cred := range revoked {
		leaves[i] = cred.Leaf
	}
	return p.issuing.crl(p.at, leaves)
}

// RootCRL returns the DER of the root's revocation list, with the given
// certificates, such as [PKI.Intermediate], revoked. It is dated like [PKI.CRL].
func (p *PKI) RootCRL(revoked ...*x509.Certificate) ([]byte, error) {
	return p.root.crl(p.at, revoked)
}

func (a authority) crl(at time.Time, revoked []*x509.Certificate) ([]byte, error) {
	from := at.Add(-time.Hour)
	list := &x509.RevocationList{
		Number:     big.NewInt(at.Unix() + int64(len(revoked))),
		ThisUpdate: from,
		NextUpdate: at.AddDate(0, 0, 30),
	}
	for _, cert := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber:   cert.SerialNumber,
			RevocationTime: from,
			ReasonCode:     1, // keyCompromise, RFC 5280, section 5.3.1
		})
	}
	der, err := x509.CreateRevocationList(nil, list, a.cert, a.key)
	if err != nil {
		return nil, fmt.Errorf("certs: CRL of %s: %w", a.cert.Subject.CommonName, err)
	}
	return der, nil
}
