package reference

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// packet returns how much audio a packet holds.
func (p *Peculiarities) packet() time.Duration {
	switch {
	case p.Packs10ms:
		return 10 * time.Millisecond
	case p.Packs30ms:
		return 30 * time.Millisecond
	case p.Packs40ms:
		return 40 * time.Millisecond
	}
	return packetTime
}

// packetSamples is the same in samples.
func (p *Peculiarities) packetSamples() int { return int(p.packet() * sampleRate / time.Second) }

// change gives the source a new SSRC after some packets, for ChangesSource.
func (s *rtpSource) change() {
	const after = 20
	if s.peculiar.ChangesSource && s.packets == after && s.former == 0 {
		s.renew()
	}
}

// renew gives the source a new SSRC.
func (s *rtpSource) renew() {
	fresh := newSource(s.peculiar)
	s.ssrc, s.sequence, s.wraps, s.timestamp, s.octets, s.former = fresh.ssrc, fresh.sequence, 0, fresh.timestamp, 0, s.packets
}

// decorate changes the header of a packet.
func (s *rtpSource) decorate(h *rtp.Header) {
	p := s.peculiar
	h.Marker = (h.Marker || s.resumed) && !p.MarksNothing
	s.resumed = false
	if p.ExtendsRTP {
		_ = h.SetExtension(1, []byte{0x80 | 20}) // the audio level of RFC 6464, which fits
	}
	if p.PadsRTP {
		h.Padding, h.PaddingSize = true, 8
	}
	if p.NamesContributors {
		h.CSRC = []uint32{s.ssrc + 1, s.ssrc + 2}
	}
}

// describes returns the description of the source that each compound packet has (RFC 3550 §6.5).
func (s *rtpSource) describes() rtcp.Packet {
	return rtcp.NewCNAMESourceDescription(s.ssrc, "reference")
}

// furtherReports returns what follows the description, for ReportsAtLength.
func (s *rtpSource) furtherReports() []rtcp.Packet {
	if !s.peculiar.ReportsAtLength {
		return nil
	}
	app := rtcp.RawPacket{0x80, 204, 0, 3}
	app = binary.BigEndian.AppendUint32(app, s.ssrc)
	app = append(app, "DEVC"...)
	app = append(app, 0, 0, 0, 1)
	return []rtcp.Packet{&app, &rtcp.ExtendedReport{
		SenderSSRC: s.ssrc, Reports: []rtcp.ReportBlock{&rtcp.ReceiverReferenceTimeReportBlock{NTPTimestamp: ntpTime(time.Now())}},
	}}
}

// firstWord returns a report without blocks (RFC 3550 §6.4.2).
func (s *rtpSource) firstWord() []byte {
	raw, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: s.ssrc}, s.describes()}) // fails only for texts that are too long
	return raw
}

// goodbye returns a compound packet with a BYE.
func (s *rtpSource) goodbye() []byte {
	raw, _ := rtcp.Marshal([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: s.ssrc}, s.describes(), &rtcp.Goodbye{Sources: []uint32{s.ssrc}, Reason: "call over"},
	})
	return raw
}

// lateStart is how long a device waits before it sends media, for StartsMediaLate.
const lateStart = 300 * time.Millisecond

// peculiarMedia is what an endpoint with peculiarities remembers.
type peculiarMedia struct {
	rtp, rtcp *net.UDPConn // for SendsFromElsewhere
	turns     int          // times that a packet was due
	began     time.Time    // when the first was
	rest      []byte       // audio that does not fill a packet yet
	waiting   [][]byte     // packets to be sent together
	ending    bool         // only the trail is still to be sent
	trail     int          // packets
	late      int          // packets to be sent after a hold has begun, and where to
	lateTo    netip.AddrPort
}

// outlives tells whether the media goes on when its call has ended. The end of the session ends it.
func (e *endpoint) outlives() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.session.bugs.TalksAfterBye:
		return true
	case e.session.peculiar.TrailsOff:
		const trail = 10 // packets
		e.peculiar.ending, e.peculiar.trail = true, trail
		return true
	}
	return false
}

// fallSilent stops media some time before its call ends, for FallsSilentEarly.
func (s *session) fallSilent(media []*endpoint) {
	if !s.peculiar.FallsSilentEarly {
		return
	}
	for _, e := range media {
		e.mu.Lock()
		e.peculiar.ending = true
		e.mu.Unlock()
	}
	s.pause(slowness)
}

// openElsewhere opens the ports of SendsFromElsewhere.
func (e *endpoint) openElsewhere() error {
	if !e.session.peculiar.SendsFromElsewhere {
		return nil
	}
	own := net.UDPAddrFromAddrPort(netip.AddrPortFrom(e.session.setup.Address, 0))
	var first, second error
	e.peculiar.rtp, first = net.ListenUDP("udp", own)
	e.peculiar.rtcp, second = net.ListenUDP("udp", own)
	if err := errors.Join(first, second); err != nil {
		e.session.disown(e)
		return fmt.Errorf("media: %w", err)
	}
	return nil
}

