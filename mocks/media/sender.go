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
	config   Config
	receiver *receiver
	latch    *latch // nil unless the peer is behind a NAT
	echo     <-chan frame

	mu        sync.Mutex
	rtp, rtcp *net.UDPConn
	session   Session
	sealer    *sealer // nil for plain RTP
	source    source
	hz        int // of the tone
	announced observation.MediaInfo
	turns     int  // of a dressed stream: times that a packet was due
	echoed    bool // a packet has been sent back
	failed    bool // a write has failed, and a note says so
	pair      pair // of the last packet that was logged
}

// source numbers the packets of one SSRC.
type source struct {
	ssrc     uint32
	first    uint16 // sequence number
	sequence uint16
	rollover uint32
	stamp    uint32
	packets  uint32
	octets   uint32
	wrapped  int // tone beyond a wrap, 0 for that from before
}

// newSource returns a source whose sequence numbers begin with first.
func newSource(first uint16) source {
	return source{ssrc: rand.Uint32(), first: first, sequence: first, stamp: rand.Uint32()}
}

// newSender returns a sender with its own stream. Sequence numbers begin in the lower half, so that no receiver takes
// a loss at the beginning for a rollover (RFC 3711 §3.3.1).
func newSender(c Config, rtpConn, rtcpConn *net.UDPConn, r *receiver, l *latch, echo <-chan frame) *sender {
	return &sender{
		config: c, rtp: rtpConn, rtcp: rtcpConn, receiver: r, latch: l, echo: echo, source: newSource(uint16(rand.IntN(1 << 15))),
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

// own returns the SSRC of the stream and its first sequence number.
func (s *sender) own() (ssrc uint32, first uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.ssrc, s.source.first
}

// set has the sender continue with session, protected by keys unless nil, from a pair of sockets.
func (s *sender) set(session Session, keys *sealer, rtpConn, rtcpConn *net.UDPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hz == 0 || session.Tone != s.session.Tone {
		s.hz = session.Tone
	}
	s.session, s.sealer, s.rtp, s.rtcp = session, keys, rtpConn, rtcpConn
	s.announce()
}

// change has the stream go on under another SSRC, with a tone, and with another one beyond its first wrap.
func (s *sender) change(wrapsAfter uint16, tone, wrapped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := newSource(-wrapsAfter)
	fresh.wrapped = wrapped
	s.become(fresh, tone)
}

// takeOver has the stream go on under an SSRC, with a tone.
func (s *sender) takeOver(ssrc uint32, tone int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := newSource(uint16(rand.IntN(1 << 15)))
	fresh.ssrc = ssrc
	s.become(fresh, tone)
}

// become has the stream go on from another source, with a tone. The caller holds the lock.
func (s *sender) become(other source, tone int) {
	s.source = other
	s.hz = tone
	s.receiver.follow(other.ssrc, other.first)
	s.announce()
}

// follow has the receiver look for reports about another source of ours.
func (r *receiver) follow(ssrc uint32, first uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent, r.first = ssrc, first
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
		var audio [samplesPerPacket]int16
		sineAt(s.hz, int(s.source.packets%50)*samplesPerPacket, audio[:])
		s.send(encodeAudio(s.session.PayloadType, audio[:]))
		return
	}
	for len(s.echo) > 0 { // no other goroutine takes from it
		f := <-s.echo
		s.echoed = true
		if f.payloadType != s.session.PayloadType {
			samples, _ := decodeAudio(nil, f.payloadType, f.payload)
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
	remote := s.remote()
	if s.session.Mute || !reachable(remote) {
		return
	}
	p := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: s.source.packets == 0, PayloadType: s.session.PayloadType,
			SequenceNumber: s.source.sequence, Timestamp: s.source.stamp, SSRC: s.source.ssrc,
		},
		Payload: payload,
	}
	var padding []byte
	if s.session.Dressed {
		var left bool
		if padding, left = s.dress(&p); left {
			return
		}
	}
	s.announce()
	s.count(len(payload))
	raw, err := p.Marshal()
	if err == nil && len(padding) > 0 { // Marshal leaves nothing but the length of padding
		copy(raw[len(raw)-1-len(padding):], padding)
	}
	class := observation.ClearRTP
	if err == nil && s.sealer != nil {
		class = observation.AuthenticRTP
		raw, err = s.sealer.rtp(raw)
	}
	s.write(s.rtp, remote, raw, err, observation.MediaInfo{
		Class: class, SSRC: p.SSRC, Sequence: p.SequenceNumber, PayloadType: p.PayloadType, Payload: len(payload),
	})
	if s.source.packets == firstReport {
		s.sendReport()
	}
}

// count numbers the next packet. Who hears another tone beyond a wrap has followed the rollover counter. The caller
// holds the lock.
func (s *sender) count(payload int) {
	s.source.sequence++
	s.source.stamp += uint32(payload)
	s.source.packets++
	s.source.octets += uint32(payload)
	if s.source.sequence == 0 {
		s.source.rollover++
		if s.source.wrapped != 0 {
			s.hz = s.source.wrapped
		}
	}
}

// announce logs the tone of the next packet, with its source and rollover counter, unless they are those of the packet
// before. An echo has no tone, and while nothing is sent none is played. The caller holds the lock.
func (s *sender) announce() {
	now, remote := observation.MediaInfo{SSRC: s.source.ssrc, Rollover: s.source.rollover, Tone: s.hz}, s.remote()
	if s.session.Echo || s.session.Mute || !reachable(remote) || now == s.announced {
		return
	}
	s.announced = now
	info := now
	info.Local, info.Remote, info.Sequence = localAddr(s.rtp), remote, s.source.sequence
	s.config.Log.Append(observation.Event{
		Kind: observation.Playing, Dir: observation.Out, Conn: conn(info.Local, info.Remote), Media: &info,
	})
}

func (s *sender) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.source.packets >= firstReport {
		s.sendReport()
	}
}

