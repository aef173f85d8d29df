// Package srtp seals and opens single packets of SRTP and SRTCP by RFC 3711, RFC 6188 and RFC 7714, on Go's standard
// library alone. The package serves this module and may change.
//
// A [Key] keeps no state of a stream: the caller says under which rollover counter and in which [Form] a packet is to
// be opened, so a judge can try all that a faulty sender may have done. It does what the RFCs say and nothing more:
// whether an index was used before, or whether a counter is the expected one, is for the caller to know.
//
// The tests compare it with libsrtp, pion/srtp, ffmpeg and GNU ccRTP. What those do otherwise, and devices that are
// built on them, stands there too: in TestLibsrtpDiffers, TestPionDiffers and ffmpegSuites.
package srtp

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// Key is a master key and salt under a crypto-suite. It serves one goroutine at a time.
type Key struct {
	suite     sdes.Suite
	transform transform
	prf       cipher.Block // under the master key
	salt      []byte       // master salt
	rate      uint64       // of the key derivation, 0 if it is done once
	rtp, rtcp session      // the latest, of those that a rate makes
}

// The first labels of the session keys, RFC 3711 §4.3.1 and §4.3.2.
const (
	labelRTP  = 0
	labelRTCP = 3
)

// transform is the kind of cipher in a suite.
type transform int

const (
	counterMode transform = iota // AES_CM, RFC 3711 §4.1.1 and RFC 6188
	f8Mode                       // RFC 3711 §4.1.2
	gcmMode                      // RFC 7714
	nullCipher                   // RFC 3711 §4.1.3
)

// session is the session keys for SRTP or for SRTCP, RFC 3711 §4.3.
type session struct {
	round uint64 // index DIV rate
	block cipher.Block
	mask  cipher.Block // of F8: the block under the key masked with the salt
	aead  cipher.AEAD  // nil except in GCM
	salt  []byte       // 14 bytes, or 12 in GCM
	mac   hash.Hash    // nil in GCM
	sum   [sha1.Size]byte
}

// New returns the key for material, which is master key and master salt as in a=crypto. It fails for a suite that
// package sdes does not know and for material of another length than the suite's. No error contains the material.
func New(suite string, material []byte) (*Key, error) { return NewWithRate(suite, material, 0) }

// NewWithRate is [New] for a key whose session keys are derived anew after so many packets (RFC 3711 §4.3.1), which is
// what KDR says of a key in SDES (RFC 4568 §6.3.1). 0 is a key whose session keys stay.
func NewWithRate(suite string, material []byte, rate uint64) (*Key, error) {
	s, known := sdes.LookupSuite(suite)
	if !known {
		return nil, fmt.Errorf("srtp: crypto-suite %q is not known", suite)
	}
	if len(material) != s.KeySalt() {
		return nil, fmt.Errorf("srtp: key and salt of %d bytes for %s, which needs %d", len(material), suite, s.KeySalt())
	}
	prf, err := aes.NewCipher(material[:s.MasterKey])
	if err != nil {
		return nil, fmt.Errorf("srtp: %s: %w", suite, err)
	}
	k := &Key{suite: s, transform: transformOf(suite), prf: prf, salt: slices.Clone(material[s.MasterKey:]), rate: rate}
	if k.rtp, err = k.derive(labelRTP, 0); err != nil {
		return nil, err
	}
	k.rtcp, err = k.derive(labelRTCP, 0)
	return k, err
}

// at returns the session keys for packets of an index: kept, or those that replace it.
func (k *Key) at(kept *session, label byte, index uint64) *session {
	if k.rate == 0 || kept.round == index/k.rate {
		return kept
	}
	if s, err := k.derive(label, index/k.rate); err == nil { // as it was for the first
		*kept = s
	}
	return kept
}

func transformOf(suite string) transform {
	switch {
	case strings.HasPrefix(suite, "AEAD_AES_"):
		return gcmMode
	case strings.HasPrefix(suite, "F8_"):
		return f8Mode
	case strings.HasPrefix(suite, "NULL_"):
		return nullCipher
	}
	return counterMode
}

// derive returns the session keys whose labels begin with label: for the cipher, for the tag, and the salt (RFC 3711
// §4.3.1). The round has 48 bits.
func (k *Key) derive(label byte, round uint64) (session, error) {
	generate := func(label byte, n int) []byte {
		var x [aes.BlockSize]byte
		copy(x[:14], k.salt) // a salt of 12 bytes is padded on the right, RFC 7714 §11
		xor64(x[6:], uint64(label)<<48^round)
		key := make([]byte, n)
		cipher.NewCTR(k.prf, x[:]).XORKeyStream(key, key)
		return key
	}
	key, auth, salt := generate(label, k.suite.MasterKey), generate(label+1, sha1.Size), generate(label+2, len(k.salt))
	s, err := newSession(k.transform, key, auth, salt)
	s.round = round
	return s, err
}

