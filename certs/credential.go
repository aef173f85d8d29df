package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// Credential is what a TLS peer is given: a leaf, its key and the chain to send.
// Its fields must not be changed.
type Credential struct {
	Leaf *x509.Certificate
	// Chain is sent in the handshake: the leaf first, without the root, unless
	// a recipe has it otherwise.
	Chain []*x509.Certificate
	// Key is the leaf's private key.
	Key crypto.Signer
	// Root is what a verifier must trust for the defect to be the only one: the
	// hierarchy's root, except that the recipe root-expired brings its own.
	Root *x509.Certificate
	// Host is what a peer should look for in the leaf. It is the first DNS name
	// of the [Leaf] as it was asked for, before any recipe, or else its first IP
	// address, or else its common name; the recipe ip-as-dns-name takes the
	// IP address first.
	Host string

	keyDER  []byte // PKCS #8, shared by all that have the key
	at      time.Time
	issuers []authority // see draft
	revoked int         // see draft
}

// TLS returns the chain and the key for crypto/tls.
func (c *Credential) TLS() tls.Certificate {
	cert := tls.Certificate{PrivateKey: c.Key, Leaf: c.Chain[0]}
	for _, link := range c.Chain {
		cert.Certificate = append(cert.Certificate, link.Raw)
	}
	return cert
}

// PEM returns the chain as it is sent.
func (c *Credential) PEM() []byte { return certificatePEM(c.Chain...) }

// KeyPEM returns the private key, in PKCS #8.
func (c *Credential) KeyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: c.keyDER})
}

// RootPEM returns the root, for the trust store of a verifier.
func (c *Credential) RootPEM() []byte { return certificatePEM(c.Root) }

// Pool returns a new pool that holds the root.
func (c *Credential) Pool() *x509.CertPool { return poolOf(c.Root) }

// CRLs returns the revocation lists, in DER, that a verifier of the whole path needs: that of the leaf's issuer
// first, that of the root last. They are empty except for recipes about revocation. A self-signed leaf has none.
func (c *Credential) CRLs() ([][]byte, error) {
	var lists [][]byte
	below := c.Leaf
	for i, issuer := range c.issuers {
		var revoked []*x509.Certificate
		if i == c.revoked {
			revoked = append(revoked, below)
		}
		list, err := issuer.crl(c.at, revoked)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		below = issuer.cert
	}
	return lists, nil
}
