package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// everything returns the bytes that a forge makes for every recipe and the good leaf: keys, chains and revocation
// lists.
func everything(t *testing.T, f *Forge) map[string][]byte {
	t.Helper()
	pki := newTestPKI(t, f, P256)
	all := make(map[string][]byte)
	add := func(name string, cred *Credential, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		lists, err := cred.CRLs()
		if err != nil {
			t.Fatal(err)
		}
		all[name] = bytes.Join([][]byte{cred.PEM(), cred.KeyPEM(), cred.RootPEM(), bytes.Join(lists, nil)}, nil)
	}
	good, err := pki.Issue(testLeaf(P256))
	add("", good, err)
	for _, r := range Recipes() {
		cred, err := pki.IssueDefective(r.Name, testLeaf(P256))
		add(r.Name, cred, err)
	}
	return all
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	first, second := everything(t, newTestForge()), everything(t, newTestForge())
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%q differs between two forges of the same seed", name)
		}
	}
}

func TestOtherSeedOtherKeysAndSerials(t *testing.T) {
	t.Parallel()
	other := NewForge(20260315)
	other.At = testTime
	a, err := newTestPKI(t, newTestForge(), P256).Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	b, err := newTestPKI(t, other, P256).Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(a.KeyPEM(), b.KeyPEM()) || a.Leaf.SerialNumber.Cmp(b.Leaf.SerialNumber) == 0 {
		t.Error("two seeds give the same key or serial number")
	}
}

// TestKeysAreTheSameEverywhere pins the keys of a seed, so that evidence stays
// comparable across machines and releases.
func TestKeysAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	f := testForge()
	for key, want := range map[KeyType]string{
		P256:    "5e25abde71c3dc80",
		P384:    "3a422d13d9512462",
		RSA1024: "050f943481dcbe20",
		RSA2048: "5f99584e4bda6e4c",
	} {
		signer, err := f.key(key, "leaf ")
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(der)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s: fingerprint %s, want %s", key, got, want)
		}
	}
}

// TestCertificatesAreTheSameEverywhere pins what a seed gives, keys, chains and revocation lists, so that a forge with a
// secret or constraints changes nothing for one without.
func TestCertificatesAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	all := everything(t, newTestForge())
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(sum, "%q %x\n", name, all[name])
	}
	if got, want := hex.EncodeToString(sum.Sum(nil)[:8]), "15b7d084de0c6f7a"; got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}

func TestSerialNumbers(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, newTestForge(), P256)
	seen := make(map[string]string)
	check := func(name string, cred *Credential, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		serial := cred.Leaf.SerialNumber
		if serial.Sign() <= 0 || len(serial.Bytes()) != 16 {
			t.Errorf("%s: serial number %x", name, serial)
		}
		if other, dup := seen[serial.String()]; dup {
			t.Errorf("%s and %s have the same serial number", name, other)
		}
		seen[serial.String()] = name
	}
	for name, leaf := range map[string]Leaf{
		"plain":      {DNSNames: []string{"a.test"}},
		"two names":  {DNSNames: []string{"a.test", "b.test"}},
		"re-keyed":   {DNSNames: []string{"a.test"}, KeySlot: "2"},
		"other type": {DNSNames: []string{"a.test"}, Key: P384},
		"renewed":    {DNSNames: []string{"a.test"}, NotBefore: testTime},
	} {
		cred, err := pki.Issue(leaf)
		check(name, cred, err)
		cred, err = pki.IssueDefective("expired", leaf)
		check("expired "+name, cred, err)
	}
}

func TestDefaultTimeIsNow(t *testing.T) {
	t.Parallel()
	pki, err := NewForge(1).Hierarchy(Hierarchy{Name: "Now"})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := pki.Issue(Leaf{DNSNames: []string{"a.test"}})
	if err != nil {
		t.Fatal(err)
	}
	options := goOptions(cred)
	options.CurrentTime = time.Now()
	if _, err := cred.Leaf.Verify(options); err != nil {
		t.Error(err)
	}
}
