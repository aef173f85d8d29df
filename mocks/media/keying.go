package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// params is a keying that has been checked, with its suite.
type params struct {
	Keying
	suite sdes.Suite
}

// check returns k with its suite, nil for nil, or why k cannot be used.
func (k *Keying) check() (*params, error) {
	if k == nil {
		return nil, nil
	}
	suite, known := sdes.LookupSuite(k.Suite)
	if !known {
		return nil, fmt.Errorf("media: crypto-suite %q is not supported", k.Suite)
	}
	p := &params{Keying: *k, suite: suite}
	p.Others = slices.Clone(k.Others)
	seen := make(map[string]bool)
	for _, key := range p.keys() {
		switch {
		case len(key.Material) != suite.KeySalt():
			return nil, fmt.Errorf("media: key of %d bytes for %s", len(key.Material), k.Suite)
		case key.HasMKI && (len(key.MKI) < 1 || len(key.MKI) > maxMKI):
			return nil, fmt.Errorf("media: MKI of %d bytes", len(key.MKI))
		case len(p.Others) > 0 && (!key.HasMKI || len(key.MKI) != len(k.Key.MKI) || seen[string(key.MKI)]):
			return nil, errors.New("media: several keys need different MKIs of one length")
		}
		seen[string(key.MKI)] = true
	}
	return p, nil
}

// maxMKI is the greatest length of an MKI in bytes, RFC 4568 §6.1.
const maxMKI = 128

// keys returns all keys, the one to send with first.
func (p params) keys() []sdes.Key { return append([]sdes.Key{p.Key}, p.Others...) }

// engines returns an SRTP key for each of p's keys, in their order. The caller alone may use them.
func (p params) engines() ([]*srtp.Key, error) {
	var engines []*srtp.Key
	for _, key := range p.keys() {
		k, err := srtp.NewWithRate(p.Suite, key.Material, p.Rate)
		if err != nil {
			return nil, err
		}
		engines = append(engines, k)
	}
	return engines, nil
}

// mki is the MKI of the key to send with, nil if there is none. All of p's have its length.
func (p params) mki() []byte {
	if !p.Key.HasMKI {
		return nil
	}
	return p.Key.MKI
}

// equal reports whether p and other have the same keys under the same suite, in any order.
func (p params) equal(other params) bool {
	if p.Suite != other.Suite || p.Rate != other.Rate || len(p.Others) != len(other.Others) {
		return false
	}
	for _, k := range p.keys() {
		if !slices.ContainsFunc(other.keys(), func(o sdes.Key) bool { return sameKey(k, o) }) {
			return false
		}
	}
	return true
}

func sameKey(a, b sdes.Key) bool {
	return bytes.Equal(a.Material, b.Material) && a.HasMKI == b.HasMKI && bytes.Equal(a.MKI, b.MKI)
}

// Fingerprint names key material without giving it away, as [observation.MediaInfo] does: 16 hexadecimal digits.
func Fingerprint(material []byte) string {
	sum := sha256.Sum256(material)
	return hex.EncodeToString(sum[:8])
}
