// Package sdes reads, writes and negotiates the a=crypto attribute of RFC 4568 (SDP Security Descriptions) for SRTP.
// It is there to be imported, and depends on nothing else in this module.
//
// It is strict where RFC 4568 says that an attribute is invalid, and says which rule was broken. It is tolerant where
// receivers must be: an unknown suite and missing base64 padding are not errors, and a session parameter marked
// optional with "-" is kept and ignored.
package sdes

import (
	"bytes"
	"slices"
	"strconv"
)

// Attribute is one a=crypto attribute.
type Attribute struct {
	// Tag is the attribute's number and TagText the number as written: leading zeros are allowed and mean nothing.
	Tag     int
	TagText string
	// Suite is the crypto-suite as written. It may be unknown: see Known.
	Suite string
	// Keys has at least one key. It is empty only for an unknown suite whose
	// keys are not in the form that RFC 4568 §6.1 gives to SRTP's.
	Keys []Key
	// KeyText is the key parameters as written, only where Keys is empty.
	KeyText string
	// Params are the session parameters in the order in which they came.
	Params []Param
}

// Key is one key parameter of the method inline, RFC 4568 §6.1.
type Key struct {
	// Material is master key and master salt.
	Material []byte
	// Lifetime is in packets; 0 if the attribute gives none, which means the suite's maximum. LifetimeText is the
	// lifetime as written: "2^20", "1048576", "".
	Lifetime     uint64
	LifetimeText string
	// HasMKI says whether packets under this key carry a master key identifier. MKI is the identifier as on the wire:
	// big-endian, MKILength bytes.
	HasMKI    bool
	MKI       []byte
	MKILength int
}

// Equal reports whether k and other have the same material, lifetime and MKI.
func (k Key) Equal(other Key) bool {
	return bytes.Equal(k.Material, other.Material) && k.Lifetime == other.Lifetime &&
		k.HasMKI == other.HasMKI && bytes.Equal(k.MKI, other.MKI)
}

// Known returns the attribute's suite, and false if its name is not known.
func (a Attribute) Known() (Suite, bool) { return LookupSuite(a.Suite) }

// HasMKI reports whether any key has an MKI.
func (a Attribute) HasMKI() bool {
	return slices.ContainsFunc(a.Keys, func(k Key) bool { return k.HasMKI })
}

// Param is one session parameter, RFC 4568 §6.3.
type Param struct {
	// Optional is the leading "-": a receiver that does not know the parameter
	// ignores it. Name is without it.
	Optional bool
	Name     string
	// Value is the text after "="; HasValue says whether there was a "=".
	HasValue bool
	Value    string
}

// Session parameters of RFC 4568 §6.3.
const (
	KDR                 = "KDR"
	UnencryptedSRTP     = "UNENCRYPTED_SRTP"
	UnencryptedSRTCP    = "UNENCRYPTED_SRTCP"
	UnauthenticatedSRTP = "UNAUTHENTICATED_SRTP"
	FECOrder            = "FEC_ORDER"
	FECKey              = "FEC_KEY"
	WSH                 = "WSH"
)

// Param returns the parameter called name, and whether there is one.
func (a Attribute) Param(name string) (Param, bool) {
	for _, p := range a.Params {
		if p.Name == name && !p.Optional {
			return p, true
		}
	}
	return Param{}, false
}

// DerivationRate returns after how many packets the attribute's sender derives its session keys anew (RFC 4568 §6.3.1),
// 0 if it never does.
func (a Attribute) DerivationRate() uint64 {
	p, has := a.Param(KDR)
	power, err := strconv.ParseUint(p.Value, 10, 6)
	if !has || err != nil {
		return 0
	}
	return 1 << power
}

// Weakened returns the attribute's parameters that switch encryption or authentication off, in the order of RFC 4568
// §6.3. Such an attribute is valid, but not fit for a secure trunk.
func (a Attribute) Weakened() []string {
	var names []string
	for _, known := range parameters {
		if _, has := a.Param(known.name); has && known.negotiated {
			names = append(names, known.name)
		}
	}
	return names
}
