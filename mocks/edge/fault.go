package edge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// AnswerFault is a mistake in the edge's answers that a device has to notice (RFC
// 4568 §7.1.3). No vendor makes it.
type AnswerFault string

// The faults.
const (
	Faultless      AnswerFault = ""
	WrongTag       AnswerFault = "wrong-tag"       // a tag that was not offered
	OtherSuite     AnswerFault = "other-suite"     // a suite that was offered under another tag, if there is one
	AlienSuite     AnswerFault = "alien-suite"     // a suite that was not offered at all
	TwoCryptos     AnswerFault = "two-cryptos"     // two attributes instead of one
	NoCrypto       AnswerFault = "no-crypto"       // no attribute in an RTP/SAVP answer
	ClearAnswer    AnswerFault = "clear-answer"    // RTP/AVP, with plain RTP
	OfferersKey    AnswerFault = "offerers-key"    // the device's own key
	UnencryptedKey AnswerFault = "unencrypted-key" // UNENCRYPTED_SRTP, which was not offered
)

// Opportunistic is no mistake, although no vendor does it: a key in answer to one under
// RTP/AVP, in a call that need not be secure (RFC 8643).
const Opportunistic AnswerFault = "opportunistic"

// apply puts the fault into the answer to an offer of these attributes, and returns
// those whose keys media is then sent and expected under.
func (f AnswerFault) apply(stream *sdp.Stream, offered []string, own, device *sdes.Attribute) (send, receive *sdes.Attribute) {
	spoilt := *own
	switch f {
	case WrongTag:
		spoilt.Tag = own.Tag + 40
		stream.Crypto = []string{spoilt.String()}
	case OtherSuite:
		spoilt = under(otherSuite(offeredSuites(offered), own.Suite), own)
		stream.Crypto = []string{spoilt.String()}
	case AlienSuite:
		spoilt = under(alienSuite(offeredSuites(offered)), own)
		stream.Crypto = []string{spoilt.String()}
	case TwoCryptos:
		spoilt.Tag = own.Tag + 1
		stream.Crypto = append(stream.Crypto, spoilt.String())
	case NoCrypto:
		stream.Crypto = nil
	case ClearAnswer:
		stream.Crypto, stream.Proto = nil, "RTP/AVP"
		return nil, nil
	case OfferersKey:
		spoilt.Keys = device.Keys
		stream.Crypto = []string{spoilt.String()}
		return &spoilt, device
	case UnencryptedKey:
		spoilt.Params = []sdes.Param{{Name: sdes.UnencryptedSRTP}}
		stream.Crypto = []string{spoilt.String()}
	}
	return own, device
}

// offeredSuites returns the suites of an offer, valid or not.
func offeredSuites(offered []string) []string {
	results, _ := sdes.ParseMedia(offered)
	var suites []string
	for _, r := range results {
		suites = append(suites, r.Attribute.Suite)
	}
	return suites
}

// otherSuite returns a suite that an offer has beside one, or one that it lacks if
// there is no such suite.
func otherSuite(offered []string, own string) string {
	for _, name := range offered {
		if _, known := sdes.LookupSuite(name); known && name != own {
			return name
		}
	}
	return alienSuite(offered)
}

// wellKnown are suites that many devices have even where they do not offer them, so
// that they refuse an answer for the choice and not for a name that they do not know.
var wellKnown = []string{
	"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM",
}

// alienSuite returns a suite that an offer lacks. No offer has them all: the last
// of the table are misspellings.
func alienSuite(offered []string) string {
	names := append(slices.Clone(wellKnown), sdes.SuiteNames()...)
	return names[slices.IndexFunc(names, func(name string) bool { return !slices.Contains(offered, name) })]
}

// under returns an attribute with another suite and a key of that suite's length, so
// that an answer has no fault but the suite.
func under(name string, own *sdes.Attribute) sdes.Attribute {
	suite, _ := sdes.LookupSuite(name)
	a, key := *own, own.Keys[0]
	key.Material = slices.Concat(key.Material, key.Material)[:suite.KeySalt()]
	a.Suite, a.Keys = name, []sdes.Key{key}
	return a
}
