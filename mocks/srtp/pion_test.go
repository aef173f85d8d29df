package srtp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	pion "github.com/pion/srtp/v2"
)

// TestAgreesWithPion: what one implementation seals, the other opens, and both seal alike.
func TestAgreesWithPion(t *testing.T) {
	t.Parallel()
	suites := map[string]pion.ProtectionProfile{
		"AES_CM_128_HMAC_SHA1_80": pion.ProtectionProfileAes128CmHmacSha1_80,
		"AES_CM_128_HMAC_SHA1_32": pion.ProtectionProfileAes128CmHmacSha1_32,
		"AES_256_CM_HMAC_SHA1_80": pion.ProtectionProfileAes256CmHmacSha1_80,
		"AES_256_CM_HMAC_SHA1_32": pion.ProtectionProfileAes256CmHmacSha1_32,
		"AEAD_AES_128_GCM":        pion.ProtectionProfileAeadAes128Gcm,
		"AEAD_AES_256_GCM":        pion.ProtectionProfileAeadAes256Gcm,
	}
	for suite, profile := range suites {
		for _, mki := range [][]byte{nil, {7}, {0, 0, 0, 1}, bytes.Repeat([]byte{3}, 128)} {
			t.Run(fmt.Sprintf("%s with an MKI of %d bytes", suite, len(mki)), func(t *testing.T) {
				t.Parallel()
				k, c := pair(t, suite, profile, mki)
				for _, rollover := range []uint32{0, 1, 1 << 31} {
					agreeRTP(t, k, c, rollover, mki)
				}
				for _, plain := range []bool{false, true} {
					agreeRTCP(t, k, c, mki, plain)
				}
			})
		}
	}
}

// pair returns a key of both implementations.
func pair(t *testing.T, suite string, profile pion.ProtectionProfile, mki []byte) (*Key, *pion.Context) {
	t.Helper()
	material := make([]byte, lengthOf(t, suite))
	rand.NewChaCha8([32]byte{1}).Read(material)
	k, err := New(suite, material)
	if err != nil {
		t.Fatal(err)
	}
	var options []pion.ContextOption
	if mki != nil {
		options = append(options, pion.MasterKeyIndicator(mki))
	}
	c, err := pion.CreateContext(material[:k.Suite().MasterKey], material[k.Suite().MasterKey:], profile, options...)
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}

func agreeRTP(t *testing.T, k *Key, c *pion.Context, rollover uint32, mki []byte) {
	t.Helper()
	packet := append([]byte{0x80, 0, 0xff, 0x01, 1, 2, 3, 4, 5, 6, 7, 8}, "sound that nobody else is to hear"...)
	form := k.RTP()
	form.MKI = mki
	sealed, ok := k.SealRTP(packet, rollover, form)
	c.SetROC(0x05060708, rollover)
	theirs, err := c.EncryptRTP(nil, packet, nil)
	if !ok || err != nil || !bytes.Equal(sealed, theirs) {
		t.Errorf("sealed %x, pion %x (%v)", sealed, theirs, err)
	}
	c.SetROC(0x05060708, rollover)
	if plain, err := c.DecryptRTP(nil, sealed, nil); err != nil || !bytes.Equal(plain, packet) {
		t.Errorf("pion opens it to %x (%v)", plain, err)
	}
	if plain, ok := k.OpenRTP(theirs, rollover, form); !ok || !bytes.Equal(plain, packet) {
		t.Errorf("pion's opens to %x (%v)", plain, ok)
	}
	if _, ok := k.OpenRTP(theirs, rollover+1, form); ok {
		t.Error("opens under another rollover counter")
	}
}

func agreeRTCP(t *testing.T, k *Key, c *pion.Context, mki []byte, plain bool) {
	t.Helper()
	packet := append([]byte{0x81, 200, 0, 6, 5, 6, 7, 8}, "a report of 7 words "...)
	form := k.RTCP()
	form.MKI, form.Plain = mki, plain
	sealed, _ := k.SealRTCP(packet, 5, form)
	if theirs, err := c.DecryptRTCP(nil, sealed, nil); err != nil || !bytes.Equal(theirs, packet) {
		t.Errorf("pion opens it to %x (%v)", theirs, err)
	}
	r, ok := k.OpenRTCP(sealed, form)
	if !ok || r.Index != 5 || r.Encrypted == plain || !bytes.Equal(r.Plain, packet) {
		t.Errorf("opens to %+v (%v)", r, ok)
	}
	sealed[9] ^= 1
	if _, err := c.DecryptRTCP(nil, sealed, nil); err == nil {
		t.Error("pion opens a forged packet")
	}
	if _, ok := k.OpenRTCP(sealed, form); ok {
		t.Error("opens a forged packet")
	}
}
