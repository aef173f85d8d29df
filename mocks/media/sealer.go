package media

import (
	"encoding/binary"
	"errors"

	"github.com/sipconform/sipconform/mocks/srtp"
)

// errSealing is the error for a packet that is none.
var errSealing = errors.New("media: no packet to protect")

// sealer protects what we send with one keying.
type sealer struct {
	params
	engine  *srtp.Key
	streams indexes // of what was sent, so that the counter rises when the sequence number wraps
	reports map[uint32]uint32
}

// newSealer returns a sealer for p; before is the one that it replaces, or nil. The rollover counters go on under a new
// key (RFC 3711 §3.3.1). The indexes of SRTCP begin with 0 (§3.4), unless all of p's keys were in use before: none may
// be used twice under a key.
func newSealer(p params, before *sealer) (*sealer, error) {
	engine, err := srtp.NewWithRate(p.Suite, p.Key.Material, p.Rate)
	if err != nil {
		return nil, err
	}
	s := &sealer{params: p, engine: engine, streams: make(indexes), reports: make(map[uint32]uint32)}
	if before != nil {
		s.streams = before.streams
		if p.equal(before.params) {
			s.reports = before.reports
		}
	}
	return s, nil
}

// rtp returns the SRTP packet for an RTP packet. The packets of a stream have to come in their order.
func (s *sealer) rtp(packet []byte) ([]byte, error) {
	h, ok := parseRTP(packet)
	if !ok {
		return nil, errSealing
	}
	counter := uint32(0)
	if highest, begun := s.streams[h.ssrc]; begun {
		counter = rollover(highest, h.sequence)
	}
	s.streams.note(h.ssrc, counter, h.sequence)
	form := s.engine.RTP()
	form.MKI = s.mki()
	sealed, _ := s.engine.SealRTP(packet, counter, form)
	return sealed, nil
}

// rtcp returns the SRTCP packet for a compound packet.
func (s *sealer) rtcp(packet []byte) ([]byte, error) {
	form := s.engine.RTCP()
	form.MKI = s.mki()
	if len(packet) < rtcpHeader {
		return nil, errSealing
	}
	ssrc := binary.BigEndian.Uint32(packet[4:])
	sealed, _ := s.engine.SealRTCP(packet, s.reports[ssrc], form)
	s.reports[ssrc]++
	return sealed, nil
}
