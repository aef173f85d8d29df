package srtp

import (
	"crypto/aes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"slices"
)

// rtpHeader is the length of an RTP header without CSRC list and extension, RFC 3550 §5.1.
const rtpHeader = 12

// HeaderLength returns the length of a packet's RTP header, CSRC list and extension included; false if the packet is
// no RTP or ends before its header does.
func HeaderLength(packet []byte) (int, bool) {
	if len(packet) < rtpHeader || packet[0]>>6 != 2 {
		return 0, false
	}
	n := rtpHeader + 4*int(packet[0]&0x0f)
	if packet[0]&0x10 != 0 {
		if len(packet) < n+4 {
			return 0, false
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(packet[n+2:]))
	}
	return n, n <= len(packet)
}

// SealRTP protects an RTP packet under a rollover counter. It returns false if the packet is no RTP.
func (k *Key) SealRTP(packet []byte, rollover uint32, f Form) ([]byte, bool) {
	header, ok := HeaderLength(packet)
	if !ok {
		return nil, false
	}
	s := k.rtpAt(packet, rollover)
	if k.AEAD() {
		clear := header
		if f.Plain {
			clear = len(packet)
		}
		body, tag := s.gcm(k.rtpNonce(packet, rollover), packet[clear:], packet[:clear])
		if f.At == Misplaced {
			return slices.Concat(packet[:clear], body, f.MKI, tag[:f.Tag]), true
		}
		return slices.Concat(packet[:clear], body, tag[:f.Tag], f.MKI), true
	}
	sealed := append(make([]byte, 0, len(packet)+len(f.MKI)+sha1.Size), packet...)
	if !f.Plain {
		k.keystream(s, k.rtpIV(packet, rollover), sealed[header:])
	}
	return s.seal(sealed, covers(rollover, f), f), true
}

// OpenRTP authenticates and decrypts an SRTP packet under a rollover counter. It returns false if the packet does not
// have the tag that it should have.
func (k *Key) OpenRTP(packet []byte, rollover uint32, f Form) ([]byte, bool) {
	header, ok := HeaderLength(packet)
	if !ok || len(packet) < header+f.Tag+len(f.MKI) {
		return nil, false
	}
	s := k.rtpAt(packet, rollover)
	if k.AEAD() {
		end := len(packet) - len(f.MKI) - f.Tag
		clear := header
		if f.Plain {
			clear = end
		}
		sealed := packet[clear : end+f.Tag]
		if f.At == Misplaced {
			sealed = slices.Concat(packet[clear:end], packet[len(packet)-f.Tag:])
		}
		return s.openGCM(append(make([]byte, 0, end), packet[:clear]...), k.rtpNonce(packet, rollover), sealed, f.Tag, packet[:clear])
	}
	protected, ok := s.open(packet, covers(rollover, f), f)
	if !ok {
		return nil, false
	}
	plain := slices.Clone(protected)
	if !f.Plain {
		k.keystream(s, k.rtpIV(packet, rollover), plain[header:])
	}
	return plain, true
}

// covers is what the tag of an SRTP packet covers behind it: the rollover counter (RFC 3711 §4.2).
func covers(rollover uint32, f Form) []byte {
	if f.NoRollover {
		return nil
	}
	return binary.BigEndian.AppendUint32(nil, rollover)
}

// rtpAt returns the session keys for a packet.
func (k *Key) rtpAt(packet []byte, rollover uint32) *session {
	return k.at(&k.rtp, labelRTP, rtpIndex(packet, rollover))
}

// rtpIV returns the first block of the keystream for a packet.
func (k *Key) rtpIV(packet []byte, rollover uint32) (iv [aes.BlockSize]byte) {
	if k.transform == f8Mode { // RFC 3711 §4.1.2.3
		copy(iv[1:], packet[1:rtpHeader])
		binary.BigEndian.PutUint32(iv[12:], rollover)
		return iv
	}
	return k.rtp.counter(binary.BigEndian.Uint32(packet[8:]), rtpIndex(packet, rollover))
}

func (k *Key) rtpNonce(packet []byte, rollover uint32) []byte {
	return k.rtp.nonce(binary.BigEndian.Uint32(packet[8:]), rtpIndex(packet, rollover))
}

// rtpIndex is a packet's index, RFC 3711 §3.3.1.
func rtpIndex(packet []byte, rollover uint32) uint64 {
	return uint64(rollover)<<16 | uint64(binary.BigEndian.Uint16(packet[2:]))
}

// seal appends MKI and tag to what is protected. The tag covers what is behind the packet too.
func (s *session) seal(protected, behind []byte, f Form) []byte {
	switch f.At {
	case Covered:
		protected = append(protected, f.MKI...)
		return append(protected, s.tag(protected, behind)[:f.Tag]...)
	case Misplaced:
		protected = append(protected, s.tag(protected, behind)[:f.Tag]...)
		return append(protected, f.MKI...)
	}
	tag := s.tag(protected, behind)[:f.Tag]
	return append(append(protected, f.MKI...), tag...)
}

// open returns what is protected in a packet that is long enough for its form, and whether its tag is right.
func (s *session) open(packet, behind []byte, f Form) ([]byte, bool) {
	protected, tag := packet[:len(packet)-f.Tag-len(f.MKI)], packet[len(packet)-f.Tag:]
	covered := protected
	switch f.At {
	case Covered:
		covered = packet[:len(packet)-f.Tag]
	case Misplaced:
		tag = packet[len(protected) : len(protected)+f.Tag]
	}
	return protected, equal(s.tag(covered, behind), tag)
}

// gcm encrypts plain and returns it, and the whole tag of 16 bytes.
func (s *session) gcm(nonce, plain, additional []byte) (sealed, tag []byte) {
	both := s.aead.Seal(nil, nonce, plain, additional)
	return both[:len(plain)], both[len(plain):]
}

// openGCM appends to dst what is decrypted, and compares the tag at the end of what is sealed, of which a packet may have a
// part only. GCM encrypts in counter mode, so that encrypting what is encrypted decrypts it.
func (s *session) openGCM(dst, nonce, sealed []byte, tag int, additional []byte) ([]byte, bool) {
	if tag == s.aead.Overhead() {
		plain, err := s.aead.Open(dst, nonce, sealed, additional)
		return plain, err == nil
	}
	end := len(sealed) - tag
	plain, _ := s.gcm(nonce, sealed[:end], nil)
	_, whole := s.gcm(nonce, plain, additional)
	return append(dst, plain...), equal(whole, sealed[end:])
}

// equal reports whether a tag is what the whole tag begins with.
func equal(whole, tag []byte) bool {
	return len(tag) <= len(whole) && subtle.ConstantTimeCompare(whole[:len(tag)], tag) == 1
}
