package certs

import (
	"bytes"
	"crypto/x509"
	"slices"
	"testing"
)

// TestOddities checks that Parse reads what crypto/x509 does not, and says what was wrong; that nothing else is lost,
// the signature included; and what OpenSSL says.
func TestOddities(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	plain, err := pki.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	for _, oddity := range Oddities() {
		t.Run(oddity.Name, func(t *testing.T) {
			t.Parallel()
			cred, err := pki.IssueOdd(oddity.Name, testLeaf(P256))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := x509.ParseCertificate(cred.Leaf.Raw); err == nil {
				t.Error("crypto/x509 parses it")
			}
			c, flaws, err := Parse(cred.Leaf.Raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(flaws) != 1 || flaws[0].Kind != oddity.Flaw || flaws[0].String() == "" {
				t.Errorf("flaws %+v, want one of kind %s", flaws, oddity.Flaw)
			}
			if err := c.CheckSignatureFrom(cred.Chain[1]); err != nil {
				t.Errorf("signature: %v", err)
			}
			if !slices.Equal(c.DNSNames, plain.Leaf.DNSNames) || !bytes.Equal(c.RawIssuer, plain.Leaf.RawIssuer) {
				t.Errorf("names %v from %s", c.DNSNames, c.Issuer)
			}
			verify := x509.VerifyOptions{Roots: cred.Pool(), Intermediates: poolOf(cred.Chain[1:]...), CurrentTime: testTime, DNSName: cred.Host}
			if _, err := c.Verify(verify); err != nil {
				t.Errorf("verification: %v", err)
			}
			complaints := findOpenSSL(t).verify(t, cred)
			if oddity.OpenSSL.Accepts != (len(complaints) == 0) || oddity.OpenSSL.Accepts != oddity.Flaw.Tolerated() {
				t.Errorf("tolerated: %t; openssl says %v", oddity.Flaw.Tolerated(), complaints)
			}
			if number := oddity.OpenSSL.Number; number != 0 && (len(complaints) == 0 || complaints[0].number != number) {
				t.Errorf("openssl says %v, want error %d", complaints, number)
			}
		})
	}
}

// TestParseHopeless: of what is no certificate nothing is made.
func TestParseHopeless(t *testing.T) {
	t.Parallel()
	cred, err := newTestPKI(t, testForge(), P256).Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	der := cred.Leaf.Raw
	for name, der := range map[string][]byte{
		"nothing": nil, "text": []byte("certificate"), "an empty sequence": {0x30, 0}, "half of one": der[:len(der)/2],
	} {
		if c, _, err := Parse(der); err == nil {
			t.Errorf("%s: read as %s", name, c.Subject)
		}
	}
	c, flaws, err := Parse(append(bytes.Clone(der), 0, 0))
	if err != nil || len(flaws) != 1 || flaws[0].Kind != FlawTrailing || !bytes.Equal(c.Raw, der) {
		t.Errorf("with two bytes after it: %v, %v", flaws, err)
	}
}

// FuzzParse checks that Parse accepts whatever crypto/x509 accepts, without flaws, keeps the bytes, and never panics.
func FuzzParse(f *testing.F) {
	pki := newTestPKI(f, testForge(), P256)
	for _, oddity := range Oddities() {
		cred, err := pki.IssueOdd(oddity.Name, testLeaf(P256))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(cred.Leaf.Raw)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		_, strict := x509.ParseCertificate(der)
		c, flaws, err := Parse(der)
		if (strict == nil) != (err == nil && len(flaws) == 0) {
			t.Fatalf("crypto/x509: %v; flaws %v, %v", strict, flaws, err)
		}
		if err == nil && !bytes.HasPrefix(der, c.Raw) {
			t.Fatal("its bytes are not kept")
		}
	})
}