func (e *endpoint) closeElsewhere() error {
	var errs []error
	for _, conn := range []*net.UDPConn{e.peculiar.rtp, e.peculiar.rtcp} {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	return errors.Join(errs...)
}

// speaker returns the socket that RTP leaves from.
func (e *endpoint) speaker() Socket {
	if e.peculiar.rtp != nil {
		return e.peculiar.rtp
	}
	return e.rtp
}

// reporter returns the socket that RTCP leaves from.
func (e *endpoint) reporter() Socket {
	switch {
	case e.peculiar.rtcp != nil:
		return e.peculiar.rtcp
	case e.flow.rtcp == e.flow.rtp:
		return e.rtp
	}
	return e.rtcp
}

// pauses tells whether the device sends nothing this time. Pauses are five packets of twenty.
func (e *endpoint) pauses() bool {
	p := &e.session.peculiar
	if e.peculiar.ending {
		if e.peculiar.trail == 0 {
			return true
		}
		e.peculiar.trail--
	}
	if e.peculiar.began.IsZero() {
		e.peculiar.began = time.Now()
	}
	if p.StartsMediaLate && time.Since(e.peculiar.began) < lateStart {
		e.queue = nil
		return true
	}
	const cycle, pause = 20, 15
	turn := e.peculiar.turns % cycle
	e.peculiar.turns++
	if turn < pause || !p.SuppressesSilence && !p.SendsComfortNoise && !p.SkipsTime {
		return false
	}
	if turn == pause && p.SendsComfortNoise {
		e.sendAside(rtp.Header{PayloadType: 13}, []byte{60}) // noise of -60 dB
	}
	e.queue = nil
	e.source.timestamp += uint32(p.packetSamples())
	e.source.resumed = !p.SkipsTime
	return true
}

// repack puts audio into packets of the device's length.
func (e *endpoint) repack(payloads [][]byte) [][]byte {
	n := e.session.peculiar.packetSamples()
	if n == packetSamples {
		return payloads
	}
	audio := append(e.peculiar.rest, slices.Concat(payloads...)...)
	whole := len(audio) / n * n
	e.peculiar.rest = slices.Clone(audio[whole:])
	return slices.Collect(slices.Chunk(audio[:whole], n))
}

// interject sends what comes before the next packet of audio.
func (e *endpoint) interject() {
	p := &e.session.peculiar
	if p.ReportsFirst && e.source.packets == 0 && e.flow.rtcp.IsValid() {
		e.sendRTCP(e.source.firstWord())
	}
	if p.ChecksAddress && e.source.packets == 0 {
		_, _ = e.speaker().WriteToUDPAddrPort(bindingRequest(), e.flow.rtp)
	}
	if p.SendsBareHeaders && e.source.packets%10 == 5 {
		e.sendAside(rtp.Header{PayloadType: 20}, nil)
	}
	if p.KeepsPortsOpen && e.source.packets%10 == 1 {
		indication := append([]byte{0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42}, token(6)...) // Binding (RFC 8489 §5)
		_, _ = e.speaker().WriteToUDPAddrPort(indication, e.flow.rtp)
		_, _ = e.speaker().WriteToUDPAddrPort(nil, e.flow.rtp)
	}
	if (p.SendsDigits || e.session.bugs.SendsClearDigits) && e.source.packets == 3 && e.flow.events != 0 {
		e.dial(5)
	}
}

// dial sends a digit: packets of one timestamp, of which the last three end it (RFC 4733 §2.5.1).
func (e *endpoint) dial(digit byte) {
	const volume, end, packets = 10, 0x80, 6
	for i := range packets {
		flags, duration := byte(volume), uint16(min(i+1, packets-2)*packetSamples)
		if i >= packets-3 {
			flags |= end
		}
		e.sendAside(rtp.Header{PayloadType: e.flow.events, Marker: i == 0}, []byte{digit, flags, byte(duration >> 8), byte(duration)})
	}
}

// sendAside sends a packet that is no speech, with the timestamp of the next packet of speech.
func (e *endpoint) sendAside(h rtp.Header, payload []byte) {
	h.Version, h.SequenceNumber, h.Timestamp, h.SSRC = 2, e.source.sequence, e.source.timestamp, e.source.ssrc
	raw, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		return
	}
	e.source.step()
	e.sendRTP(raw)
}

// sendRTP protects a packet and sends it, at once or together with the next ones. The caller holds e.mu.
func (e *endpoint) sendRTP(packet []byte) {
	protected, err := e.protect(packet)
	if err != nil {
		return
	}
	e.peculiar.waiting = append(e.peculiar.waiting, protected)
	if e.session.bugs.ReplaysPackets || e.session.peculiar.DuplicatesAPacket && e.source.packets == 4 {
		e.peculiar.waiting = append(e.peculiar.waiting, protected)
	}
	together := 1
	switch p := &e.session.peculiar; {
	case p.SendsInBursts:
		together = 3
	case p.ReordersPackets:
		together = 2
	}
	if len(e.peculiar.waiting) >= together {
		e.flush()
	}
}

// flush sends the packets that wait. The caller holds e.mu.
func (e *endpoint) flush() {
	if e.session.peculiar.ReordersPackets {
		slices.Reverse(e.peculiar.waiting)
	}
	for _, packet := range e.peculiar.waiting {
		_, _ = e.speaker().WriteToUDPAddrPort(packet, e.rtpTarget())
	}
	e.peculiar.waiting = nil
}
