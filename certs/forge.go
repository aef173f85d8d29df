package certs

import (
	"bytes"
	"crypto"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Forge makes keys and certificates from a seed or a secret. Its methods may be
// called from any goroutine. See the package documentation: the keys of a seed
// are no secret.
type Forge struct {
	// At is the time at which certificates without a date of their own are
	// valid, and around which recipes such as "expired" are dated; fractions of
	// a second are dropped. [NewForge] sets it to the current time. Set it to a
	// fixed time, before the first use of the forge, for certificates that are
	// the same in every run.
	At time.Time
	// RootsAt is the time around which roots are dated, for roots that stay the
	// same while what they sign is dated around another At; fractions of a second
	// are dropped. Zero: At. Set it before the first use of the forge.
	RootsAt time.Time
	// Constraints bound what roots may vouch for; nil: no bounds. Set them before
	// the first use of the forge.
	Constraints *Constraints
	// Signer, if set, returns what signs for the key of an authority, such as the
	// same key in another library. Its signatures have to be those of crypto/rsa
	// and crypto/ecdsa without randomness, which are deterministic. Set it before
	// the first use of the forge.
	Signer func(crypto.Signer) crypto.Signer
	// Primes, if set, remembers where the primes of RSA keys were found. Set it
	// before the first use of the forge; never for a forge of a secret, since a
	// place says something about the key.
	Primes Primes

	secret []byte

	mu      sync.Mutex
	keys    map[string]func() (crypto.Signer, error) // by label, made at first use
	encoded map[crypto.Signer][]byte                 // keys in PKCS #8

	hierarchies memo[*PKI]
}

// How much a forge remembers: all that the scenarios of four vendors need, 38 hierarchies on each of several dates, of which
// one has 900 credentials, and not what a hundred vendors would.
const (
	mostHierarchies = 256
	mostCredentials = 1024 // of each
)

// NewForge returns a forge whose every output follows from seed and [Forge.At].
func NewForge(seed uint64) *Forge { return newForge(binary.BigEndian.AppendUint64(nil, seed)) }

// MinSecret is the length in bytes of the shortest secret that nobody finds by trying.
const MinSecret = 16

// NewSecretForge returns a forge whose every output follows from secret and the exported
// fields. Whoever does not know the secret, at least [MinSecret] bytes of randomness,
// does not learn the private keys. It fails for a shorter one.
func NewSecretForge(secret []byte) (*Forge, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("certs: a secret of %d bytes can be found by trying: take %d or more from crypto/rand", len(secret), MinSecret)
	}
	return newForge(bytes.Clone(secret)), nil
}

func newForge(secret []byte) *Forge {
	return &Forge{
		At:      time.Now(),
		secret:  secret,
		keys:    make(map[string]func() (crypto.Signer, error)),
		encoded: make(map[crypto.Signer][]byte),

		hierarchies: memo[*PKI]{most: mostHierarchies},
	}
}

// derive returns n bytes, at most 8160, that follow from the secret and label.
func (f *Forge) derive(label string, n int) ([]byte, error) {
	return hkdf.Key(sha256.New, f.secret, nil, "sipconform certs "+label, n)
}

// serial returns the serial number of the certificate that spec describes:
// positive and 16 octets, well below the 20 of RFC 5280, section 4.1.2.2.
func (f *Forge) serial(role string, spec any) (*big.Int, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("certs: serial number: %w", err)
	}
	digits, err := f.derive(fmt.Sprintf("serial %q %s", role, text), 16)
	if err != nil {
		return nil, fmt.Errorf("certs: serial number: %w", err)
	}
	digits[0] = digits[0]&0x7f | 0x40 // positive, and never shorter
	return new(big.Int).SetBytes(digits), nil
}

// sign returns the certificate that template describes, for public, signed by
// the issuer. Without a source of randomness both ECDSA (RFC 6979) and RSA
// signatures are deterministic.
func (f *Forge) sign(template *x509.Certificate, public crypto.PublicKey, issuer authority) (*x509.Certificate, error) {
	key := issuer.key
	if f.Signer != nil {
		key = f.Signer(key)
	}
	der, err := x509.CreateCertificate(nil, template, issuer.cert, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// keyIdentifier is the subject key identifier of public, method 4 of RFC 7093,
// section 2. It is set everywhere because crypto/x509 sets it for authorities
// alone, by a method that a GODEBUG switch changes.
func keyIdentifier(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	return sum[:20], nil
}
