//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// newRSA finds a key. Short tests, among them those under valgrind, where a long one can take minutes, get a short one.
func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	if testing.Short() {
		bits = 1024
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestFastSigner: what libcrypto signs is what crypto/rsa signs, whoever verifies it, and several at a time.
func TestFastSigner(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	for _, bits := range []int{1024, 2048, 3072} {
		if testing.Short() && bits > 1024 {
			break
		}
		key := newRSA(t, bits)
		fast := FastSigner(key)
		if _, ok := fast.(rsaSigner); !ok {
			t.Fatalf("RSA of %d bits is left to %T", bits, fast)
		}
		if _, ok := fast.(crypto.Decrypter); !ok {
			t.Error("it decrypts nothing, which suites with RSA key exchange need")
		}
		var all sync.WaitGroup
		for _, digest := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			all.Go(func() {
				sum := summed(digest.New())
				got, err := fast.(rsaSigner).sign(sum, digest)
				want, failure := key.Sign(nil, sum, digest)
				if err != nil || failure != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bits, %v: %v, %v, the same %v", bits, digest, err, failure, bytes.Equal(got, want))
				}
				if digest.Size() == 64 && bits == 1024 {
					return // too short for the salt
				}
				pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: digest}
				got, err = fast.(rsaSigner).sign(sum, pss)
				if err == nil {
					err = rsa.VerifyPSS(&key.PublicKey, digest, sum, got, pss)
				}
				if err != nil {
					t.Errorf("%d bits, PSS of %v: %v", bits, digest, err)
				}
			})
		}
		all.Wait()
	}
}

// TestFastSignerElsewhere: what libcrypto is not asked for, crypto/rsa signs; and keys of other kinds are as they were.
func TestFastSignerElsewhere(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	key := newRSA(t, 2048)
	fast := FastSigner(key)
	sum := summed(crypto.SHA256.New())
	for name, opts := range map[string]crypto.SignerOpts{
		"MD5SHA1":          crypto.MD5SHA1,
		"a salt of 7":      &rsa.PSSOptions{SaltLength: 7, Hash: crypto.SHA256},
		"the longest salt": &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256},
	} {
		digest := sum
		if opts.HashFunc() == crypto.MD5SHA1 {
			digest = make([]byte, 36)
		}
		got, err := fast.Sign(rand.Reader, digest, opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			err = rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest, got, pss)
		} else {
			err = rsa.VerifyPKCS1v15(&key.PublicKey, opts.HashFunc(), digest, got)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fast.Sign(rand.Reader, sum[:20], crypto.SHA256); err == nil {
		t.Error("a digest of another length is signed")
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if FastSigner(other) != crypto.Signer(other) {
		t.Error("an ECDSA key is another one")
	}
}

// TestKeyring: libcrypto lets go of a key once nobody has it.
func TestKeyring(t *testing.T) {
	l := libsslHere(t)
	kept := func() int {
		l.keys.mu.Lock()
		defer l.keys.mu.Unlock()
		return len(l.keys.kept)
	}
	before := kept()
	func() {
		for range 4 {
			key := newRSA(t, 1024)
			for range 2 {
				if _, err := FastSigner(key).(rsaSigner).sign(summed(crypto.SHA256.New()), crypto.SHA256); err != nil {
					t.Fatal(err)
				}
			}
		}
	}()
	for deadline := time.Now().Add(30 * time.Second); kept() > before; runtime.Gosched() {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatalf("%d keys are kept, before it were %d", kept(), before)
		}
	}
}

func summed(h hash.Hash) []byte {
	io.WriteString(h, "to be signed")
	return h.Sum(nil)
}

// BenchmarkRSA compares the signatures of libcrypto with those of crypto/rsa.
func BenchmarkRSA(b *testing.B) {
	key := newRSA(b, 2048)
	sum := summed(crypto.SHA256.New())
	for _, signer := range []crypto.Signer{key, FastSigner(key)} {
		b.Run(fmt.Sprintf("%T", signer), func(b *testing.B) {
			for b.Loop() {
				if _, err := signer.Sign(rand.Reader, sum, crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
