package media

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/observation"
)

// firstReport is the number of the packet with which the first sender report is sent.
const firstReport = 5

// cname is the canonical name of RFC 3550 §6.5.1, the same for all endpoints.
const cname = "mock"

// sender sends one stream of audio and its reports from Start to Stop.
type sender struct {
	config    Config
	rtp, rtcp *net.UDPConn
	receiver  *receiver
	echo      <-chan frame
	ssrc      uint32
	first     uint16 // sequence number

	mu       sync.Mutex
	session  Session
	sealer   *sealer // nil for plain RTP
	tone     []int16 // one second
	sequence uint16
	stamp    uint32
	packets  uint32
	octets   uint32
	turns    int  // of a dressed stream: times that a packet was due
	echoed   bool // a packet has been sent back
	failed   bool // a write has failed, and a note says so
}

// newSender returns a sender with its own stream. Sequence numbers begin in the lower half, so that no receiver takes
// a loss at the beginning for a rollover (RFC 3711 §3.3.1).
func newSender(c Config, rtpConn, rtcpConn *net.UDPConn, r *receiver, echo <-chan frame) *sender {
	first := uint16(rand.IntN(1 << 15))
	return &sender{
		config: c, rtp: rtpConn, rtcp: rtcpConn, receiver: r, echo: echo,
		ssrc: rand.Uint32(), first: first, sequence: first, stamp: rand.Uint32(),
	}
}

// prepare returns the sealer for keys.
func (s *sender) prepare(keys *params) (*sealer, error) {
	if keys == nil {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return newSealer(*keys, s.sealer)
}

// set has the sender continue with session, protected by keys unless nil.
func (s *sender) set(session Session, keys *sealer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tone == nil || session.Tone != s.session.Tone {
		s.tone = sine(session.Tone)
	}
	s.session, s.sealer = session, keys
}

// run sends at every interval until stop is closed.
func (s *sender) run(stop <-chan struct{}) {
	packets := time.NewTicker(s.config.Interval)
	defer packets.Stop()
	reports := time.NewTicker(s.config.ReportInterval)
	defer reports.Stop()
	s.next()
	for {
		select {
		case <-stop:
			return
		case <-packets.C:
			s.next()
		case <-reports.C:
			s.report()
		}
	}
}

// next sends what is due at an interval: a packet of the tone, or for an echo all audio since the last interval, or
// silence before the first. Echoing at intervals keeps two endpoints that echo each other from doing so as fast as
// they can.
func (s *sender) next() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.session.Echo {
		s.echoed = false
		second := int(s.packets%50) * samplesPerPacket
		s.send(encodeAudio(s.session.PayloadType, s.tone[second:][:samplesPerPacket]))
		return
	}
	for len(s.echo) > 0 { // no other goroutine takes from it
		f := <-s.echo
		s.echoed = true
		if f.payloadType != s.session.PayloadType {
			samples, _ := decodeAudio(f.payloadType, f.payload)
			f.payload = encodeAudio(s.session.PayloadType, samples)
		}
		s.send(f.payload)
	}
	if !s.echoed {
		s.send(encodeAudio(s.session.PayloadType, make([]int16, samplesPerPacket)))
	}
}

// send sends one packet of audio. The caller holds the lock.
func (s *sender) send(payload []byte) {
	if s.session.Mute || !reachable(s.session.Remote) {
		return
	}
	p := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: s.packets == 0, PayloadType: s.session.PayloadType,
			SequenceNumber: s.sequence, Timestamp: s.stamp, SSRC: s.ssrc,
		},
		Payload: payload,
	}
	if s.session.Dressed && s.dress(&p) {
		return
	}
	s.sequence++
	s.stamp += uint32(len(payload))
	s.packets++
	s.octets += uint32(len(payload))
	raw, err := p.Marshal()
	class := observation.ClearRTP
	if err == nil && s.sealer != nil {
		class = observation.AuthenticRTP
		raw, err = s.sealer.rtp(raw)
	}
	s.write(s.rtp, s.session.Remote, raw, err, observation.MediaInfo{
		Class: class, SSRC: s.ssrc, Sequence: p.SequenceNumber, PayloadType: p.PayloadType, Payload: len(payload),
	})
	if s.packets == firstReport {
		s.sendReport()
	}
}

func (s *sender) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.packets >= firstReport {
		s.sendReport()
	}
}

// reachable tells whether anything can be sent to an address.
func reachable(to netip.AddrPort) bool { return to.IsValid() && !to.Addr().IsUnspecified() }

// sendReport sends a sender report and a source description. The caller holds
// the lock.
func (s *sender) sendReport() {
	remote := s.session.RemoteRTCP
	if s.session.Mute || !reachable(remote) {
		return
	}
	from := s.rtcp
	if remote == s.session.Remote {
		from = s.rtp
	}
	now := time.Now()
	raw, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{
			SSRC: s.ssrc, NTPTime: ntpTime(now), RTPTime: s.stamp,
			PacketCount: s.packets, OctetCount: s.octets, Reports: s.receiver.reports(now),
		},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
			Source: s.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: cname}},
		}}},
	})
	size, class := len(raw), observation.ClearRTCP
	if err == nil && s.sealer != nil {
		class = observation.AuthenticRTCP
		raw, err = s.sealer.rtcp(raw)
	}
	s.write(from, remote, raw, err, observation.MediaInfo{Class: class, SSRC: s.ssrc, PayloadType: senderReport, Payload: size})
}

// ntpTime returns the timestamp format of RFC 3550 §4.
func ntpTime(t time.Time) uint64 {
	const from1900 = 2208988800
	return uint64(t.Unix()+from1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// write sends a datagram unless making it has failed with err, and logs it if Config.Wire is set. Only the first
// failure is noted, since the peer may be gone for good.
func (s *sender) write(from *net.UDPConn, to netip.AddrPort, raw []byte, err error, info observation.MediaInfo) {
	if err == nil {
		_, err = from.WriteToUDPAddrPort(raw, to)
	}
	local := localAddr(from)
	if err != nil {
		if !s.failed {
			s.failed = true
			s.config.Log.Append(observation.Event{Kind: observation.Note, Conn: conn(local, to), Text: "media not sent: " + err.Error()})
		}
		return
	}
	if s.config.Wire {
		info.Local, info.Remote = local, to
		s.config.Log.Append(observation.Event{Kind: observation.Media, Dir: observation.Out, Conn: conn(local, to), Media: &info, Bytes: raw})
	}
}
