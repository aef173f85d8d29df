package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
)

// certificatePEM writes the certificates one after the other.
func certificatePEM(list ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, cert := range list {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return out.Bytes()
}

// CRLPEM writes DER revocation lists, such as those of [Credential.CRLs], in
// the form that OpenSSL's -CRLfile and most devices read.
func CRLPEM(lists ...[]byte) []byte {
	var out bytes.Buffer
	for _, der := range lists {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	}
	return out.Bytes()
}

func poolOf(list ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, cert := range list {
		pool.AddCert(cert)
	}
	return pool
}
