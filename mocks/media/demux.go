package media

import (
	"encoding/binary"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// kind is what a datagram is, by its first bytes.
type kind string

const (
	kindRTP  kind = "RTP"
	kindRTCP kind = "RTCP"
)

// demux returns a datagram's kind, by RFC 7983 §7 and, for RTP and RTCP, RFC 5761 §4. SRTP and SRTCP count as RTP and
// RTCP. For other datagrams it is the protocol's name.
func demux(datagram []byte) kind {
	if len(datagram) == 0 {
		return "empty datagram"
	}
	switch b := datagram[0]; {
	case b <= 3:
		return observation.STUN
	case 16 <= b && b <= 19:
		return "ZRTP"
	case 20 <= b && b <= 63:
		return observation.DTLS
	case 64 <= b && b <= 79:
		return "TURN channel"
	case b < 128 || b > 191:
		return "unknown protocol"
	}
	if len(datagram) >= 2 && 192 <= datagram[1] && datagram[1] <= 223 {
		if len(datagram) < rtcpHeader {
			return "truncated RTCP"
		}
		return kindRTCP
	}
	if _, ok := srtp.HeaderLength(datagram); !ok {
		return "truncated RTP"
	}
	return kindRTP
}

// header is the header of an RTP packet, RFC 3550 §5.1, which SRTP leaves in clear.
type header struct {
	marker      bool
	payloadType uint8
	sequence    uint16
	timestamp   uint32
	ssrc        uint32
	length      int // with CSRC list and extension
}

// parseRTP reads the header of an RTP packet, and reports false for what is none.
func parseRTP(packet []byte) (header, bool) {
	length, ok := srtp.HeaderLength(packet)
	if !ok {
		return header{}, false
	}
	return header{
		marker: packet[1]&0x80 != 0, payloadType: packet[1] & 0x7f, sequence: binary.BigEndian.Uint16(packet[2:]),
		timestamp: binary.BigEndian.Uint32(packet[4:]), ssrc: binary.BigEndian.Uint32(packet[8:]), length: length,
	}, true
}

// rtcpHeader is the length of what SRTCP leaves in clear: header and sender, RFC 3711 §3.4.
const rtcpHeader = 8

// report is a report block: what the sender of the RTCP says about a stream that it receives.
type report struct {
	ssrc    uint32
	lost    int32  // cumulative
	highest uint32 // extended highest sequence number
}

// compound is what this package uses of a compound RTCP packet.
type compound struct {
	sender  uint32
	reports []report
	// ntp is the middle of the NTP time in a sender report, 0 if there is none.
	ntp uint32
}

// Packet types of RFC 3550 §12.1.
const (
	senderReport   = 200
	receiverReport = 201
)

// parseRTCP reads a compound packet, RFC 3550 §6.1: packets whose lengths add up to the datagram's, the first a
// report. It also takes reduced-size RTCP (RFC 5506), whose first packet is something else. False means that this is
// not RTCP in clear: in SRTCP all but the first 8 bytes are encrypted, and at least 14 bytes follow the packets.
func parseRTCP(datagram []byte) (compound, bool) {
	var c compound
	if len(datagram) < rtcpHeader {
		return c, false
	}
	c.sender = binary.BigEndian.Uint32(datagram[4:])
	for rest := datagram; len(rest) > 0; {
		if len(rest) < 4 || rest[0]>>6 != 2 || rest[1] < 192 || rest[1] > 223 {
			return c, false
		}
		size := 4 * (1 + int(binary.BigEndian.Uint16(rest[2:])))
		if size > len(rest) {
			return c, false
		}
		if !c.packet(rest[:size]) {
			return c, false
		}
		rest = rest[size:]
	}
	return c, true
}

// packet reads one packet of a compound. It returns false if the packet is too short for its reports.
func (c *compound) packet(p []byte) bool {
	blocks := 8
	switch p[1] {
	case senderReport:
		blocks = 28
		if len(p) >= blocks {
			c.ntp = binary.BigEndian.Uint32(p[10:])
		}
	case receiverReport:
	default:
		return true
	}
	count := int(p[0] & 0x1f)
	if len(p) < blocks+24*count {
		return false
	}
	for b := p[blocks:]; count > 0; b, count = b[24:], count-1 {
		c.reports = append(c.reports, report{
			ssrc:    binary.BigEndian.Uint32(b),
			lost:    int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8,
			highest: binary.BigEndian.Uint32(b[8:]),
		})
	}
	return true
}

// payloadOf returns the payload of an RTP packet in clear, without its padding if the padding's length is possible.
func payloadOf(packet []byte, headerLength int) []byte {
	payload := packet[headerLength:]
	if packet[0]&0x20 != 0 && len(payload) > 0 {
		if n := int(payload[len(payload)-1]); 0 < n && n <= len(payload) {
			payload = payload[:len(payload)-n]
		}
	}
	return payload
}
