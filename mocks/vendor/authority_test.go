package vendor

import (
	"bytes"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
)

// TestBundle checks that the bundle holds the roots of the hierarchies, and nothing else.
func TestBundle(t *testing.T) {
	t.Parallel()
	forge, p := certs.NewForge(3), product(t, "twilio", "voice")
	for i := range p.Certificate.Roots {
		p.Certificate.Roots[i].Key = string(certs.P256) // RSA keys take time, and make no difference
	}
	bundle, err := Bundle(forge, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range p.Certificate.Roots {
		pki, err := Authority(forge, p, root.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(bundle, pki.RootPEM()) || pki.Root.Subject.CommonName != root.CommonName || pki.Intermediate == nil {
			t.Errorf("%s is %v, and not in the bundle", root.Name, pki.Root.Subject)
		}
	}
	n := 0
	for rest := bundle; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
	}
	if n != len(p.Certificate.Roots) {
		t.Errorf("the bundle has %d certificates, want %d", n, len(p.Certificate.Roots))
	}
	if _, err := Authority(forge, p, "no-such"); err == nil || !strings.Contains(err.Error(), "no-such") {
		t.Errorf("an unknown root: %v", err)
	}
	p.Certificate.Roots[1].Key = "P-999"
	if _, err := Bundle(forge, p); err == nil {
		t.Error("a bundle with an unknown type of key")
	}
}

// TestAuthorities checks that the root in use is the first, and that the next authority shares it.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	forge, p := certs.NewForge(3), product(t, "genesys", "byoc-premises")
	p.Certificate.Roots[0].Key = string(certs.P256)
	inUse, err := Authority(forge, p, "")
	if err != nil {
		t.Fatal(err)
	}
	next, err := NextAuthority(forge, p, "")
	if err != nil {
		t.Fatal(err)
	}
	if inUse.Root.Subject.CommonName != p.Certificate.Roots[0].CommonName || !next.Root.Equal(inUse.Root) {
		t.Errorf("the roots are %v and %v", inUse.Root.Subject, next.Root.Subject)
	}
	if bytes.Equal(next.Intermediate.RawSubject, inUse.Intermediate.RawSubject) ||
		bytes.Equal(next.Intermediate.RawSubjectPublicKeyInfo, inUse.Intermediate.RawSubjectPublicKeyInfo) {
		t.Errorf("the next intermediate is %v, as the one in use", next.Intermediate.Subject)
	}

	roots, err := DeviceRoots(forge, p)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := DeviceAuthority(forge, p)
	if err != nil || len(roots) != 1 || !devices.Root.Equal(roots[0]) {
		t.Errorf("device roots %v, authority %v, %v", roots, devices, err)
	}
	p.DeviceVerification = nil
	if devices, err := DeviceAuthority(forge, p); devices != nil || err != nil {
		t.Errorf("without verification the device's authority is %v, %v", devices, err)
	}
	if roots, err := DeviceRoots(forge, p); roots != nil || err != nil {
		t.Errorf("without verification the device's roots are %v, %v", roots, err)
	}
}
