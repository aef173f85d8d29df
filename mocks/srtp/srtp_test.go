package srtp

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// lengthOf is the length of a suite's key and salt.
func lengthOf(t *testing.T, suite string) int {
	t.Helper()
	s, known := sdes.LookupSuite(suite)
	if !known {
		t.Fatalf("suite %s is not known", suite)
	}
	return s.KeySalt()
}

// TestForms: every suite opens what it seals in every form, and not in another.
func TestForms(t *testing.T) {
	t.Parallel()
	rtp := append([]byte{0x80, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, bytes.Repeat([]byte{0xd5}, 160)...)
	rtcp := append([]byte{0x80, 201, 0, 1, 5, 6, 7, 8}, bytes.Repeat([]byte{0xaa}, 16)...)
	for _, suite := range sdes.SuiteNames() {
		k, err := New(suite, bytes.Repeat([]byte{1, 2, 4}, 16)[:lengthOf(t, suite)])
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []int{4, 8, 10, 16} {
			for _, mki := range [][]byte{nil, {1}, {1, 2, 3, 4}} {
				for _, at := range []Place{Usual, Misplaced, Covered} {
					for _, plain := range []bool{false, true} {
						form := Form{Tag: tag, MKI: mki, At: at, Plain: plain}
						t.Run(fmt.Sprintf("%s %+v", suite, form), func(t *testing.T) {
							sealed, ok := k.SealRTP(rtp, 3, form)
							if !ok || plain != bytes.Contains(sealed, rtp) || len(sealed) != len(rtp)+tag+len(mki) {
								t.Errorf("sealed as %x", sealed)
							}
							if opened, ok := k.OpenRTP(sealed, 3, form); !ok || !bytes.Equal(opened, rtp) {
								t.Errorf("opened as %x (%v)", opened, ok)
							}
							longer := form
							longer.Tag++
							if _, ok := k.OpenRTP(sealed, 3, longer); ok {
								t.Error("opens with a longer tag")
							}
							sealed, _ = k.SealRTCP(rtcp, 9, form)
							r, ok := k.OpenRTCP(sealed, form)
							if !ok || !bytes.Equal(r.Plain, rtcp) || r.Index != 9 || r.Encrypted == plain {
								t.Errorf("opened as %+v (%v)", r, ok)
							}
						})
					}
				}
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for suite, material := range map[string]string{
		"AES_CM_128_HMAC_SHA1_80": strings.Repeat("secret", 3), "AEAD_AES_256_GCM": "", "ARIA_128_CTR": "secret",
	} {
		if _, err := New(suite, []byte(material)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", suite, err)
		}
	}
}

// TestRates: packets of every round of the key derivation open, in any order, and under another rate only those of rounds
// that have the same number.
func TestRates(t *testing.T) {
	t.Parallel()
	rtp := append([]byte{0x80, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, bytes.Repeat([]byte{0xd5}, 160)...)
	rtcp := append([]byte{0x80, 201, 0, 1, 5, 6, 7, 8}, bytes.Repeat([]byte{0xaa}, 16)...)
	for _, suite := range sdes.SuiteNames() {
		material := bytes.Repeat([]byte{1, 2, 4}, 16)[:lengthOf(t, suite)]
		of := func(rate uint64) *Key {
			k, err := NewWithRate(suite, material, rate)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		k, once, slower := of(4), of(0), of(8)
		for _, index := range []uint32{9, 0, 3, 4, 1 << 16, 5} {
			rtp[3] = byte(index)
			rollover := index >> 16
			sealed, _ := k.SealRTP(rtp, rollover, k.RTP())
			if opened, ok := of(4).OpenRTP(sealed, rollover, k.RTP()); !ok || !bytes.Equal(opened, rtp) {
				t.Errorf("%s, index %d: opened as %x (%v)", suite, index, opened, ok)
			}
			for other, rate := range map[*Key]uint32{once: 1 << 31, slower: 8} {
				if _, ok := other.OpenRTP(sealed, rollover, k.RTP()); ok != (index/4 == index/rate) {
					t.Errorf("%s, index %d, rate %d instead of 4: opens is %v", suite, index, rate, ok)
				}
			}
			report, _ := k.SealRTCP(rtcp, index, k.RTCP())
			if r, ok := of(4).OpenRTCP(report, k.RTCP()); !ok || !bytes.Equal(r.Plain, rtcp) || r.Index != index {
				t.Errorf("%s, index %d: opened as %+v (%v)", suite, index, r, ok)
			}
			if _, ok := once.OpenRTCP(report, k.RTCP()); ok != (index < 4) {
				t.Errorf("%s, index %d: RTCP opens without a rate: %v", suite, index, ok)
			}
		}
	}
}
