package reference

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// RTCP reports are sent after firstReport packets and then after every moreReports packets.
const (
	firstReport = 5
	moreReports = 50
)

// rtpSource numbers the packets that the device sends (RFC 3550 §5.1).
type rtpSource struct {
	ssrc      uint32
	sequence  uint16
	wraps     uint32 // of the sequence number, so far
	timestamp uint32
	packets   uint32
	octets    uint32
	samples   int // of the tone, so far
	peculiar  *Peculiarities
	former    uint32 // of the packets, those under another SSRC
	resumed   bool   // the next packet is the first after a pause
}

// newSource starts in the lower half of the sequence numbers, so that a receiver that joins late does not have to guess the
// rollover counter (RFC 3711 §3.3.1).
func newSource(p *Peculiarities) rtpSource {
	s := rtpSource{ssrc: random32(), sequence: uint16(random32() >> 17), timestamp: random32(), peculiar: p}
	if p.StartsNearWrap {
		s.sequence = 65530
	}
	if p.WrapsTimestamp {
		s.timestamp = 1<<32 - 3*packetSamples
	}
	return s
}

// next returns the next packet.
func (s *rtpSource) next(payloadType uint8, payload []byte) []byte {
	s.change()
	packet := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: s.packets == 0, PayloadType: payloadType,
			SequenceNumber: s.sequence, Timestamp: s.timestamp, SSRC: s.ssrc,
		},
		Payload: payload,
	}
	s.decorate(&packet.Header)
	s.step()
	s.timestamp += uint32(len(payload)) // G.711 has a byte a sample
	s.packets++
	s.octets += uint32(len(payload))
	raw, _ := packet.Marshal() // fails only for header extensions that are too long
	return raw
}

// step goes on to the next sequence number.
func (s *rtpSource) step() {
	if s.sequence++; s.sequence == 0 {
		s.wraps++
	}
}

// rollover returns the rollover counter of one of the last packets.
func (s *rtpSource) rollover(packet []byte) uint32 {
	if sequence := binary.BigEndian.Uint16(packet[2:]); sequence >= s.sequence && s.wraps > 0 {
		return s.wraps - 1
	}
	return s.wraps
}

// tone returns the audio of a packet of a tone of that frequency in Hz.
func (s *rtpSource) tone(payloadType uint8, hz int) []byte {
	encode := encodeMuLaw
	if payloadType == 8 {
		encode = encodeALaw
	}
	payload := make([]byte, s.peculiar.packetSamples())
	for i := range payload {
		payload[i] = encode(toneSample(s.samples, hz))
		s.samples++
	}
	return payload
}

func (s *rtpSource) reportDue() bool {
	if s.peculiar.SendsNoReports {
		return false
	}
	return s.packets == firstReport || s.packets > firstReport && s.packets%moreReports == 0
}

// report returns a compound RTCP packet (RFC 3550 §6.1).
func (s *rtpSource) report(peer *reception) ([]byte, error) {
	sender := &rtcp.SenderReport{
		SSRC: s.ssrc, NTPTime: ntpTime(time.Now()), RTPTime: s.timestamp, PacketCount: s.packets - s.former, OctetCount: s.octets,
	}
	if peer.heard() {
		sender.Reports = []rtcp.ReceptionReport{{SSRC: peer.ssrc, TotalLost: peer.lost(), LastSequenceNumber: peer.highest}}
	}
	return rtcp.Marshal(append([]rtcp.Packet{sender, s.describes()}, s.furtherReports()...))
}

// ntpTime returns a time in the format of RFC 3550 §4.
func ntpTime(t time.Time) uint64 {
	const from1900to1970 = 2208988800
	seconds := uint64(t.Unix() + from1900to1970)
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return seconds<<32 | fraction
}

// reception counts the packets of the peer (RFC 3550 §6.4.1).
type reception struct {
	ssrc     uint32
	received uint32
	first    uint32
	highest  uint32 // extended sequence number
}

// note counts a packet. It tells whether it is the first of its source.
func (r *reception) note(ssrc uint32, sequence uint16) (first bool) {
	if r.received == 0 || ssrc != r.ssrc {
		*r = reception{ssrc: ssrc, received: 1, first: uint32(sequence), highest: uint32(sequence)}
		return true
	}
	r.received++
	if ahead := sequence - uint16(r.highest); ahead < 1<<15 {
		r.highest += uint32(ahead)
	}
	return false
}

func (r *reception) heard() bool { return r.received > 0 }

// lost returns how many packets are missing, never less than 0.
func (r *reception) lost() uint32 {
	const most = 1<<23 - 1 // the field is a signed number of 24 bits
	expected := r.highest - r.first + 1
	if expected <= r.received {
		return 0
	}
	return min(expected-r.received, most)
}
