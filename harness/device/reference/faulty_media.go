package reference

import (
	"encoding/binary"
	"net/netip"

	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/sdp"
)

// misnumber changes the header of a packet that is to be sent, as the device's bugs say. The caller holds e.mu.
func (e *endpoint) misnumber(packet []byte) {
	bugs := &e.session.bugs
	number := e.source.packets - 1 // of the packet, from 0
	sequence, stamp := binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint32(packet[4:])
	switch {
	case bugs.FreezesSequence:
		sequence = 1
	case bugs.CountsBackwards:
		sequence = 20000 - uint16(number)
	case bugs.ReusesIndexes && number%10 == 4:
		sequence--
	case bugs.FreezesTimestamp:
		stamp = 1
	case bugs.HalvesTimestamps:
		stamp = number * packetSamples / 2
	case bugs.SendsUnagreedType && number%5 == 4:
		packet[1] = packet[1]&0x80 | 18
	}
	binary.BigEndian.PutUint16(packet[2:], sequence)
	binary.BigEndian.PutUint32(packet[4:], stamp)
}

// clientHello begins a flight of DTLS 1.2, as far as anyone looks at it (RFC 6347 §4.1).
var clientHello = [...]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}

// bindingRequest is a request of STUN without attributes (RFC 8489 §5).
func bindingRequest() []byte {
	return append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, token(6)...)
}

// instead sends what a bug has the device send instead of media, and reports whether there is such a bug. The caller
// holds e.mu.
func (e *endpoint) instead() bool {
	var datagram []byte
	switch bugs := &e.session.bugs; {
	case bugs.SendsDTLS:
		datagram = clientHello[:]
	case bugs.WaitsForICE:
		datagram = bindingRequest()
	default:
		return bugs.SendsNothing || bugs.SpeaksInOneCall && !e.session.speaking.CompareAndSwap(nil, e) && e.session.speaking.Load() != e
	}
	_, _ = e.speaker().WriteToUDPAddrPort(datagram, e.flow.rtp)
	return true
}

// rtpTarget returns where RTP goes, and rtcpTarget where RTCP does.
func (e *endpoint) rtpTarget() netip.AddrPort {
	if e.session.bugs.SendsToRTCPPort && e.flow.rtcp.IsValid() {
		return e.flow.rtcp
	}
	return e.flow.rtp
}

func (e *endpoint) rtcpTarget() netip.AddrPort {
	switch bugs := &e.session.bugs; {
	case bugs.ReportsToRTPPort:
		return e.flow.rtp
	case bugs.IgnoresRTCPPort:
		return netip.AddrPortFrom(e.flow.rtp.Addr(), e.flow.rtp.Port()+1)
	}
	return e.flow.rtcp
}

// chokes tells whether a bug makes the device drop a packet.
func (s *session) chokes(p *rtp.Packet) bool {
	return s.bugs.ChokesOnContributors && len(p.CSRC) > 0 || s.bugs.ChokesOnExtensions && p.Extension || s.bugs.ChokesOnPadding && p.Padding
}

// audio returns what the device takes for the audio of a packet.
func (s *session) audio(raw []byte, p *rtp.Packet) []byte {
	const header = 12
	to := len(raw) - int(p.PaddingSize)
	from := to - len(p.Payload)
	if s.bugs.PlaysContributors {
		from = header
	}
	if s.bugs.PlaysPadding {
		to = len(raw)
	}
	return raw[from:to]
}

// multiplexes tells whether the device agrees to send RTP and RTCP to one port of a peer that offers it.
func (s *session) multiplexes(m *sdp.Media) bool {
	_, offered := m.Value("rtcp-mux")
	return offered && (s.peculiar.TakesRTCPMux || s.bugs.MultiplexesInVain)
}
