package vendor

import (
	"crypto/tls"
	"fmt"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Issuer issues the certificate that a host shows.
type Issuer func(Host) (tls.Certificate, error)

// ForAll issues for every host, and returns the certificates by the hosts' names.
func (issue Issuer) ForAll(hosts []Host) (map[string]tls.Certificate, error) {
	issued := make(map[string]tls.Certificate, len(hosts))
	for _, h := range hosts {
		certificate, err := issue(h)
		if err != nil {
			return nil, fmt.Errorf("vendor: certificate of %s: %w", h.Name, err)
		}
		issued[h.Name] = certificate
	}
	return issued, nil
}

// Leaf describes the certificate that a host of the product shows.
func Leaf(product *profile.Product, h Host) certs.Leaf {
	// A vendor with mutual TLS shows it to the servers of devices too, and
	// OpenSSL's servers check the extended key usage.
	return certs.Leaf{DNSNames: h.DNSNames, Key: certs.KeyType(product.Certificate.Key), ClientAuth: product.Mutual()}
}

// NewIssuer returns an issuer for the product's hosts below an authority. Hosts of
// the same slot share their keys; a renewal with other keys has another slot.
func NewIssuer(pki *certs.PKI, product *profile.Product, slot string) Issuer {
	return newIssuer(pki, func(h Host) certs.Leaf {
		leaf := Leaf(product, h)
		leaf.KeySlot = slot
		return leaf
	})
}

// NewSecondIssuer is [NewIssuer] for the other certificate of a product that
// has two; nil for any other product.
func NewSecondIssuer(pki *certs.PKI, product *profile.Product, slot string) Issuer {
	if product.Certificate.SecondKey == "" {
		return nil
	}
	return newIssuer(pki, func(h Host) certs.Leaf {
		leaf := Leaf(product, h)
		leaf.Key, leaf.KeySlot = certs.KeyType(product.Certificate.SecondKey), slot
		return leaf
	})
}

func newIssuer(pki *certs.PKI, describe func(Host) certs.Leaf) Issuer {
	return func(h Host) (tls.Certificate, error) {
		issued, err := pki.Issue(describe(h))
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}
}
