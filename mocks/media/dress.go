package media

import "github.com/pion/rtp"

// A dressed stream pauses for dressedPause packets after each dressedTalk.
const (
	dressedTalk  = 20
	dressedPause = 5
)

// dress gives a packet all that RFC 3550 §5.1 and §5.3.1 let a sender add to it, and reports whether it is left out
// instead, as by a sender that suppresses silence. The timestamp goes on over a pause, the sequence number does not, and
// the first packet after it is marked (RFC 3551 §4.1). The caller holds the lock.
func (s *sender) dress(p *rtp.Packet) (left bool) {
	turn := s.turns % (dressedTalk + dressedPause)
	s.turns++
	if turn >= dressedTalk {
		s.source.stamp += uint32(len(p.Payload))
		return true
	}
	p.Marker = turn == 0
	p.CSRC = []uint32{s.source.ssrc + 1, s.source.ssrc + 2}
	p.Padding, p.PaddingSize = true, 8
	// The audio level of RFC 6464, which fits into the one-byte form of RFC 8285: a receiver that knows neither ignores it.
	return p.SetExtension(1, []byte{20}) != nil
}
