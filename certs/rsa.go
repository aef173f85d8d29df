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
)

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
	const attempts = 64 // at worst one window in a hundred has no prime
	small := smallPrimes(sieveLimit)
	e := big.NewInt(publicExponent)
	for attempt := range attempts {
		seed, err := f.derive(fmt.Sprintf("%s attempt %d", label, attempt), bits/8)
		if err != nil {
			return nil, err
		}
		start := new(big.Int).SetBytes(seed)
		for _, bit := range []int{bits - 1, bits - 2, 0} {
			start.SetBit(start, bit, 1)
		}
		candidate, remainder := new(big.Int), new(big.Int)
		for i, composite := range sieve(start, small) {
			if composite {
				continue
			}
			candidate.Add(start, big.NewInt(int64(2*i)))
			if remainder.Mod(candidate, e).Cmp(big.NewInt(1)) == 0 {
				continue // e would have no inverse
			}
			// The Baillie-PSW test alone: no composite is known to pass it.
			if candidate.BitLen() == bits && candidate.ProbablyPrime(0) {
				return candidate, nil
			}
		}
	}
	return nil, errors.New("no prime found")
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
