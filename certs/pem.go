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

func poolOf(list ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, cert := range list {
		pool.AddCert(cert)
	}
	return pool
}
