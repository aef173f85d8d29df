package media

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestVectors seals and opens the packets that libsrtp publishes as references
// (test/srtp_driver.c: srtp_validate, srtp_validate_aes_256 and
// srtp_validate_gcm), so that the endpoint is not only checked against itself.
func TestVectors(t *testing.T) {
	t.Parallel()
	const (
		rtpPlain  = "800f1234decafbadcafebabe" + "abababababababababababababababab"
		rtcpPlain = "81c8000bcafebabe" + "abababababababababababababababab"
	)
	tests := []struct {
		suite, keySalt, rtp, rtcp string
	}{
		{
			suite:   cm80,
			keySalt: "e1f97a0d3e018be0d64fa32c06de4139" + "0ec675ad498afeebb6960b3aabe6",
			rtp:     "800f1234decafbadcafebabe" + "4e55dc4ce79978d88ca4d215949d2402" + "b78d6acc99ea179b8dbb",
			rtcp:    "81c8000bcafebabe" + "7128035be487b9bdbef89041f977a5a8" + "80000001" + "993e08cd54d6c1230798",
		},
		{
			suite:   cm256,
			keySalt: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6" + "3b04803de51ee7c96423ab5b78d2",
			rtp:     "800f1234decafbadcafebabe" + "f1d9de17ff251ff1aa007774b0b4b40d" + "a08d9d9a5b3a55d8873b",
		},
		{
			suite:   gcm128,
			keySalt: "000102030405060708090a0b0c0d0e0f" + "a0a1a2a3a4a5a6a7a8a9aaab",
			rtp:     "800f1234decafbadcafebabe" + "c5002ede04cfdd2eb91159e0880aa06e" + "d2976826f796b201df3131a127e8a392",
			rtcp:    "81c8000bcafebabe" + "c98b8b5df0392a55852b6c21ac8e7025" + "c52c6fbea2b3b446ea31123ba88ce61e" + "80000001",
		},
	}
	for _, tt := range tests {
		t.Run(tt.suite, func(t *testing.T) {
			t.Parallel()
			p, err := (&Keying{Suite: tt.suite, Key: sdes.Key{Material: unhex(t, tt.keySalt)}}).check()
			if err != nil {
				t.Fatal(err)
			}
			s, err := newSealer(*p, nil)
			if err != nil {
				t.Fatal(err)
			}
			o, err := newOpener(*p, nil, func(text string) { t.Error(text) })
			if err != nil {
				t.Fatal(err)
			}

			plain, want := unhex(t, rtpPlain), unhex(t, tt.rtp)
			sealed, err := s.rtp(plain)
			if err != nil || !bytes.Equal(sealed, want) {
				t.Errorf("SRTP %x, want %x (%v)", sealed, want, err)
			}
			h, _ := parseRTP(want)
			if opened, ok := o.openRTP(want, h); !ok || !bytes.Equal(opened.plain, plain) || opened.rollover != 0 {
				t.Errorf("SRTP opened as %x (%v)", opened.plain, ok)
			}
			if tt.rtcp == "" {
				return
			}
			plain, want = unhex(t, rtcpPlain), unhex(t, tt.rtcp)
			if first, err := s.rtcp(plain); err != nil || bytes.Equal(first, want) {
				t.Errorf("the first SRTCP has the index of the second (%v)", err)
			}
			sealed, err = s.rtcp(plain)
			if err != nil || !bytes.Equal(sealed, want) {
				t.Errorf("SRTCP %x, want %x (%v)", sealed, want, err)
			}
			if opened, ok := o.openRTCP(want); !ok || !opened.encrypted || opened.index != 1 || !bytes.Equal(opened.plain, plain) {
				t.Errorf("SRTCP opened as %x (%v)", opened.plain, ok)
			}
		})
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