// newSession returns the session that has these session keys: for the cipher, for the tag, and the salt.
func newSession(t transform, key, auth, salt []byte) (s session, err error) {
	s.salt = salt
	if s.block, err = aes.NewCipher(key); err != nil {
		return session{}, fmt.Errorf("srtp: session key: %w", err)
	}
	switch t {
	case gcmMode:
		s.aead, err = cipher.NewGCM(s.block)
		return s, err
	case f8Mode: // RFC 3711 §4.1.2.2: the key masked with the salt, which 0x55 fills up to the key's length
		masked := bytes.Repeat([]byte{0x55}, len(key))
		copy(masked, salt)
		subtle.XORBytes(masked, masked, key)
		if s.mask, err = aes.NewCipher(masked); err != nil {
			return session{}, fmt.Errorf("srtp: masked session key: %w", err)
		}
	}
	s.mac = hmac.New(sha1.New, auth)
	return s, nil
}

// Place is where a packet has its MKI.
type Place int

// The places. Usual is before the tag and not covered by it, RFC 3711 §3.1; in AEAD suites at the end, where the tag is
// the cipher's (RFC 7714 §8.2). The others are mistakes.
const (
	Usual     Place = iota
	Misplaced       // on the other side of the tag
	Covered         // before the tag, which covers it; in AEAD suites the same as Usual
)

// Form is how packets are laid out and protected.
type Form struct {
	// Tag is the length of the tag in bytes, at most 20, or 16 in AEAD suites. Packets without a tag open to
	// whatever they decrypt to.
	Tag int
	// MKI is the master key identifier. Opening looks at its length alone.
	MKI []byte
	At  Place
	// Plain leaves the payload in clear, as UNENCRYPTED_SRTP does. SRTCP says so itself, by its E bit.
	Plain bool
	// NoRollover leaves the rollover counter out of what the tag covers, which is a mistake.
	NoRollover bool
}

// RTP is the form of the suite's SRTP packets, and RTCP that of its SRTCP packets, without MKI.
func (k *Key) RTP() Form { return Form{Tag: k.suite.TagRTP} }

// RTCP is the form of the suite's SRTCP packets, without MKI.
func (k *Key) RTCP() Form { return Form{Tag: k.suite.TagRTCP} }

// Suite is the key's crypto-suite.
func (k *Key) Suite() sdes.Suite { return k.suite }

// AEAD reports whether the tag is the cipher's own, as in RFC 7714.
func (k *Key) AEAD() bool { return k.transform == gcmMode }

// tag returns the whole tag of what parts add up to.
func (s *session) tag(parts ...[]byte) []byte {
	s.mac.Reset()
	for _, p := range parts {
		s.mac.Write(p)
	}
	return s.mac.Sum(s.sum[:0])
}

// keystream encrypts payload in place; a second time, it decrypts.
func (k *Key) keystream(s *session, iv [aes.BlockSize]byte, payload []byte) {
	switch k.transform {
	case counterMode:
		cipher.NewCTR(s.block, iv[:]).XORKeyStream(payload, payload)
	case f8Mode:
		s.mask.Encrypt(iv[:], iv[:])
		var stream [aes.BlockSize]byte
		for j := uint32(0); len(payload) > 0; j++ {
			for i := range stream {
				stream[i] ^= iv[i]
			}
			binary.BigEndian.PutUint32(stream[12:], binary.BigEndian.Uint32(stream[12:])^j)
			s.block.Encrypt(stream[:], stream[:])
			n := min(len(payload), len(stream))
			for i := range n {
				payload[i] ^= stream[i]
			}
			payload = payload[n:]
		}
	}
}

// counter returns the first block of counter mode, RFC 3711 §4.1.1. The index has 48 bits.
func (s *session) counter(ssrc uint32, index uint64) (iv [aes.BlockSize]byte) {
	copy(iv[:], s.salt)
	xor32(iv[4:], ssrc)
	xor32(iv[8:], uint32(index>>16))
	iv[12] ^= byte(index >> 8)
	iv[13] ^= byte(index)
	return iv
}

// nonce returns the IV of GCM, RFC 7714 §8.1 and §9.1. The index has 48 bits.
func (s *session) nonce(ssrc uint32, index uint64) []byte {
	iv := slices.Clone(s.salt)
	xor32(iv[2:], ssrc)
	xor32(iv[6:], uint32(index>>16))
	iv[10] ^= byte(index >> 8)
	iv[11] ^= byte(index)
	return iv
}

func xor64(b []byte, v uint64) { binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(b)^v) }

func xor32(b []byte, v uint32) { binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)^v) }
