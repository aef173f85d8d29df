package reference

import (
	"bytes"
	"crypto/sha512"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/srtp"
)

// forgery is how a device with a bug protects what it sends: as it should, but for one thing. The device itself uses
// pion's library, which makes no such mistakes.
type forgery struct {
	key       *srtp.Key
	rtp, rtcp srtp.Form
	cipher    *srtp.Key // that encrypts where it is not key
	rollover  uint32    // is added to the counter
	index     uint32    // of the next report
	step      uint32    // that is added to the index after a report
	garbles   bool
}

// forge returns the forgery for the keys of both directions, nil if no bug asks for one.
func (s *session) forge(send, receive *keying) (*forgery, error) {
	b := s.bugs
	suite, material := send.suite, slices.Concat(send.key, send.salt)
	f := &forgery{step: 1}
	aead, rate := strings.HasPrefix(suite, "AEAD_"), send.rate
	if b.DerivesOnce {
		rate = 0
	}
	switch {
	case b.SendsUnderWrongKey:
		material = foreign(material)
	case b.SendsUnderPeerKey:
		suite, material = receive.suite, slices.Concat(receive.key, receive.salt)
	case b.SwapsKeyAndSalt:
		material = slices.Concat(material[len(send.salt):], material[:len(send.salt)])
	case b.CutsLongKeys && strings.HasPrefix(suite, "AES_256_CM_"):
		suite, material = "AES_CM_128_"+strings.TrimPrefix(suite, "AES_256_CM_"), slices.Concat(send.key[:len(send.key)/2], send.salt)
	case b.UsesOtherSuite && strings.HasPrefix(suite, "AES_CM_128_"):
		suite, material = "AEAD_AES_128_GCM", material[:28]
	}
	var err error
	if f.key, err = srtp.NewWithRate(suite, material, rate); err != nil {
		return nil, err
	}
	f.cipher = f.key
	if f.rtp, f.rtcp = f.key.RTP(), f.key.RTCP(); send.mki != nil {
		f.rtp.MKI, f.rtcp.MKI = send.mki, send.mki
	}
	stray := []byte{0, 0, 0, 1}
	switch {
	case b.SendsUnderWrongKey, b.SendsUnderPeerKey, b.SwapsKeyAndSalt, b.CutsLongKeys, b.UsesOtherSuite:
		if suite == send.suite && bytes.Equal(material, slices.Concat(send.key, send.salt)) {
			return nil, nil // the bug does not show under this suite
		}
	case b.ShortensTag && suite == "AES_CM_128_HMAC_SHA1_80":
		f.rtp.Tag = 4
	case b.SendsWholeTag && !aead:
		f.rtp.Tag = 20
	case b.ShortensAEADTag && aead:
		f.rtp.Tag = 8
	case b.SendsStrayMKI:
		f.rtp.MKI = stray
	case b.SendsMKIBehindTag && !aead:
		f.rtp.MKI, f.rtp.At = stray, srtp.Misplaced
	case b.ForgetsMKI && send.mki != nil:
		f.rtp.MKI = nil
	case b.SendsOtherMKI && send.mki != nil:
		f.rtp.MKI = bytes.Repeat([]byte{9}, len(send.mki))
	case b.ShortensMKI && len(send.mki) > 1:
		f.rtp.MKI = send.mki[len(send.mki)-1:]
	case b.CoversMKI && send.mki != nil && !aead:
		f.rtp.At = srtp.Covered
	case b.LeavesOutRollover && !aead:
		f.rtp.NoRollover = true
	case b.StartsRolloverAtOne:
		f.rollover = 1
	case b.LeavesMediaUnencrypted:
		f.rtp.Plain = true
	case b.EncryptsUnderOtherKey && !aead:
		f.cipher, err = srtp.New(suite, foreign(material))
	case b.ShortensRTCPTag && suite == "AES_CM_128_HMAC_SHA1_32":
		f.rtcp.Tag = 4 // as if it were RTP
	case b.LeavesReportsUntagged:
		f.rtcp.Tag = 0
	case b.LeavesReportsUnencrypted:
		f.rtcp.Plain = true
	case b.RepeatsReportIndex:
		f.step = 0
	case b.StartsReportsLate:
		f.index = 1000
	case b.GarblesReports:
		f.garbles = true
	case rate == 0:
		return nil, nil
	}
	return f, err
}

// misusesMKI reports whether the device accepts keys with an MKI and does something wrong with its own.
func (b *Bugs) misusesMKI() bool {
	return b.ForgetsMKI || b.SendsOtherMKI || b.ShortensMKI || b.CoversMKI
}

// foreign returns key material of the same length that nobody was told.
func foreign(material []byte) []byte {
	sum := sha512.Sum512(material)
	return sum[:len(material)]
}

// seal protects an RTP packet whose rollover counter should be that.
func (f *forgery) seal(packet []byte, rollover uint32) []byte {
	form, counter := f.rtp, rollover+f.rollover
	if f.cipher != f.key {
		packet, _ = f.cipher.SealRTP(packet, counter, srtp.Form{}) // encrypted, without a tag
		form.Plain = true
	}
	sealed, _ := f.key.SealRTP(packet, counter, form)
	return sealed
}

// report protects a compound RTCP packet.
func (f *forgery) report(packet []byte) []byte {
	if f.garbles {
		const header = 8
		packet = slices.Clone(packet)
		for i := range packet[header:] {
			packet[header+i] ^= 0x5a
		}
	}
	sealed, _ := f.key.SealRTCP(packet, f.index, f.rtcp)
	f.index += f.step
	return sealed
}
