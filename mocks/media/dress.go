package media

import (
	"encoding/binary"

	"github.com/pion/rtp"
)

// A dressed stream pauses for dressedPause packets after each dressedTalk.
const (
	dressedTalk  = 20
	dressedPause = 5
)

// What a dressed packet carries beside its audio: see [dressing]. Padding is so short that who plays it keeps up with the
// stream, thanks to its pauses: a buffer that is too full drops what is last of a packet, and that would be the padding.
const (
	dressedContributors = 15 // the most that a header has room for
	dressedElements     = 4  // of its header extension, beside the first
	dressedPadding      = 32 // octets: at most samplesPerPacket*dressedPause/dressedTalk
)

// mostElement is how many octets an element in the one-byte form of RFC 8285 §4.2 can have.
const mostElement = 16

// dressing is what a packet carries beside its audio.
type dressing struct {
	contributors []uint32
	element      []byte // of the header extension, each of which has the same
	padding      []byte // but its last octet, which is the length
}

// dress gives a packet all that RFC 3550 §5.1 and §5.3.1 let a sender add to it, and reports whether it is left out
// instead, as by a sender that suppresses silence. The timestamp goes on over a pause, the sequence number does not, and
// the first packet after it is marked (RFC 3551 §4.1). Padding has yet to be filled with what is returned. The caller holds
// the lock.
func (s *sender) dress(p *rtp.Packet) (padding []byte, left bool) {
	turn := s.turns % (dressedTalk + dressedPause)
	s.turns++
	if turn >= dressedTalk {
		s.source.stamp += uint32(len(p.Payload))
		return nil, true
	}
	d := newDressing(p.PayloadType)
	p.Marker = turn == 0
	p.CSRC = d.contributors
	p.Padding, p.PaddingSize = true, dressedPadding
	// The audio level of RFC 6464 and elements of nobody's: a receiver that has agreed to none ignores them.
	err := p.SetExtension(1, []byte{20})
	for i := range dressedElements {
		if err == nil {
			err = p.SetExtension(uint8(2+i), d.element)
		}
	}
	return d.padding, err != nil
}

// newDressing returns what is loud as audio of a payload type: a device that plays some of it does not play the tone
// alone, whatever tone it is. A few octets, or quiet ones, would go unnoticed with every other tone.
func newDressing(payloadType uint8) dressing {
	const contributors, element = 4 * dressedContributors, mostElement
	loud := encodeAudio(payloadType, noise(contributors+element+dressedPadding-1))
	d := dressing{element: loud[contributors:][:element], padding: loud[contributors+element:]}
	for i := range dressedContributors {
		d.contributors = append(d.contributors, binary.BigEndian.Uint32(loud[4*i:]))
	}
	return d
}

// noise returns so many samples that are as loud as can be and have no tone: the signs are those of a shift register of
// seven bits (x⁷ + x⁶ + 1), which repeats after 127.
func noise(samples int) []int16 {
	const loudest = 32124
	register := uint8(1)
	all := make([]int16, samples)
	for i := range all {
		all[i] = loudest
		if register&1 != 0 {
			all[i] = -loudest
		}
		register = register>>1 | (register^register>>1)&1<<6
	}
	return all
}
