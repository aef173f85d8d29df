package testkit

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"
	"time"
)

// Certificates that a test makes itself serve where a package's tests must not rest on package certs. They are valid
// for an hour on either side of now unless a template says otherwise.

// NewKey returns a new P-256 key.
func NewKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// NewRSAKey returns a new RSA key of 2048 bits.
func NewRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// SelfSigned returns the certificate of a root with these DNS names, the first of them also its common name, which
// servers can show themselves.
func SelfSigned(key crypto.Signer, names ...string) tls.Certificate {
	return Issue(nil, key, x509.Certificate{
		Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, IsCA: true, BasicConstraintsValid: true,
	})
}

// NewAuthority returns a root that signs certificates and revocation lists.
func NewAuthority(name string) tls.Certificate {
	return Issue(nil, NewKey(), x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
}

// Issue completes a template with a serial number and dates, signs it with the issuer's key (with its own if issuer is
// nil), and returns it with key, the issuer's chain behind it.
func Issue(issuer *tls.Certificate, key crypto.Signer, template x509.Certificate) tls.Certificate {
	if template.SerialNumber == nil {
		serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
		if err != nil {
			panic(err)
		}
		template.SerialNumber = serial
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	parent, signer, chain := &template, crypto.PrivateKey(key), [][]byte(nil)
	if issuer != nil {
		parent, signer, chain = issuer.Leaf, issuer.PrivateKey, issuer.Certificate
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), signer)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: append([][]byte{der}, chain...), PrivateKey: key, Leaf: certificate}
}

// Pool returns a pool of these certificates.
func Pool(certificates ...tls.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c.Leaf)
	}
	return pool
}

// PEM returns a certificate with its chain, and its key, as programs read them.
func PEM(tb testing.TB, c tls.Certificate) (chain, key []byte) {
	tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	for _, certificate := range c.Certificate {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
	}
	return out.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// PEMFiles writes what [PEM] returns, and returns the files' paths.
func PEMFiles(tb testing.TB, c tls.Certificate) (chain, key string) {
	tb.Helper()
	chainPEM, keyPEM := PEM(tb, c)
	folder := Folder(tb, map[string][]byte{"cert.pem": chainPEM, "key.pem": keyPEM})
	return filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
}
