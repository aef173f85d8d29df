package certs

import (
	"crypto"
	"crypto/rsa"
	"math/big"
	"strings"
	"sync"
	"testing"
)

func TestRSAKeys(t *testing.T) {
	t.Parallel()
	f := testForge()
	for key, bits := range map[KeyType]int{RSA1024: 1024, RSA2048: 2048, RSA3072: 3072} {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			signer, err := f.key(key, "any")
			if err != nil {
				t.Fatal(err)
			}
			private := signer.(*rsa.PrivateKey)
			if private.N.BitLen() != bits || private.E != 65537 {
				t.Errorf("modulus of %d bits, exponent %d", private.N.BitLen(), private.E)
			}
			for _, prime := range private.Primes {
				if prime.BitLen() != bits/2 || !prime.ProbablyPrime(20) {
					t.Errorf("%x is no prime of %d bits", prime, bits/2)
				}
			}
			digest := make([]byte, crypto.SHA256.Size())
			signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
			if err != nil {
				t.Fatal(err)
			}
			if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest, signature); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSieveMarksMultiplesAlone(t *testing.T) {
	t.Parallel()
	small := smallPrimes(100)
	start, _ := new(big.Int).SetString("170141183460469231731687303715884105729", 10) // 2^127 + 1
	for i, composite := range sieve(start, small) {
		n := new(big.Int).Add(start, big.NewInt(int64(2*i)))
		divisible := false
		for _, p := range small {
			divisible = divisible || new(big.Int).Mod(n, big.NewInt(p)).Sign() == 0
		}
		if composite != divisible {
			t.Fatalf("start+%d: marked %t, divisible %t", 2*i, composite, divisible)
		}
	}
}

func TestSmallPrimes(t *testing.T) {
	t.Parallel()
	primes := smallPrimes(sieveLimit)
	if len(primes) != 6541 { // pi(2^16) without 2
		t.Errorf("%d odd primes below 2^16, want 6541", len(primes))
	}
	if last := primes[len(primes)-1]; last != 65521 {
		t.Errorf("the highest is %d, want 65521", last)
	}
}

func TestKeySlots(t *testing.T) {
	t.Parallel()
	f := testForge()
	one := newTestPKI(t, f, P256)
	other, err := f.Hierarchy(Hierarchy{Name: "Another root"})
	if err != nil {
		t.Fatal(err)
	}
	issue := func(pki *PKI, slot string) crypto.Signer {
		leaf := testLeaf(P256)
		leaf.KeySlot = slot
		cred, err := pki.Issue(leaf)
		if err != nil {
			t.Fatal(err)
		}
		return cred.Key
	}
	if issue(one, "") != issue(one, "") || issue(one, "a") != issue(other, "a") {
		t.Error("one slot gave two keys")
	}
	if issue(one, "a") == issue(one, "b") || issue(one, "a") == issue(one, "") {
		t.Error("two slots gave one key")
	}
	if one.root.key == other.root.key || one.issuing.key == other.issuing.key || one.root.key == one.issuing.key {
		t.Error("two authorities share a key unasked")
	}

	shared := Authority{KeySlot: "cross"}
	a, err := f.Hierarchy(Hierarchy{Name: "A", Root: shared})
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Hierarchy(Hierarchy{Name: "B", Intermediate: shared})
	if err != nil {
		t.Fatal(err)
	}
	if a.root.key != b.issuing.key {
		t.Error("authorities of one slot have two keys")
	}
}

func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := testForge()
	keys := make([]crypto.Signer, 8)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			key, err := f.key(RSA1024, "contended")
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	group.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Fatal("two keys in one slot")
		}
	}
}

func TestUnknownKeyType(t *testing.T) {
	t.Parallel()
	f := testForge()
	_, err := f.Hierarchy(Hierarchy{Name: "A", Root: Authority{Key: "RSA-7"}})
	if err == nil || !strings.Contains(err.Error(), `unknown key type "RSA-7"`) {
		t.Errorf("root: %v", err)
	}
	_, err = newTestPKI(t, f, P256).Issue(testLeaf("DSA"))
	if err == nil || !strings.Contains(err.Error(), `unknown key type "DSA"`) {
		t.Errorf("leaf: %v", err)
	}
}
