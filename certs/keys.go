package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"sync"
)

// KeyType is an algorithm and a size of key. The zero value is [P256].
type KeyType string

// The key types. An RSA key is searched for when it is first needed, which takes about 0.1 s for 2048 bits and 1 s
// for 4096; an ECDSA key takes microseconds.
const (
	P256    KeyType = "P-256"
	P384    KeyType = "P-384"
	RSA1024 KeyType = "RSA-1024" // too weak: a verifier should refuse it
	RSA2048 KeyType = "RSA-2048"
	RSA3072 KeyType = "RSA-3072"
	RSA4096 KeyType = "RSA-4096"
)

// KeyTypes returns every key type.
func KeyTypes() []KeyType { return []KeyType{P256, P384, RSA1024, RSA2048, RSA3072, RSA4096} }

// orDefault returns t, or P256 for the zero value.
func (t KeyType) orDefault() KeyType {
	if t == "" {
		return P256
	}
	return t
}

// key returns the key of a type in a slot, making it at the first call.
func (f *Forge) key(t KeyType, slot string) (crypto.Signer, error) {
	t = t.orDefault()
	label := fmt.Sprintf("key %s %q", t, slot)

	f.mu.Lock()
	key, ok := f.keys[label]
	if !ok {
		key = sync.OnceValues(func() (crypto.Signer, error) { return f.makeKey(t, label) })
		f.keys[label] = key
	}
	f.mu.Unlock() // not held while a key is made, so that other slots do not wait

	return key()
}

// pkcs8 returns a key of the forge in PKCS #8, DER. It must not be changed.
func (f *Forge) pkcs8(key crypto.Signer) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	der, known := f.encoded[key]
	if !known {
		var err error
		if der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			return nil, err
		}
		f.encoded[key] = der
	}
	return der, nil
}

func (f *Forge) makeKey(t KeyType, label string) (crypto.Signer, error) {
	switch t {
	case P256:
		return f.ecdsaKey(elliptic.P256(), label)
	case P384:
		return f.ecdsaKey(elliptic.P384(), label)
	case RSA1024:
		return f.rsaKey(1024, label)
	case RSA2048:
		return f.rsaKey(2048, label)
	case RSA3072:
		return f.rsaKey(3072, label)
	case RSA4096:
		return f.rsaKey(4096, label)
	default:
		return nil, fmt.Errorf("certs: unknown key type %q", string(t))
	}
}

// ecdsaKey derives a private key. [ecdsa.GenerateKey] cannot: since Go 1.26 it
// ignores the source of randomness that it is given.
func (f *Forge) ecdsaKey(curve elliptic.Curve, label string) (crypto.Signer, error) {
	const attempts = 64 // the first fails once in 2^32
	var err error
	for attempt := range attempts {
		var scalar []byte
		scalar, err = f.derive(fmt.Sprintf("%s attempt %d", label, attempt), curve.Params().BitSize/8)
		if err != nil {
			break
		}
		var key *ecdsa.PrivateKey
		if key, err = ecdsa.ParseRawPrivateKey(curve, scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("certs: ECDSA key: %w", err)
}
