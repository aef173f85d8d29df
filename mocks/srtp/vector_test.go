package srtp

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"testing"
)

// unhex reads hexadecimal digits; spaces are for the reader.
func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeyDerivation derives the session keys of RFC 3711 §B.3 and RFC 6188 §7.3 to §7.4. A session does not keep its
// keys, so the test compares what they make.
func TestKeyDerivation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ suite, master, salt, key, sessionSalt, auth string }{
		{
			suite:       "AES_CM_128_HMAC_SHA1_80",
			master:      "e1f97a0d3e018be0d64fa32c06de4139",
			salt:        "0ec675ad498afeebb6960b3aabe6",
			key:         "c61e7a93744f39ee10734afe3ff7a087",
			sessionSalt: "30cbbc08863d8c85d49db34a9ae1",
			auth:        "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
		},
		{
			suite:       "AES_192_CM_HMAC_SHA1_80",
			master:      "73edc66c4fa15776fb57f9505c171365 50ffda71f3e8e5f1",
			salt:        "c8522f3acd4ce86d5add78edbb11",
			key:         "31874736a8f1143870c26e4857d8a5b2 c4a354407faadabb",
			sessionSalt: "2372b82d639b6d8503a47adc0a6c",
			auth:        "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
		},
		{
			suite:       "AES_256_CM_HMAC_SHA1_80",
			master:      "f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6",
			salt:        "3b04803de51ee7c96423ab5b78d2",
			key:         "5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4",
			sessionSalt: "fa31791685ca444a9e07c6c64e93",
			auth:        "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
		},
	} {
		k, err := New(tt.suite, unhex(t, tt.master+tt.salt))
		if err != nil {
			t.Fatal(err)
		}
		block, err := aes.NewCipher(unhex(t, tt.key))
		if err != nil {
			t.Fatal(err)
		}
		var got, want [aes.BlockSize]byte
		k.rtp.block.Encrypt(got[:], got[:])
		block.Encrypt(want[:], want[:])
		if got != want {
			t.Errorf("%s: another session key than %s", tt.suite, tt.key)
		}
		mac := hmac.New(sha1.New, unhex(t, tt.auth))
		mac.Write([]byte("message"))
		if !bytes.Equal(k.rtp.tag([]byte("message")), mac.Sum(nil)) {
			t.Errorf("%s: another authentication key than %s", tt.suite, tt.auth)
		}
		if !bytes.Equal(k.rtp.salt, unhex(t, tt.sessionSalt)) {
			t.Errorf("%s: session salt %x, want %s", tt.suite, k.rtp.salt, tt.sessionSalt)
		}
	}
}

// withSession returns a key whose session keys are given instead of derived, the same for SRTP and SRTCP.
func withSession(t *testing.T, mode transform, key, salt string) *Key {
	t.Helper()
	s, err := newSession(mode, unhex(t, key), nil, unhex(t, salt))
	if err != nil {
		t.Fatal(err)
	}
	return &Key{transform: mode, rtp: s, rtcp: s}
}

