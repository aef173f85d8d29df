package reference

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/sdp"
)

const (
	// packetTime is how much audio a packet holds.
	packetTime = 20 * time.Millisecond
	// packetSamples is the same in samples of 8 kHz, each of one byte.
	packetSamples = 160
	// mostQueued is how many packets wait to be sent back at most.
	mostQueued = 16
	// lateness is for how many packets the device waits before it sends silence instead.
	lateness = 5
	// mostDatagram is larger than any packet of a call.
	mostDatagram = 2048
	// portTries is how often the device looks for a pair of neighbouring ports.
	portTries = 100
)

// flow is where the packets of a stream go, and how they are protected.
type flow struct {
	rtp, rtcp     netip.AddrPort // the peer's
	payloadType   uint8          // 0 for PCMU, 8 for PCMA
	events        uint8          // payload type of telephone events, 0 for none
	direction     sdp.Direction  // as the device sees it
	send, receive *keying        // nil for clear media
	clear         bool           // RTP goes in clear all the same, for SendsClearEarlyMedia
}

// sends tells whether the device sends RTP.
func (f flow) sends() bool {
	return f.rtp.IsValid() && !f.rtp.Addr().IsUnspecified() && (f.direction == sdp.SendRecv || f.direction == sdp.SendOnly)
}

// Socket is what the device's media needs of a UDP socket.
type Socket interface {
	Read(datagram []byte) (int, error)
	WriteToUDPAddrPort(datagram []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// endpoint is a pair of UDP sockets, for RTP and RTCP, and the stream that crosses them. It sends a tone until it receives
// audio, and from then on sends back what it receives.
type endpoint struct {
	session   *session
	rtp, rtcp Socket
	done      chan struct{}

	mu            sync.Mutex
	running       bool
	closed        bool
	flow          flow
	send, receive *srtp.Context
	forgery       *forgery // what is sent instead, nil without a bug that does so
	source        rtpSource
	peer          reception
	queue         [][]byte // payloads to send back
	idle          int      // packets in a row that were due with nothing to send back
	peculiar      peculiarMedia
}

// endpoint returns the call's endpoint of that index, and opens it if it is the next one.
func (c *call) endpoint(index int) (*endpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if index < len(c.media) {
		return c.media[index], nil
	}
	e, err := c.session.openEndpoint()
	if err != nil {
		return nil, err
	}
	c.media = append(c.media, e)
	if c.ended {
		c.session.disown(e)
		return nil, net.ErrClosed
	}
	return e, nil
}

// openEndpoint binds an even port for RTP and the next for RTCP (RFC 3550 §11).
func (s *session) openEndpoint() (*endpoint, error) {
	var last error
	for range portTries {
		first, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.setup.Address, 0)))
		if err != nil {
			s.short("opening ports for media", err)
			return nil, fmt.Errorf("media: %w", err)
		}
		port := first.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		second, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.setup.Address, port^1)))
		if err != nil {
			_ = first.Close()
			last = err
			continue
		}
		if port&1 == 1 {
			first, second = second, first
		}
		e := &endpoint{session: s, rtp: s.wired(first), rtcp: s.wired(second), done: make(chan struct{}), source: s.newSource()}
		if err := s.own(e); err != nil {
			return nil, err
		}
		return e, e.openElsewhere()
	}
	s.short("opening ports for media", last)
	return nil, fmt.Errorf("media: no pair of ports: %w", last)
}

// wired returns a socket behind the network of the options.
func (s *session) wired(socket Socket) Socket {
	if s.options.Network == nil {
		return socket
	}
	return s.options.Network(socket)
}

// port returns the RTP port.
func (e *endpoint) port() uint16 { return e.rtp.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// Close stops the media. Nothing is sent after it returns.
func (e *endpoint) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.session.speaking.CompareAndSwap(e, nil)
	if e.running && e.session.peculiar.SaysGoodbye && e.flow.rtcp.IsValid() {
		e.sendRTCP(e.source.goodbye())
	}
	close(e.done)
	return errors.Join(e.rtp.Close(), e.rtcp.Close(), e.closeElsewhere())
}

// start starts the media or changes it. A key that stays the same keeps its SRTP context, and with it the rollover counter.
func (e *endpoint) start(f flow) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return net.ErrClosed
	}
	f = e.misread(f)
	f.send = e.recalled(f.send)
	e.prepareHold(f)
	if !sameKeying(f.receive, e.flow.receive) || e.session.bugs.ForgetsRollover {
		e.receive = nil
		if f.receive != nil {
			var err error
			if e.receive, err = f.receive.context(srtp.SRTPReplayProtection(64)); err != nil {
				return errKeying
			}
		}
	}
	if !sameKeying(f.send, e.flow.send) || e.resets(f) {
		e.send = nil
		if f.send != nil {
			var err error
			if e.send, err = f.send.context(); err != nil {
				return errKeying
			}
			if e.forgery, err = e.session.forge(f.send, f.receive); err != nil {
				return err
			}
		}
	}
	e.flush()
	e.flow = f
	if !e.running {
		e.running = true
		e.session.spawn(e.hear)
		e.session.spawn(e.speak)
	}
	return nil
}

// errKeying replaces pion's own error, which quotes the key.
var errKeying = errors.New("media: keys do not fit the suite")

