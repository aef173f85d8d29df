package srtp

import (
	"crypto/aes"
	"crypto/sha1"
	"encoding/binary"
	"slices"
)

const (
	// rtcpHeader is what SRTCP leaves in clear: the first header and the sender, RFC 3711 §3.4.
	rtcpHeader = 8
	// rtcpIndex is the E bit and the index.
	rtcpIndex = 4
	encrypted = 1 << 31
)

// SealRTCP protects a compound RTCP packet under an index of 31 bits. It returns false if the packet is no RTCP, or
// shorter than its first header. Form.Plain leaves it in clear and its E bit 0.
func (k *Key) SealRTCP(packet []byte, index uint32, f Form) ([]byte, bool) {
	if len(packet) < rtcpHeader || packet[0]>>6 != 2 {
		return nil, false
	}
	index &^= encrypted
	trailer := binary.BigEndian.AppendUint32(nil, index)
	if !f.Plain {
		trailer[0] |= encrypted >> 24
	}
	s := k.at(&k.rtcp, labelRTCP, uint64(index))
	if k.AEAD() {
		clear := rtcpHeader
		if f.Plain { // RFC 7714 §9.3: all of it is associated data
			clear = len(packet)
		}
		nonce := s.nonce(binary.BigEndian.Uint32(packet[4:]), uint64(index))
		body, tag := s.gcm(nonce, packet[clear:], slices.Concat(packet[:clear], trailer))
		if f.At == Misplaced {
			return slices.Concat(packet[:clear], body, f.MKI, tag[:f.Tag], trailer), true
		}
		return slices.Concat(packet[:clear], body, tag[:f.Tag], trailer, f.MKI), true
	}
	sealed := append(make([]byte, 0, len(packet)+rtcpIndex+len(f.MKI)+sha1.Size), packet...)
	if !f.Plain {
		k.keystream(s, k.rtcpIV(packet, trailer), sealed[rtcpHeader:])
	}
	return s.seal(append(sealed, trailer...), nil, f), true
}

// Report is an SRTCP packet that has been opened.
type Report struct {
	Plain []byte
	// Index is the packet's index, and Encrypted its E bit.
	Index     uint32
	Encrypted bool
}

// OpenRTCP authenticates and decrypts an SRTCP packet. It returns false if the packet does not have the tag that it
// should have. Whether it is encrypted, the packet says itself: Form.Plain is not looked at.
func (k *Key) OpenRTCP(packet []byte, f Form) (Report, bool) {
	if len(packet) < rtcpHeader+rtcpIndex+f.Tag+len(f.MKI) || packet[0]>>6 != 2 {
		return Report{}, false
	}
	if k.AEAD() {
		end := len(packet) - len(f.MKI) - rtcpIndex
		body := packet[:end-f.Tag]
		if f.At == Misplaced {
			end = len(packet) - rtcpIndex
		}
		trailer := packet[end : end+rtcpIndex]
		r := report(trailer)
		clear := rtcpHeader
		if !r.Encrypted {
			clear = len(body)
		}
		s := k.at(&k.rtcp, labelRTCP, uint64(r.Index))
		nonce := s.nonce(binary.BigEndian.Uint32(packet[4:]), uint64(r.Index))
		sealed := slices.Concat(body[clear:], packet[end-f.Tag:end])
		var ok bool
		r.Plain, ok = s.openGCM(slices.Clone(body[:clear]), nonce, sealed, f.Tag, slices.Concat(body[:clear], trailer))
		return r, ok
	}
	end := len(packet) - f.Tag - len(f.MKI) - rtcpIndex
	trailer := packet[end : end+rtcpIndex]
	r := report(trailer)
	s := k.at(&k.rtcp, labelRTCP, uint64(r.Index))
	protected, ok := s.open(packet, nil, f)
	if !ok {
		return Report{}, false
	}
	r.Plain = slices.Clone(protected[:end])
	if r.Encrypted {
		k.keystream(s, k.rtcpIV(packet, trailer), r.Plain[rtcpHeader:])
	}
	return r, true
}

// report reads E bit and index.
func report(trailer []byte) Report {
	word := binary.BigEndian.Uint32(trailer)
	return Report{Index: word &^ encrypted, Encrypted: word&encrypted != 0}
}

// rtcpIV returns the first block of the keystream for a packet with that E bit and index.
func (k *Key) rtcpIV(packet, trailer []byte) (iv [aes.BlockSize]byte) {
	if k.transform == f8Mode { // RFC 3711 §4.1.2.4
		copy(iv[4:], trailer)
		copy(iv[8:], packet[:rtcpHeader])
		return iv
	}
	return k.rtcp.counter(binary.BigEndian.Uint32(packet[4:]), uint64(binary.BigEndian.Uint32(trailer)&^encrypted))
}
