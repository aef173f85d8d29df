package srtp

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// TestLibsrtp compares this package and pion/srtp with libsrtp, which most devices have.
func TestLibsrtp(t *testing.T) {
	t.Parallel()
	program := testkit.Compile(t, "gcc", "libsrtp.c", "srtp2/srtp.h", "-lsrtp2")
	for name, all := range streams() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := libsrtp{startForeign(t, program)}
			for _, s := range all {
				if !libsrtpHas(s) {
					continue
				}
				own := newOurs(t, s)
				if strings.HasPrefix(s.suite, "AES_192_") {
					own.key = libsrtp192(t, s)
				}
				agree(t, own, f.open(t, s), s)
				if s.rollover == 0 { // other counters show nothing more
					refuse(t, f.open(t, s), own, s)
				}
				if null := s; s.suite == "AES_CM_128_HMAC_SHA1_80" && s.clearRTP && s.clearRTCP {
					null.suite = "NULL_HMAC_SHA1_80" // which libsrtp gives keys of the same length
					agree(t, own, f.open(t, null), s)
				}
				if p := newPion(t, s); p != nil {
					agree(t, p, f.open(t, s), s)
				}
			}
		})
	}
}

// libsrtpHas reports whether libsrtp has a stream's suite and does with it what the RFCs say: see TestLibsrtpDiffers.
func libsrtpHas(s stream) bool {
	switch {
	case strings.HasPrefix(s.suite, "F8_"), strings.HasPrefix(s.suite, "AES_CM_256_"): // not a name of the registry
		return false
	case strings.HasPrefix(s.suite, "AEAD_"):
		return !s.clearRTP
	case strings.HasSuffix(s.suite, "_32"):
		return len(s.mki) == 0
	}
	return true
}

// TestLibsrtpDiffers has what libsrtp 2.5 does otherwise than the RFCs say. Devices that are built on it do too.
func TestLibsrtpDiffers(t *testing.T) {
	t.Parallel()
	f := libsrtp{startForeign(t, testkit.Compile(t, "gcc", "libsrtp.c", "srtp2/srtp.h", "-lsrtp2"))}
	rtp, rtcp := rtpPackets()[0], rtcpPackets()[0]

	// It encrypts SRTP in the AEAD suites even if it is told to authenticate only.
	s := stream{suite: "AEAD_AES_128_GCM", material: bytes.Repeat([]byte{7}, 28), clearRTP: true}
	encrypted := s
	encrypted.clearRTP = false
	want, _ := newOurs(t, encrypted).sealRTP(rtp, 0)
	if sealed, err := f.open(t, s).sealRTP(rtp, 0); err != nil || !bytes.Equal(sealed, want) {
		t.Errorf("%s: sealed %x (%v)", s, sealed, err)
	}

	// With a tag of 4 bytes for SRTP it looks for the MKI of SRTCP where that tag would be, so that it opens no SRTCP,
	// not even its own.
	s = stream{suite: "AES_CM_128_HMAC_SHA1_32", material: bytes.Repeat([]byte{7}, 30), mki: []byte{0, 0, 0, 1}}
	sealed, _ := f.open(t, s).sealRTCP(rtcp, 1)
	if opened, err := newOurs(t, s).openRTCP(sealed); err != nil || !bytes.Equal(opened, rtcp) {
		t.Errorf("%s: opened to %x (%v)", s, opened, err)
	}
	if opened, err := f.openRTCP(sealed); err == nil {
		t.Errorf("%s: opened to %x", s, opened)
	}

	s = stream{suite: "AES_CM_128_HMAC_SHA1_80", material: bytes.Repeat([]byte{7}, 30)}
	jumps(t, f.open(t, s), s)

	// Its session keys for AES_192 are not those of RFC 6188: see libsrtp192.
	s = stream{suite: "AES_192_CM_HMAC_SHA1_80", material: bytes.Repeat([]byte{7}, 38)}
	sealed, _ = f.open(t, s).sealRTP(rtp, 0)
	if opened, err := newOurs(t, s).openRTP(sealed, 0); err == nil {
		t.Errorf("%s: opened to %x", s, opened)
	}
}

// libsrtp192 returns the key that libsrtp makes of material for AES_192: it derives the session keys under AES-256, with
// a master key that goes on into the salt, and zeros behind what is left of the salt.
func libsrtp192(t *testing.T, s stream) *Key {
	t.Helper()
	const master, salt = 32, 14
	k := newOurs(t, s).key
	filled := append(bytes.Clone(s.material), make([]byte, master+salt-len(s.material))...)
	var err error
	if k.prf, err = aes.NewCipher(filled[:master]); err != nil {
		t.Fatal(err)
	}
	k.salt = filled[master:]
	if k.rtp, err = k.derive(labelRTP, 0); err != nil {
		t.Fatal(err)
	}
	if k.rtcp, err = k.derive(labelRTCP, 0); err != nil {
		t.Fatal(err)
	}
	return k
}

// libsrtp is one end of a stream at testdata/libsrtp.c.
type libsrtp struct{ *foreign }

// open begins a stream.
func (f libsrtp) open(t *testing.T, s stream) libsrtp {
	t.Helper()
	mki := "-"
	if len(s.mki) > 0 {
		mki = hex.EncodeToString(s.mki)
	}
	service := map[bool]int{false: 3, true: 2}
	if _, err := f.command("open %s %x %s %d %d %d %d", s.name(), s.material, mki, uint32(ssrc), s.rollover,
		service[s.clearRTP], service[s.clearRTCP]); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return f
}

func (f libsrtp) sealRTP(packet []byte, _ uint32) ([]byte, error) {
	return f.command("protect %x", packet)
}
func (f libsrtp) openRTP(packet []byte, _ uint32) ([]byte, error) {
	return f.command("unprotect %x", packet)
}
func (f libsrtp) sealRTCP(packet []byte, _ uint32) ([]byte, error) {
	return f.command("protect_rtcp %x", packet)
}
func (f libsrtp) openRTCP(packet []byte) ([]byte, error) {
	return f.command("unprotect_rtcp %x", packet)
}
