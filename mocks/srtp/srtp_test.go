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
