package certs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/sipconform/sipconform/certs"
)

// A client must take the good certificate, and must refuse an expired one for
// its date and nothing else.
func Example() {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		log.Fatal(err)
	}
	leaf := certs.Leaf{DNSNames: []string{"edge.vendor.test"}}
	good, err := pki.Issue(leaf)
	if err != nil {
		log.Fatal(err)
	}
	bad, err := pki.IssueDefective("expired", leaf)
	if err != nil {
		log.Fatal(err)
	}

	for _, cred := range []*certs.Credential{good, bad} {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{cred.TLS()}}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()

		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{
			RootCAs:    cred.Pool(),
			ServerName: cred.Host,
		})
		if err == nil {
			conn.Close()
		}
		server.Close()

		invalid, refused := errors.AsType[x509.CertificateInvalidError](err)
		fmt.Println("refused:", refused, "expired:", refused && invalid.Reason == x509.Expired)
	}
	// Output:
	// refused: false expired: false
	// refused: true expired: true
}

// With a fixed time, the same seed gives the same certificates in every run.
func ExampleForge() {
	issue := func() []byte {
		forge := certs.NewForge(7)
		forge.At = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		pki, err := forge.Hierarchy(certs.Hierarchy{Name: "Example"})
		if err != nil {
			log.Fatal(err)
		}
		cred, err := pki.Issue(certs.Leaf{DNSNames: []string{"edge.vendor.test"}})
		if err != nil {
			log.Fatal(err)
		}
		return append(cred.PEM(), cred.KeyPEM()...)
	}
	fmt.Println(bytes.Equal(issue(), issue()))
	// Output: true
}

// A vendor moves its host to another root of its bundle, with the key it had,
// and later to another key. A client that trusts the bundle notices neither.
func ExamplePKI_Issue() {
	forge := certs.NewForge(1)
	older, err := forge.Hierarchy(certs.Hierarchy{
		Name:         "Vendor G1",
		Root:         certs.Authority{CommonName: "Vendor Global Root CA", Key: certs.RSA2048},
		Intermediate: certs.Authority{CommonName: "Vendor TLS CA 1", Key: certs.RSA2048},
	})
	if err != nil {
		log.Fatal(err)
	}
	newer, err := forge.Hierarchy(certs.Hierarchy{Name: "Vendor G3", Root: certs.Authority{Key: certs.P384}})
	if err != nil {
		log.Fatal(err)
	}
	bundle := older.Pool()
	bundle.AddCert(newer.Root)

	leaf := certs.Leaf{DNSNames: []string{"edge.vendor.test"}, URIs: []string{"sip:vendor.test"}, KeySlot: "2025"}
	rekeyed := leaf
	rekeyed.KeySlot = "2026"
	for _, issue := range []struct {
		pki  *certs.PKI
		leaf certs.Leaf
	}{
		{older, leaf},
		{newer, leaf},
		{newer, rekeyed},
	} {
		cred, err := issue.pki.Issue(issue.leaf)
		if err != nil {
			log.Fatal(err)
		}
		intermediates := x509.NewCertPool()
		intermediates.AddCert(issue.pki.Intermediate)
		_, err = cred.Leaf.Verify(x509.VerifyOptions{
			Roots: bundle, Intermediates: intermediates, DNSName: cred.Host,
		})
		fmt.Println(cred.Leaf.Issuer.CommonName, err)
	}
	// Output:
	// Vendor TLS CA 1 <nil>
	// Vendor G3 Issuing CA <nil>
	// Vendor G3 Issuing CA <nil>
}

// Every recipe is one test case.
func ExampleRecipes() {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		log.Fatal(err)
	}
	leaf := certs.Leaf{
		DNSNames: []string{"s1.sip.vendor.test"},
		IPs:      []netip.Addr{netip.MustParseAddr("127.0.0.1")},
	}
	for _, recipe := range certs.Recipes() {
		if recipe.Cause != certs.CauseWildcard {
			continue
		}
		cred, err := pki.IssueDefective(recipe.Name, leaf)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-19s %-18s openssl accepts: %t\n", recipe.Name, cred.Leaf.DNSNames[0], recipe.OpenSSL.Accepts)
	}
	// Output:
	// wildcard            *.sip.vendor.test  openssl accepts: true
	// wildcard-partial    s*.sip.vendor.test openssl accepts: true
	// wildcard-middle     s1.*.vendor.test   openssl accepts: false
	// wildcard-two-labels *.vendor.test      openssl accepts: false
	// wildcard-twice      *.*.vendor.test    openssl accepts: false
}

// A leaf is revoked after it was issued: the list goes to where the leaf says.
func ExamplePKI_CRL() {
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "Example"})
	if err != nil {
		log.Fatal(err)
	}
	cred, err := pki.Issue(certs.Leaf{
		DNSNames:              []string{"edge.vendor.test"},
		CRLDistributionPoints: []string{"http://127.0.0.1:8080/issuing.crl"},
	})
	if err != nil {
		log.Fatal(err)
	}
	der, err := pki.CRL(cred)
	if err != nil {
		log.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(list.Issuer.CommonName, list.RevokedCertificateEntries[0].SerialNumber.Cmp(cred.Leaf.SerialNumber) == 0)
	// Output: Example Issuing CA true
}