// TestCounterMode makes the keystreams of RFC 3711 §B.2 and RFC 6188 §7.1 and §7.2: the blocks 0 to 2 and 0xfeff to
// 0xff01 of SSRC 0 and index 0.
func TestCounterMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ key, first, last string }{
		{
			key:   "2b7e151628aed2a6abf7158809cf4f3c",
			first: "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0",
			last:  "ec8cdf7398607cb0f2d21675ea9ea1e4 362b7c3c6773516318a077d7fc5073ae 6a2cc3787889374fbeb4c81b17ba6c44",
		},
		{
			key:   "eab234764e517b2d3d160d587d8c8621 9740f65f99b6bcf7",
			first: "35096cba4610028dc1b57503804ce37c 5de986291dcce161d5165ec4568f5c9a 474a40c77894bc17180202272a4c264d",
			last:  "d108d1a31a00bad6367ec23eb044b415 c8f57129fdeb970b59f917b257662d4c a5dab625811034e8cebdfeb6dc158dd3",
		},
		{
			key:   "57f82fe3613fd170a85ec93c40b1f092 2ec4cb0dc025b58272147cc438944a98",
			first: "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31",
			last:  "cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d 6eb246913062a16891433e97dd01a57f",
		},
	} {
		k := withSession(t, counterMode, tt.key, "f0f1f2f3f4f5f6f7f8f9fafbfcfd")
		stream := make([]byte, 0xff02*aes.BlockSize)
		k.keystream(&k.rtp, k.rtp.counter(0, 0), stream)
		if first := stream[:3*aes.BlockSize]; !bytes.Equal(first, unhex(t, tt.first)) {
			t.Errorf("key %s: begins with %x", tt.key, first)
		}
		if last := stream[0xfeff*aes.BlockSize:]; !bytes.Equal(last, unhex(t, tt.last)) {
			t.Errorf("key %s: ends with %x", tt.key, last)
		}
	}
}

// TestF8 encrypts the packet of RFC 3711 §B.1, whose salt is only 4 bytes long.
func TestF8(t *testing.T) {
	t.Parallel()
	k := withSession(t, f8Mode, "234829008467be186c3de14aae72d62c", "32f2870d")
	header, payload := unhex(t, "806e5cba50681de55c621599"), []byte("pseudorandomness is the next best thing")
	iv := k.rtpIV(append(header, payload...), 0xd462564a)
	if want := "006e5cba50681de55c621599d462564a"; hex.EncodeToString(iv[:]) != want {
		t.Errorf("IV %x, want %s", iv, want)
	}
	k.keystream(&k.rtp, iv, payload)
	want := "019ce7a26e7854014a6366aa95d4eefd 1ad4172a14f9faf455b7f1d4b62bd08f 562c0eef7c4802"
	if !bytes.Equal(payload, unhex(t, want)) {
		t.Errorf("encrypted to %x, want %s", payload, want)
	}
}

// TestGCM seals and opens the packets of RFC 7714 §16 and §17, which are under session keys.
func TestGCM(t *testing.T) {
	t.Parallel()
	const (
		key128 = "000102030405060708090a0b0c0d0e0f"
		key256 = key128 + "101112131415161718191a1b1c1d1e1f"

		rtpHead   = "8040f17b 8041f8d3 5501a0b2"
		rtp       = rtpHead + "47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573"
		rtcpHead  = "81c8000d 4d617273"
		rtcp      = rtcpHead + "4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef"
		rtcpIndex = 0x5d4
	)
	for _, tt := range []struct {
		name, key string
		rtcp      bool
		plain     bool
		sealed    string
	}{
		{
			name: "SRTP of AES-128", key: key128,
			sealed: rtpHead + "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833" +
				"899d7f27 beb16a91 52cf765e e4390cce",
		},
		{
			name: "SRTP of AES-128, authenticated only", key: key128, plain: true,
			sealed: rtp + "22493f82 d2bce397 e9d79e3b 19aa4216",
		},
		{
			name: "SRTCP of AES-128", key: key128, rtcp: true,
			sealed: rtcpHead + "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b" +
				"c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
		},
		{
			name: "SRTCP of AES-128, authenticated only", key: key128, rtcp: true, plain: true,
			sealed: rtcp + "841dd968 3dd78ec9 2ae58790 125f62b3 000005d4",
		},
		{
			name: "SRTP of AES-256", key: key256,
			sealed: rtpHead + "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b" +
				"7aa3db36 dfffd6b0 f9bb7878 d7a76c13",
		},
		{
			name: "SRTP of AES-256, authenticated only", key: key256, plain: true,
			sealed: rtp + "a866d591 0f887463 067ceefe c45215d4",
		},
		{
			name: "SRTCP of AES-256", key: key256, rtcp: true,
			sealed: rtcpHead + "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad" +
				"1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4",
		},
		{
			name: "SRTCP of AES-256, authenticated only", key: key256, rtcp: true, plain: true,
			sealed: rtcp + "91db4afb feee5a97 8fab4393 ed2615fe 000005d4",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := withSession(t, gcmMode, tt.key, "51756964 2070726f 2071756f")
			form, want := Form{Tag: 16, Plain: tt.plain}, unhex(t, tt.sealed)
			if tt.rtcp {
				if sealed, ok := k.SealRTCP(unhex(t, rtcp), rtcpIndex, form); !ok || !bytes.Equal(sealed, want) {
					t.Errorf("sealed %x", sealed)
				}
				if r, ok := k.OpenRTCP(want, form); !ok || !bytes.Equal(r.Plain, unhex(t, rtcp)) || r.Index != rtcpIndex || r.Encrypted == tt.plain {
					t.Errorf("opened %+v (%v)", r, ok)
				}
				return
			}
			if sealed, ok := k.SealRTP(unhex(t, rtp), 0, form); !ok || !bytes.Equal(sealed, want) {
				t.Errorf("sealed %x", sealed)
			}
			if opened, ok := k.OpenRTP(want, 0, form); !ok || !bytes.Equal(opened, unhex(t, rtp)) {
				t.Errorf("opened %x (%v)", opened, ok)
			}
		})
	}
}

