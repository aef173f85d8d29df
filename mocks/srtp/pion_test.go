package srtp

import (
	"bytes"
	"testing"

	pion "github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestPion compares this package with pion/srtp.
func TestPion(t *testing.T) {
	t.Parallel()
	for name, all := range streams() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range all {
				refuse(t, newOurs(t, s), newOurs(t, s), s)
				if p := newPion(t, s); p != nil {
					agree(t, newOurs(t, s), p, s)
					refuse(t, p, newOurs(t, s), s)
				}
			}
		})
	}
}

// TestPionDiffers has the packets of which this package and pion/srtp say different things. None of them is a fault of
// either: a judge that compares the two has to know them.
func TestPionDiffers(t *testing.T) {
	t.Parallel()
	s := stream{suite: "AES_CM_128_HMAC_SHA1_80", material: bytes.Repeat([]byte{7}, 30)}
	withMKI := s
	withMKI.mki = []byte{0, 0, 0, 1}
	otherMKI := s
	otherMKI.mki = []byte{0, 0, 0, 2}
	rtp, rtcp := rtpPackets()[0], rtcpPackets()[0]
	extension := func(content ...byte) []byte {
		p := append(bytes.Clone(rtp[:12]), 0xbe, 0xde, 0, byte(len(content)/4))
		p[0] |= 0x10
		return append(append(p, content...), rtp[12:]...)
	}
	for _, tt := range []struct {
		name         string
		sealer       stream
		opener       stream
		rtp, rtcp    []byte
		here, atPion bool // whether it opens
	}{
		{name: "an element of RFC 8285 is longer than the header extension", sealer: s, opener: s,
			rtp: extension(0x1f, 1, 2, 3), here: true},
		{name: "RTP with another MKI", sealer: withMKI, opener: otherMKI, rtp: rtp, here: true},
		{name: "SRTCP with another MKI", sealer: withMKI, opener: otherMKI, rtcp: rtcp, here: true},
	} {
		own, sealer, pion := newOurs(t, tt.opener), newOurs(t, tt.sealer), newPion(t, tt.opener)
		var here, there error
		if tt.rtp != nil {
			sealed, err := sealer.sealRTP(tt.rtp, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, here = own.openRTP(sealed, 0)
			_, there = pion.openRTP(sealed, 0)
		} else {
			sealed, err := sealer.sealRTCP(tt.rtcp, 1)
			if err != nil {
				t.Fatal(err)
			}
			_, here = own.openRTCP(sealed)
			_, there = pion.openRTCP(sealed)
		}
		if (here == nil) != tt.here || (there == nil) != tt.atPion {
			t.Errorf("%s: %v here, %v at pion", tt.name, here, there)
		}
	}

	jumps(t, newPion(t, s), s)

	// It writes a header anew before it seals it, so that padding between elements goes to the end.
	packet := extension(0x10, 0xaa, 0, 0, 0x20, 0xbb, 0, 0)
	sealed, err := newPion(t, s).sealRTP(packet, 0)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := newOurs(t, s).openRTP(sealed, 0)
	if want := extension(0x10, 0xaa, 0x20, 0xbb); err != nil || !bytes.Equal(opened, want) {
		t.Errorf("padding between elements: sealed %x (%v)", opened, err)
	}
}

// pionEnd has a context for each direction.
type pionEnd struct{ seal, open *pion.Context }

// newPion returns nil for a suite or a length of tag that pion/srtp does not have.
func newPion(t testing.TB, s stream) implementation {
	t.Helper()
	profile, ok := map[string]pion.ProtectionProfile{
		"AES_CM_128_HMAC_SHA1_80": pion.ProtectionProfileAes128CmHmacSha1_80,
		"AES_CM_128_HMAC_SHA1_32": pion.ProtectionProfileAes128CmHmacSha1_32,
		"AES_256_CM_HMAC_SHA1_80": pion.ProtectionProfileAes256CmHmacSha1_80,
		"AES_256_CM_HMAC_SHA1_32": pion.ProtectionProfileAes256CmHmacSha1_32,
		"AEAD_AES_128_GCM":        pion.ProtectionProfileAeadAes128Gcm,
		"AEAD_AES_256_GCM":        pion.ProtectionProfileAeadAes256Gcm,
	}[s.suite]
	if !ok || s.tag != 0 {
		return nil
	}
	options := []pion.ContextOption{pion.MasterKeyIndicator(s.mki)}
	if s.clearRTP {
		options = append(options, pion.SRTPNoEncryption())
	}
	if s.clearRTCP {
		options = append(options, pion.SRTCPNoEncryption())
	}
	suite, _ := sdes.LookupSuite(s.suite)
	var p pionEnd
	for _, side := range []**pion.Context{&p.seal, &p.open} {
		c, err := pion.CreateContext(s.material[:suite.MasterKey], s.material[suite.MasterKey:], profile, options...)
		if err != nil {
			t.Fatal(err)
		}
		c.SetROC(ssrc, s.rollover)
		*side = c
	}
	return p
}

func (p pionEnd) sealRTP(packet []byte, _ uint32) ([]byte, error) {
	return p.seal.EncryptRTP(nil, packet, nil)
}
func (p pionEnd) openRTP(packet []byte, _ uint32) ([]byte, error) {
	return p.open.DecryptRTP(nil, packet, nil)
}
func (p pionEnd) sealRTCP(packet []byte, _ uint32) ([]byte, error) {
	return p.seal.EncryptRTCP(nil, packet, nil)
}
func (p pionEnd) openRTCP(packet []byte) ([]byte, error) {
	return p.open.DecryptRTCP(nil, packet, nil)
}
