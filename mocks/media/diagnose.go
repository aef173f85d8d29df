package media

import (
	"fmt"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// The diagnoses of a BadTag, besides [observation.NotEncrypted] and [observation.PreviousKey], which packets that
// authenticate can have too.
const (
	// OtherDirection: the peer protects with the key that we send with.
	OtherDirection observation.Diagnosis = "key of the other direction"
	// NoTag: encrypted with the right key, but without a tag, as with UNAUTHENTICATED_SRTP.
	NoTag observation.Diagnosis = "encrypted but without a tag"
	// MissingMKI: right, except that the declared MKI is missing.
	MissingMKI observation.Diagnosis = "MKI missing"
	// UnknownMKI: an MKI of the declared length with another value.
	UnknownMKI observation.Diagnosis = "MKI of another value"
	// UnknownKey: none of the above. The key is not the negotiated one.
	UnknownKey observation.Diagnosis = "unknown key"
	// NoKey: protected, but no key was agreed or the session never started.
	NoKey observation.Diagnosis = "no key to open it"
)

// StrayMKI is the diagnosis for n bytes between payload and tag if no MKI was declared.
func StrayMKI(n int) observation.Diagnosis { return diagnosis("stray MKI of %d bytes", n) }

// MKILength is the diagnosis for an MKI of another length than was declared.
func MKILength(got, want int) observation.Diagnosis {
	return diagnosis("MKI of %d bytes instead of %d", got, want)
}

// TagLength is the diagnosis for a tag of another length than the suite's.
func TagLength(got, want int) observation.Diagnosis {
	return diagnosis("tag of %d bytes instead of %d", got, want)
}

func diagnosis(format string, args ...any) observation.Diagnosis {
	return observation.Diagnosis(fmt.Sprintf(format, args...))
}

// shorterOrLonger has, for a media profile, the one with the same keys and the other tag length.
var shorterOrLonger = map[srtp.ProtectionProfile]struct {
	profile srtp.ProtectionProfile
	tag     int
}{
	srtp.ProtectionProfileAes128CmHmacSha1_80: {srtp.ProtectionProfileAes128CmHmacSha1_32, 4},
	srtp.ProtectionProfileAes128CmHmacSha1_32: {srtp.ProtectionProfileAes128CmHmacSha1_80, 10},
	srtp.ProtectionProfileAes256CmHmacSha1_80: {srtp.ProtectionProfileAes256CmHmacSha1_32, 4},
	srtp.ProtectionProfileAes256CmHmacSha1_32: {srtp.ProtectionProfileAes256CmHmacSha1_80, 10},
}

// suspects are the keyings that are tried on a packet that did not open.
type suspects struct {
	agreed   params
	own      *params // ours to send with
	previous *params // the peer's before the last update
}

// rtp returns the diagnosis for an SRTP packet, or "". Every trial has its own context, so that none disturbs the
// stream's.
func (s suspects) rtp(packet []byte, h *rtp.Header, headerLength int, roc uint32) observation.Diagnosis {
	p, mki := s.agreed, s.agreed.mkiLength()
	for i, key := range p.keys() {
		opens := p.trialRTP(key, p.profile, h.SSRC, roc)
		if found := mkiFault(mki, func(n int) bool { return opens(p.without(packet, n, p.suite.TagRTP)) }); found != "" {
			return found
		}
		if other, ok := shorterOrLonger[p.profile]; ok {
			if p.trialRTP(key, other.profile, h.SSRC, roc)(p.without(packet, mki, other.tag)) {
				return TagLength(other.tag, p.suite.TagRTP)
			}
		}
		if p.trialRTP(key, p.profile, h.SSRC, roc, srtp.SRTPNoEncryption())(p.without(packet, mki, p.suite.TagRTP)) {
			return observation.NotEncrypted
		}
		if payload := packet[headerLength:]; wholeFrames(h.PayloadType, payload) {
			if plain, ok := p.keystream(i, h, roc, payload); ok && !looksRandom(plain) {
				return NoTag
			}
		}
	}
	return s.others(func(p params, key sdes.Key) bool {
		opens := p.trialRTP(key, p.profile, h.SSRC, roc)
		return opens(packet) || opens(p.without(packet, p.mkiLength(), p.suite.TagRTP))
	})
}

// rtcp returns the diagnosis for an SRTCP packet, or "".
func (s suspects) rtcp(packet []byte) observation.Diagnosis {
	p := s.agreed
	for i, key := range p.keys() {
		opens := p.trialRTCP(key)
		if found := mkiFault(p.mkiLength(), func(n int) bool { return opens(p.without(packet, n, p.suite.TagRTCP)) }); found != "" {
			return found
		}
		if p.resealsWith4(i, packet) {
			return TagLength(4, p.suite.TagRTCP)
		}
	}
	return s.others(func(p params, key sdes.Key) bool {
		opens := p.trialRTCP(key)
		return opens(packet) || opens(p.without(packet, p.mkiLength(), p.suite.TagRTCP))
	})
}

// others tries the keys that are not the agreed ones.
func (s suspects) others(opens func(params, sdes.Key) bool) observation.Diagnosis {
	for _, suspect := range []struct {
		keying    *params
		diagnosis observation.Diagnosis
	}{{s.own, OtherDirection}, {s.previous, observation.PreviousKey}} {
		if suspect.keying == nil {
			continue
		}
		for _, key := range suspect.keying.keys() {
			if opens(*suspect.keying, key) {
				return suspect.diagnosis
			}
		}
	}
	return ""
}

// mkiFault tries MKIs other than the declared one: opensWithout reports whether the packet opens without n bytes of
// MKI.
func mkiFault(declared int, opensWithout func(n int) bool) observation.Diagnosis {
	if declared > 0 && opensWithout(0) {
		return MissingMKI
	}
	for n := 1; n <= maxMKI; n++ {
		if !opensWithout(n) {
			continue
		}
		switch declared {
		case 0:
			return StrayMKI(n)
		case n:
			return UnknownMKI
		}
		return MKILength(n, declared)
	}
	return ""
}

// without returns a packet without n bytes of MKI before a tag of tagLength bytes, or at the end, where AEAD suites
// have it (RFC 7714 §8.2). It returns nil if the packet is too short.
func (p params) without(packet []byte, n, tagLength int) []byte {
	if n == 0 {
		return packet
	}
	if p.aead() {
		tagLength = 0
	}
	if len(packet) < n+tagLength {
		return nil
	}
	end := len(packet) - tagLength
	return append(packet[:end-n:end-n], packet[end:]...)
}

// trialRTP returns a function that reports whether key alone opens a packet.
func (p params) trialRTP(key sdes.Key, profile srtp.ProtectionProfile, ssrc, roc uint32, options ...srtp.ContextOption) func([]byte) bool {
	c, err := p.bare(key, profile, options...)
	if err != nil {
		return func([]byte) bool { return false }
	}
	c.SetROC(ssrc, roc)
	return func(packet []byte) bool {
		_, err := c.DecryptRTP(nil, packet, nil)
		return err == nil
	}
}

// trialRTCP is trialRTP for SRTCP, which carries its index.
func (p params) trialRTCP(key sdes.Key) func([]byte) bool {
	c, err := p.bare(key, p.profile)
	if err != nil {
		return func([]byte) bool { return false }
	}
	return func(packet []byte) bool {
		_, err := c.DecryptRTCP(nil, packet, nil)
		return err == nil
	}
}
