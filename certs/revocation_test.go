package certs

import (
	"crypto/x509"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

func TestCRL(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	cred, err := pki.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	parse := func(der []byte, err error) *x509.RevocationList {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	empty, full, root := parse(pki.CRL()), parse(pki.CRL(cred)), parse(pki.RootCRL(pki.Intermediate))

	for list, issuer := range map[*x509.RevocationList]*x509.Certificate{
		empty: pki.Intermediate, full: pki.Intermediate, root: pki.Root,
	} {
		if err := list.CheckSignatureFrom(issuer); err != nil {
			t.Error(err)
		}
		if !list.ThisUpdate.Before(testTime) || !list.NextUpdate.After(testTime) {
			t.Errorf("valid from %s to %s", list.ThisUpdate, list.NextUpdate)
		}
	}
	if len(empty.RevokedCertificateEntries) != 0 {
		t.Error("the empty list is not empty")
	}
	if full.Number.Cmp(empty.Number) <= 0 {
		t.Error("the longer list has no higher number")
	}
	for list, want := range map[*x509.RevocationList]*x509.Certificate{full: cred.Leaf, root: pki.Intermediate} {
		entries := list.RevokedCertificateEntries
		if len(entries) != 1 || entries[0].SerialNumber.Cmp(want.SerialNumber) != 0 || entries[0].RevocationTime.After(testTime) {
			t.Errorf("%s is not revoked in %+v", want.Subject, entries)
		}
	}
}

// TestRevokeLater revokes a leaf that was good when it was issued.
func TestRevokeLater(t *testing.T) {
	t.Parallel()
	command := findOpenSSL(t)
	pki := newTestPKI(t, testForge(), P256)
	cred, err := pki.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	other := testLeaf(P256)
	other.KeySlot = "another"
	neighbour, err := pki.Issue(other)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pki.CRL(cred)
	if err != nil {
		t.Fatal(err)
	}
	if got := command.verifyWithCRLs(t, cred, [][]byte{list}, "-crl_check"); len(got) != 1 || got[0].number != 23 {
		t.Errorf("revoked: %v, want error 23", got)
	}
	if got := command.verifyWithCRLs(t, neighbour, [][]byte{list}, "-crl_check"); len(got) != 0 {
		t.Errorf("not revoked: %v", got)
	}
}

func TestOCSPResponse(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	cred, err := pki.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []Revocation{Good, Revoked, Unknown} {
		der, err := cred.OCSPResponse(status)
		if err != nil {
			t.Fatal(err)
		}
		response, err := ocsp.ParseResponseForCert(der, cred.Leaf, pki.Intermediate)
		if err != nil {
			t.Fatal(err)
		}
		if response.Status != int(status) {
			t.Errorf("status %d, want %d", response.Status, status)
		}
		if !response.ThisUpdate.Before(testTime) || response.NextUpdate.Sub(testTime) < 6*24*time.Hour {
			t.Errorf("valid from %s to %s", response.ThisUpdate, response.NextUpdate)
		}
	}

	alone, err := pki.IssueDefective("self-signed", testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.OCSPResponse(Good); err == nil {
		t.Error("a self-signed leaf has an OCSP response")
	}
}
