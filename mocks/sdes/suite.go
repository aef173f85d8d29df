package sdes

import (
	"fmt"
	"io"
)

// Suite is what a name of the IANA registry "SRTP Crypto Suite Registrations" stands for. Lengths are in bytes.
type Suite struct {
	// Name is the case-sensitive name in a=crypto.
	Name string
	// MasterKey and MasterSalt add up to the length of the inline value.
	MasterKey, MasterSalt int
	// TagRTP and TagRTCP are the lengths of the authentication tags. The _32
	// suites shorten the tag of SRTP only: SRTCP keeps its 10 bytes (RFC 4568
	// §6.2.2, RFC 3711 §5.2). For an AEAD suite it is the tag of the cipher.
	TagRTP, TagRTCP int
	// MaxLifetime is the most packets that one master key may protect.
	MaxLifetime uint64
	// Registered says whether IANA has the name. The others are spellings found in the field, which nobody has to
	// understand.
	Registered bool
}

// KeySalt is the length in bytes of the inline value: master key, then salt.
func (s Suite) KeySalt() int { return s.MasterKey + s.MasterSalt }

// maxLifetime is the bound of RFC 3711 §9.2 for SRTP packets. The bound of 2^31 for SRTCP holds whatever an attribute
// says, so it does not make a longer lifetime invalid.
const maxLifetime = 1 << 48

// SuiteNames returns the names of the known suites, in the order of the registry.
func SuiteNames() []string {
	names := make([]string, len(suites))
	for i, s := range suites {
		names[i] = s.Name
	}
	return names
}

// LookupSuite returns the suite with this name; names are case-sensitive.
func LookupSuite(name string) (Suite, bool) {
	for _, s := range suites {
		if s.Name == name {
			return s, true
		}
	}
	return Suite{}, false
}

// NewKey draws a master key and salt for suite from random, without lifetime and MKI. It fails for an unknown suite
// and for a short read.
func NewKey(suite string, random io.Reader) (Key, error) {
	s, ok := LookupSuite(suite)
	if !ok {
		return Key{}, fmt.Errorf("sdes: no key for crypto-suite %q: its lengths are not known", suite)
	}
	material := make([]byte, s.KeySalt())
	if _, err := io.ReadFull(random, material); err != nil {
		return Key{}, fmt.Errorf("sdes: key for %s: %w", suite, err)
	}
	return Key{Material: material}, nil
}
