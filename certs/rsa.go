package certs

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
)

const (
	publicExponent = 65537

	// sieveLimit bounds the small primes that sift candidates before the costly test: one in 355 odd numbers of 1024
	// bits is prime, and one in 36 of those that these primes leave.
	sieveLimit = 1 << 16

	// sieveWindow is how many consecutive odd numbers are sifted at once. For
	// 2048-bit primes it holds five on average.
	sieveWindow = 4096

	searchWindows = 64 // at worst one window in a hundred has no prime
)

// Primes remembers where the primes of a forge's RSA keys were found, so that a later process need not search for them. Its
// methods may be called from any goroutine.
type Primes interface {
	// Recall returns the place that was remembered under a label. Whatever it returns, the key is the same: a place
	// without a prime is not used.
	Recall(label string) (place int, ok bool)
	Remember(label string, place int)
}

// rsaKey derives a key of a size in bits. The primes are the first ones above derived starting points, which makes some
// primes likelier than others, but none guessable. [rsa.GenerateKey] does not serve: it ignores the source of randomness
// that it is given.
func (f *Forge) rsaKey(bits int, label string) (crypto.Signer, error) {
	p, err := f.prime(bits/2, label+" p")
	if err != nil {
		return nil, fmt.Errorf("certs: RSA key: %w", err)
	}
	q, err := f.prime(bits/2, label+" q")
	if err != nil {
		return nil, fmt.Errorf("certs: RSA key: %w", err)
	}

	one := big.NewInt(1)
	totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: publicExponent},
		D:         new(big.Int).ModInverse(big.NewInt(publicExponent), totient),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("certs: RSA key: %w", err)
	}
	return key, nil
}

// prime returns a prime of exactly bits bits whose two highest are set, so that
// a product of two has twice the bits, and which fits [publicExponent].
func (f *Forge) prime(bits int, label string) (*big.Int, error) {
	if f.Primes != nil {
		if place, ok := f.Primes.Recall(label); ok && place >= 0 && place < searchWindows*sieveWindow {
			start, err := f.searchStart(bits, label, place/sieveWindow)
			if err != nil {
				return nil, err
			}
			if candidate := nth(start, place%sieveWindow); fits(candidate, bits) && isFermat(candidate) {
				return candidate, nil
			}
		}
	}
	small := smallPrimes(sieveLimit)
	for window := range searchWindows {
		start, err := f.searchStart(bits, label, window)
		if err != nil {
			return nil, err
		}
		for i, composite := range sieve(start, small) {
			if composite {
				continue
			}
			if candidate := nth(start, i); suits(candidate, bits) {
				if f.Primes != nil {
					f.Primes.Remember(label, window*sieveWindow+i)
				}
				return candidate, nil
			}
		}
	}
	return nil, errors.New("no prime found")
}

// searchStart returns the odd number at which a window of the search for a prime begins.
func (f *Forge) searchStart(bits int, label string, window int) (*big.Int, error) {
	seed, err := f.derive(fmt.Sprintf("%s attempt %d", label, window), bits/8)
	if err != nil {
		return nil, err
	}
	start := new(big.Int).SetBytes(seed)
	for _, bit := range []int{bits - 1, bits - 2, 0} {
		start.SetBit(start, bit, 1)
	}
	return start, nil
}

// nth returns the n-th odd number from start on.
func nth(start *big.Int, n int) *big.Int { return new(big.Int).Add(start, big.NewInt(int64(2*n))) }

// suits reports whether a candidate is a prime of exactly bits bits for which [publicExponent] has an inverse. It is the
// Baillie-PSW test alone: no composite is known to pass it.
func suits(candidate *big.Int, bits int) bool {
	return fits(candidate, bits) && candidate.ProbablyPrime(0)
}

// fits reports whether a candidate has exactly bits bits, and [publicExponent] an inverse if it is a prime.
func fits(candidate *big.Int, bits int) bool {
	return candidate.BitLen() == bits && new(big.Int).Mod(candidate, big.NewInt(publicExponent)).Cmp(big.NewInt(1)) != 0
}

// isFermat reports whether a candidate passes Fermat's test to the base 2. That is enough, for a third of the time, to tell
// a place where a prime was found once from any other: next to no number of this size passes and is no prime.
func isFermat(candidate *big.Int) bool {
	one, two := big.NewInt(1), big.NewInt(2)
	return new(big.Int).Exp(two, new(big.Int).Sub(candidate, one), candidate).Cmp(one) == 0
}

// sieve marks which of start, start+2, start+4 … one of the small odd primes
// divides. start is odd and above every small prime.
func sieve(start *big.Int, small []int64) (composite [sieveWindow]bool) {
	remainder, divisor := new(big.Int), new(big.Int)
	for _, p := range small {
		r := remainder.Mod(start, divisor.SetInt64(p)).Int64()
		first := (p - r) % p // start+first is the first multiple …
		if first%2 == 1 {
			first += p // … and this the first odd one
		}
		for i := first / 2; i < sieveWindow; i += p {
			composite[i] = true
		}
	}
	return composite
}

// smallPrimes returns the odd primes below limit.
func smallPrimes(limit int) []int64 {
	var primes []int64
	composite := make([]bool, limit)
	for n := 3; n < limit; n += 2 {
		if composite[n] {
			continue
		}
		primes = append(primes, int64(n))
		for multiple := n * n; multiple < limit; multiple += 2 * n {
			composite[multiple] = true
		}
	}
	return primes
}