func sameKeying(a, b *keying) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.suite == b.suite && string(a.key) == string(b.key) && string(a.salt) == string(b.salt) && string(a.mki) == string(b.mki)
}

// hear receives packets until the endpoint is closed. It drops what does not authenticate or is not RTP.
func (e *endpoint) hear() {
	buffer := make([]byte, mostDatagram)
	for {
		n, err := e.rtp.Read(buffer)
		if err != nil {
			select {
			case <-e.done:
				return
			default:
				continue // "port unreachable" for an earlier packet
			}
		}
		e.mu.Lock()
		e.take(buffer[:n])
		e.mu.Unlock()
	}
}

// take handles a received packet. The caller holds e.mu.
func (e *endpoint) take(datagram []byte) {
	raw, err := e.open(datagram)
	if err != nil {
		return
	}
	var packet rtp.Packet
	if packet.Unmarshal(raw) != nil || packet.Version != 2 || packet.PayloadType != e.flow.payloadType || e.session.chokes(&packet) {
		return
	}
	if packet.SSRC == e.source.ssrc && !e.session.bugs.KeepsSSRC { // RFC 3550 §8.2
		if e.flow.rtcp.IsValid() {
			e.sendRTCP(e.source.goodbye())
		}
		e.source.renew()
	}
	if e.session.bugs.HearsOneSource && e.peer.heard() && packet.SSRC != e.peer.ssrc {
		return
	}
	if e.peer.note(packet.SSRC, packet.SequenceNumber) {
		e.session.event("media heard")
	}
	if len(e.queue) == mostQueued {
		e.queue = e.queue[1:]
	}
	e.queue = append(e.queue, e.session.audio(raw, &packet))
}

// speak sends a packet every Interval until the endpoint is closed.
func (e *endpoint) speak() {
	ticker := time.NewTicker(e.session.options.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-e.done:
			return
		case <-ticker.C:
			e.mu.Lock()
			e.sendDue()
			e.mu.Unlock()
		}
	}
}

// sendDue sends what is due. The caller holds e.mu.
func (e *endpoint) sendDue() {
	audio := e.session.options.Audio
	if e.closed || audio == NoMedia {
		return
	}
	if !e.flow.sends() {
		e.hold()
		return
	}
	if e.pauses() || e.instead() {
		return
	}
	payloads := e.queue
	e.queue = nil
	switch {
	case e.session.bugs.PlaysMilliwatt:
		payloads = [][]byte{e.source.tone(e.flow.payloadType, milliwatt)}
	case !e.peer.heard(), audio != Echo, e.plays():
		payloads = [][]byte{e.source.tone(e.flow.payloadType, toneFrequency)}
	case len(payloads) > 0:
		e.idle = 0
	default: // a gap in what is received becomes silence
		if e.idle++; e.idle > lateness {
			payloads = [][]byte{silence(e.flow.payloadType, e.session.peculiar.packetSamples())}
		}
	}
	for _, payload := range e.repack(payloads) {
		e.interject()
		if packet := e.source.next(e.flow.payloadType, payload); audio != Reports {
			e.misnumber(packet)
			e.sendRTP(packet)
		}
		if e.source.reportDue() && e.flow.rtcp.IsValid() {
			e.report()
		}
	}
}

// protect returns the SRTP packet for an RTP packet, or the packet itself in a clear call. The caller holds e.mu.
func (e *endpoint) protect(packet []byte) ([]byte, error) {
	digit := packet[1]&0x7f == e.flow.events
	if e.flow.send == nil || e.flow.clear || e.session.bugs.SendsClearMedia || digit && e.session.bugs.SendsClearDigits {
		return packet, nil
	}
	if e.forgery != nil {
		return e.forgery.seal(packet, e.source.rollover(packet)), nil
	}
	if e.session.bugs.NeverRaisesRollover {
		fresh, err := e.flow.send.context()
		if err != nil {
			return nil, err
		}
		return fresh.EncryptRTP(nil, packet, nil)
	}
	return e.send.EncryptRTP(nil, packet, nil)
}

// report sends an RTCP report. The caller holds e.mu.
func (e *endpoint) report() {
	peer := &e.peer
	if e.session.bugs.ReportsNothing {
		peer = new(reception)
	}
	packet, err := e.source.report(peer)
	if err == nil {
		e.sendRTCP(packet)
	}
}

// sendRTCP protects and sends a compound packet. The caller holds e.mu.
func (e *endpoint) sendRTCP(packet []byte) {
	var err error
	if e.flow.send != nil && !e.session.bugs.SendsClearReports {
		if e.forgery != nil {
			packet = e.forgery.report(packet)
		} else if packet, err = e.send.EncryptRTCP(nil, packet, nil); err != nil {
			return
		}
	}
	_, _ = e.reporter().WriteToUDPAddrPort(packet, e.rtcpTarget())
}

// random32 returns a random number, for those that RFC 3550 wants to be unpredictable.
func random32() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

// silence returns the audio of a packet with the code of the smallest amplitude.
func silence(payloadType uint8, samples int) []byte {
	code := byte(0xff)
	if payloadType == 8 {
		code = 0xd5
	}
	return bytes.Repeat([]byte{code}, samples)
}
