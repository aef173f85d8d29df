package reference

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// protections are the SRTP suites that the device has, by their names in RFC 4568 and RFC 7714.
var protections = map[string]srtp.ProtectionProfile{
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
	"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80,
	"AES_256_CM_HMAC_SHA1_32": srtp.ProtectionProfileAes256CmHmacSha1_32,
	"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm,
	"AEAD_AES_256_GCM":        srtp.ProtectionProfileAeadAes256Gcm,
}

// suites returns the suites that the device offers and accepts, best first.
func (s *session) suites() []string {
	suites := s.setup.Levers.SRTPSuites
	if len(suites) == 0 {
		suites = s.usualSuites()
	}
	switch {
	case s.bugs.KnowsOnly32:
		suites = []string{"AES_CM_128_HMAC_SHA1_32"}
	case s.bugs.KnowsOnlyGCM:
		suites = []string{"AEAD_AES_128_GCM", "AEAD_AES_256_GCM"}
	}
	return suites
}

// mki tells whether the device is set to use master key identifiers.
func (s *session) mki() bool { return s.setup.Levers.MKI }

// keying is the keys and the transform that protect one direction of a stream.
type keying struct {
	protection srtp.ProtectionProfile
	suite      string
	key, salt  []byte
	mki        []byte // nil for none
	rate       uint64 // of the key derivation, 0 for once
	plain      bool   // authenticated but not encrypted, for AcceptsUnencryptedSRTP
	plainRTCP  bool   // the same of RTCP, for TakesPlainReports
}

// keyingOf returns the keying of an attribute's first key. The attribute has to be valid, and of a suite that the device has.
func keyingOf(a sdes.Attribute) *keying {
	suite, _ := a.Known()
	key := a.Keys[0]
	k := &keying{
		protection: protections[a.Suite], suite: a.Suite,
		key: key.Material[:suite.MasterKey], salt: key.Material[suite.MasterKey:], rate: a.DerivationRate(),
	}
	if key.HasMKI {
		k.mki = key.MKI
	}
	_, k.plain = a.Param(sdes.UnencryptedSRTP)
	_, k.plainRTCP = a.Param(sdes.UnencryptedSRTCP)
	return k
}

// context creates the pion context. Package sdes has checked the lengths.
func (k *keying) context(options ...srtp.ContextOption) (*srtp.Context, error) {
	if k.mki != nil {
		options = append(options, srtp.MasterKeyIndicator(k.mki))
	}
	if k.plain {
		options = append(options, srtp.SRTPNoEncryption())
	}
	if k.plainRTCP {
		options = append(options, srtp.SRTCPNoEncryption())
	}
	return srtp.CreateContext(k.key, k.salt, k.protection, options...)
}

// choose picks the attribute to accept from those of an offered stream: the first, in the offerer's order, that the device
// supports completely (RFC 4568 §7.1.2).
func (s *session) choose(values []string) (sdes.Attribute, bool) {
	for i := range values {
		values[i] = s.overlook(values[i])
	}
	results, err := sdes.ParseMedia(values)
	if err != nil && !s.bugs.AcceptsDuplicateTags || s.refusesValid(results) {
		return sdes.Attribute{}, false
	}
	attributes := sdes.Valid(results)
	if s.bugs.PrefersLast {
		slices.Reverse(attributes)
	}
	for _, a := range attributes {
		_, has := protections[a.Suite]
		weak := a.Weakened()
		if has && (s.bugs.AcceptsUnencryptedSRTP && slices.Equal(weak, []string{sdes.UnencryptedSRTP}) ||
			s.peculiar.TakesPlainReports && slices.Equal(weak, []string{sdes.UnencryptedSRTCP})) {
			return a, true
		}
	}
	mki := s.mki() || s.peculiar.TakesMKI || s.bugs.IgnoresMKI || s.bugs.misusesMKI()
	chosen, ok := sdes.Choose(attributes, s.suites(), mki)
	if s.bugs.IgnoresMKI && ok {
		chosen.Keys = []sdes.Key{{Material: chosen.Keys[0].Material}}
	}
	return chosen, ok
}

// refusesValid tells whether a bug makes the device refuse a valid offer.
func (s *session) refusesValid(results []sdes.Result) bool {
	return slices.ContainsFunc(results, func(r sdes.Result) bool {
		_, known := r.Attribute.Known()
		return s.bugs.RefusesUnknownSuites && r.Err == nil && !known ||
			s.bugs.RefusesLifetimes && len(r.Attribute.Keys) > 0 && r.Attribute.Keys[0].LifetimeText != "" ||
			s.bugs.RefusesOptionalParameters && len(r.Attribute.Params) > 0 ||
			s.bugs.RefusesInvalidLines && r.Err != nil || s.bugs.RefusesTagZero && r.Err == nil && r.Attribute.Tag == 0 ||
			s.bugs.RefusesUnpaddedKeys && r.Err == nil && len(inlineKey(r.Text))%4 != 0
	})
}

// overlook rewrites an attribute into the one that a device with a bug takes it for.
func (s *session) overlook(value string) string {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return value
	}
	if s.bugs.AcceptsUnknownParameters {
		fields = fields[:3]
	}
	if s.bugs.ForgetsParameters {
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == sdes.UnencryptedSRTCP })
	}
	if s.bugs.IgnoresDerivationRate {
		fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, sdes.KDR+"=") })
	}
	if _, known := sdes.LookupSuite(fields[1]); !known && s.bugs.TakesUnknownSuites {
		fields[1] = s.suites()[0]
	}
	parts := strings.Split(fields[2], "|")
	if s.bugs.AcceptsLongLifetime && len(parts) > 1 && !strings.Contains(parts[1], ":") {
		parts[1] = "2^48"
	}
	_, err := sdes.Parse(value)
	ignores := s.bugs.AcceptsBadMKI || s.bugs.AcceptsLargeMKI && sdes.CauseOf(err) == sdes.MKITooLarge
	if last := len(parts) - 1; ignores && last > 0 && strings.Contains(parts[last], ":") {
		parts = parts[:last]
	}
	if suite, ok := sdes.LookupSuite(fields[1]); ok {
		text := strings.TrimPrefix(parts[0], "inline:")
		measures := s.bugs.MeasuresKeyText || s.bugs.CutsAEADKeys && strings.HasPrefix(suite.Name, "AEAD_")
		fill := s.bugs.AcceptsWrongKeyLength || measures && len(text) == base64.StdEncoding.EncodedLen(suite.KeySalt())
		text = strings.TrimRight(text, "=")
		if material, err := base64.RawStdEncoding.DecodeString(text); fill && err == nil {
			material = append(material, make([]byte, suite.KeySalt())...)[:suite.KeySalt()]
			parts[0] = "inline:" + base64.StdEncoding.EncodeToString(material)
		}
	}
	fields[2] = strings.Join(parts, "|")
	return strings.Join(fields, " ")
}

// inlineKey returns the base64 text of an attribute's first key.
func inlineKey(value string) string {
	_, text, _ := strings.Cut(value, "inline:")
	end := strings.IndexAny(text, "|; ")
	if end < 0 {
		return text
	}
	return text[:end]
}
