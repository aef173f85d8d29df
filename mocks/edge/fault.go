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
	OtherSuite     AnswerFault = "other-suite"     // a suite that was not offered under the tag
	TwoCryptos     AnswerFault = "two-cryptos"     // two attributes instead of one
	NoCrypto       AnswerFault = "no-crypto"       // no attribute in an RTP/SAVP answer
	ClearAnswer    AnswerFault = "clear-answer"    // RTP/AVP, with plain RTP
	OfferersKey    AnswerFault = "offerers-key"    // the device's own key
	UnencryptedKey AnswerFault = "unencrypted-key" // UNENCRYPTED_SRTP, which was not offered
)

// apply puts the fault into an answer, and returns the attributes whose keys media
// is then sent and expected under.
func (f AnswerFault) apply(stream *sdp.Stream, own, device *sdes.Attribute) (send, receive *sdes.Attribute) {
	spoilt := *own
	switch f {
	case WrongTag:
		spoilt.Tag = own.Tag + 40
		stream.Crypto = []string{spoilt.String()}
	case OtherSuite:
		spoilt.Suite, spoilt.Keys = otherSuite(own)
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

// otherSuite returns a suite that an attribute does not have, and a key of its
// length, so that an answer has no fault but the suite.
func otherSuite(own *sdes.Attribute) (string, []sdes.Key) {
	name := "AES_CM_128_HMAC_SHA1_32"
	if own.Suite == name {
		name = "AES_CM_128_HMAC_SHA1_80"
	}
	other, _ := sdes.LookupSuite(name)
	key := own.Keys[0]
	key.Material = slices.Concat(key.Material, key.Material)[:other.KeySalt()]
	return name, []sdes.Key{key}
}
