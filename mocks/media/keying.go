package media

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// profiles maps the suites that an endpoint can use to the SRTP library's media profiles.
var profiles = []struct {
	suite   string
	profile srtp.ProtectionProfile
}{
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32},
	{"AES_256_CM_HMAC_SHA1_80", srtp.ProtectionProfileAes256CmHmacSha1_80},
	{"AES_256_CM_HMAC_SHA1_32", srtp.ProtectionProfileAes256CmHmacSha1_32},
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm},
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm},
}

// Suites returns the crypto-suites that an endpoint can send and receive with,
// by their names in a=crypto. AES_192 and F8 are not among them.
func Suites() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.suite
	}
	return names
}

// params is a keying that has been checked, with its suite and media profile.
type params struct {
	Keying
	suite   sdes.Suite
	profile srtp.ProtectionProfile
}

// check returns k with its suite, nil for nil, or why k cannot be used. It checks the lengths because the library's
// own error for a wrong length contains the key.
func (k *Keying) check() (*params, error) {
	if k == nil {
		return nil, nil
	}
	suite, known := sdes.LookupSuite(k.Suite)
	i := slices.Index(Suites(), k.Suite)
	if !known || i < 0 {
		return nil, fmt.Errorf("media: crypto-suite %q is not supported", k.Suite)
	}
	p := &params{Keying: Keying{Suite: k.Suite, Key: k.Key, Others: slices.Clone(k.Others)}, suite: suite, profile: profiles[i].profile}
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

// mkiLength is the number of MKI bytes in every packet.
func (p params) mkiLength() int {
	if !p.Key.HasMKI {
		return 0
	}
	return len(p.Key.MKI)
}

// aead reports whether the tag is the cipher's own, and so before the MKI.
func (p params) aead() bool {
	return p.profile == srtp.ProtectionProfileAeadAes128Gcm || p.profile == srtp.ProtectionProfileAeadAes256Gcm
}

// equal reports whether p and other have the same keys under the same suite, in any order.
func (p params) equal(other params) bool {
	if p.Suite != other.Suite || len(p.Others) != len(other.Others) {
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

// context returns a fresh engine context for all keys. A context serves one
// direction and one goroutine at a time.
func (p params) context() (*srtp.Context, error) {
	var options []srtp.ContextOption
	if p.Key.HasMKI {
		options = append(options, srtp.MasterKeyIndicator(p.Key.MKI))
	}
	c, err := p.bare(p.Key, p.profile, options...)
	if err != nil {
		return nil, err
	}
	for _, k := range p.Others {
		if err := c.AddCipherForMKI(k.MKI, k.Material[:p.suite.MasterKey], k.Material[p.suite.MasterKey:]); err != nil {
			return nil, fmt.Errorf("media: MKI %x: %w", k.MKI, err)
		}
	}
	return c, nil
}

// bare returns a fresh context for one key under a profile of p's key length,
// without MKI unless an option says so.
func (p params) bare(k sdes.Key, profile srtp.ProtectionProfile, options ...srtp.ContextOption) (*srtp.Context, error) {
	c, err := srtp.CreateContext(k.Material[:p.suite.MasterKey], k.Material[p.suite.MasterKey:], profile, options...)
	if err != nil {
		return nil, errors.New("media: the SRTP engine refuses the key") // the library's own error may contain the key
	}
	return c, nil
}