// reachable tells whether anything can be sent to an address.
func reachable(to netip.AddrPort) bool { return to.IsValid() && !to.Addr().IsUnspecified() }

// remote returns where RTP goes now. The caller holds the lock.
func (s *sender) remote() netip.AddrPort {
	if s.latch != nil && reachable(s.session.Remote) {
		return s.latch.target(localAddr(s.rtp), kindRTP)
	}
	return s.session.Remote
}

// remoteRTCP returns where RTCP goes now, and the socket that it leaves from. The caller holds the lock.
func (s *sender) remoteRTCP() (netip.AddrPort, *net.UDPConn) {
	switch {
	case s.session.RemoteRTCP == s.session.Remote:
		return s.remote(), s.rtp
	case s.latch != nil && reachable(s.session.RemoteRTCP):
		return s.latch.target(localAddr(s.rtcp), kindRTCP), s.rtcp
	}
	return s.session.RemoteRTCP, s.rtcp
}

// sendReport sends a sender report and a source description. The caller holds
// the lock.
func (s *sender) sendReport() {
	remote, from := s.remoteRTCP()
	if s.session.Mute || !reachable(remote) {
		return
	}
	now := time.Now()
	raw, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{
			SSRC: s.source.ssrc, NTPTime: ntpTime(now), RTPTime: s.source.stamp,
			PacketCount: s.source.packets, OctetCount: s.source.octets, Reports: s.receiver.reports(now),
		},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
			Source: s.source.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: cname}},
		}}},
	})
	size, class := len(raw), observation.ClearRTCP
	if err == nil && s.sealer != nil {
		class = observation.AuthenticRTCP
		raw, err = s.sealer.rtcp(raw)
	}
	s.write(from, remote, raw, err, observation.MediaInfo{Class: class, SSRC: s.source.ssrc, PayloadType: senderReport, Payload: size})
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
			s.config.Log.Short(conn(local, to), "sending media", err)
		}
		return
	}
	if s.config.Wire {
		info.Local, info.Remote = local, to
		name := s.pair.conn(local, to)
		s.config.Log.Append(observation.Event{Kind: observation.Media, Dir: observation.Out, Conn: name, Media: &info, Bytes: raw})
	}
}