// TestReferences seals the packets that libsrtp publishes (test/srtp_driver.c: srtp_validate, srtp_validate_aes_256 and
// srtp_validate_gcm), so that there are whole packets to compare with where libsrtp is not installed.
func TestReferences(t *testing.T) {
	t.Parallel()
	const (
		rtp  = "800f1234decafbadcafebabe" + "abababababababababababababababab"
		rtcp = "81c8000bcafebabe" + "abababababababababababababababab"
	)
	for _, tt := range []struct{ suite, material, rtp, rtcp string }{
		{
			suite:    "AES_CM_128_HMAC_SHA1_80",
			material: "e1f97a0d3e018be0d64fa32c06de4139" + "0ec675ad498afeebb6960b3aabe6",
			rtp:      "800f1234decafbadcafebabe" + "4e55dc4ce79978d88ca4d215949d2402" + "b78d6acc99ea179b8dbb",
			rtcp:     "81c8000bcafebabe" + "7128035be487b9bdbef89041f977a5a8" + "80000001" + "993e08cd54d6c1230798",
		},
		{
			suite:    "AES_256_CM_HMAC_SHA1_80",
			material: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6" + "3b04803de51ee7c96423ab5b78d2",
			rtp:      "800f1234decafbadcafebabe" + "f1d9de17ff251ff1aa007774b0b4b40d" + "a08d9d9a5b3a55d8873b",
		},
		{
			suite:    "AEAD_AES_128_GCM",
			material: "000102030405060708090a0b0c0d0e0f" + "a0a1a2a3a4a5a6a7a8a9aaab",
			rtp:      "800f1234decafbadcafebabe" + "c5002ede04cfdd2eb91159e0880aa06e" + "d2976826f796b201df3131a127e8a392",
			rtcp:     "81c8000bcafebabe" + "c98b8b5df0392a55852b6c21ac8e7025" + "c52c6fbea2b3b446ea31123ba88ce61e" + "80000001",
		},
	} {
		k, err := New(tt.suite, unhex(t, tt.material))
		if err != nil {
			t.Fatal(err)
		}
		if sealed, ok := k.SealRTP(unhex(t, rtp), 0, k.RTP()); !ok || hex.EncodeToString(sealed) != tt.rtp {
			t.Errorf("%s: SRTP %x", tt.suite, sealed)
		}
		if tt.rtcp == "" {
			continue
		}
		if sealed, ok := k.SealRTCP(unhex(t, rtcp), 1, k.RTCP()); !ok || hex.EncodeToString(sealed) != tt.rtcp {
			t.Errorf("%s: SRTCP %x", tt.suite, sealed)
		}
	}
}
