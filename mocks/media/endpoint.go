package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Endpoint is one end of an audio stream: an even UDP port for RTP and the next one for RTCP. Either port takes both
// (RFC 5761).
//
// It logs the tone that it begins to send as an [observation.Playing] event, and each datagram from Listen to Close as
// one [observation.Media] event, in the order of arrival:
//
//   - What is neither RTP nor RTCP is Foreign at once; the event's Text has the
//     protocol.
//   - RTP and RTCP that come before the first Start wait for its keys, so that
//     early media is judged like all other; when the endpoint is closed without a
//     Start, as if no key had been agreed. More than 8192 datagrams are Unjudged.
//   - With a key, what authenticates is AuthenticRTP or AuthenticRTCP. What does
//     not is ClearRTP if its payload is audio in clear, which is told by length
//     and content, ClearRTCP if its lengths add up, and else BadTag with a
//     diagnosis: see [RolloverCounter] and those after it.
//   - Without a key all is ClearRTP and ClearRTCP, except what is evidently
//     protected: that is BadTag, with [NoKey].
//
// Replay protection is off: a repeated packet authenticates again.
//
// Payload is the length of the audio, or of the RTCP packets, in clear; of a BadTag, what follows the header, tag
// included. For RTCP, PayloadType is the type of the first packet. Tone is that of the last 64 ms, within
// [ToneTolerance].
//
// Before the first packet of each tone, and of each source of its own, it logs an [observation.Playing] event.
type Endpoint struct {
	config   Config
	receiver *receiver
	latch    *latch // nil unless the peer is behind a NAT
	echo     chan frame
	readers  sync.WaitGroup
	withheld observation.Tally

	mu        sync.Mutex
	closed    bool
	rtp, rtcp *net.UDPConn
	left      []*net.UDPConn // which [Endpoint.Move] has left
	aside     *net.UDPConn   // a further port for RTCP, nil unless Aside opened one
	begun     bool           // Start has succeeded
	over      bool           // nothing is sent any more
	sender    *sender        // nil unless sending
	stop      chan struct{}  // ends the sender
	ended     chan struct{}  // closed when it has
}

// Errors of methods that are called at the wrong time.
var (
	ErrStarted    = errors.New("media: already started")
	ErrNotStarted = errors.New("media: not started")
	ErrClosed     = errors.New("media: closed")
)

// Listen opens the sockets and begins to log datagrams. The caller must Close the endpoint.
func Listen(c Config) (*Endpoint, error) {
	if c.Log == nil {
		return nil, errors.New("media: no log")
	}
	if c.Interval < 0 || c.ReportInterval < 0 {
		return nil, errors.New("media: negative interval")
	}
	if c.Interval == 0 {
		c.Interval = 20 * time.Millisecond
	}
	if c.ReportInterval == 0 {
		c.ReportInterval = time.Second
	}
	if c.Waiting == nil {
		c.Waiting = new(Waiting)
	}
	if c.Turn == nil {
		c.Turn = new(Turn)
	}
	if err := c.Ports.check(); err != nil {
		return nil, err
	}
	rtpConn, rtcpConn, err := c.listenPair()
	if err != nil {
		c.Log.Failed("", "opening ports for media", err)
		return nil, err
	}
	echo := make(chan frame, 16)
	l := newLatch(c)
	e := &Endpoint{
		config: c, rtp: rtpConn, rtcp: rtcpConn, echo: echo, latch: l,
		receiver: &receiver{log: c.Log, wire: c.Wire, waiting: c.Waiting, latch: l, echo: echo, streams: make(map[uint32]*reception)},
	}
	e.readers.Go(func() { e.read(rtpConn) })
	e.readers.Go(func() { e.read(rtcpConn) })
	return e, nil
}

// Port returns the RTP port, which is even.
func (e *Endpoint) Port() uint16 { return e.Addr().Port() }

// Ports returns the RTP and the RTCP port.
func (e *Endpoint) Ports() (rtp, rtcp uint16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return localAddr(e.rtp).Port(), localAddr(e.rtcp).Port()
}

// Addr returns the address and port for RTP, which go into c= and m=.
func (e *Endpoint) Addr() netip.AddrPort {
	e.mu.Lock()
	defer e.mu.Unlock()
	return localAddr(e.rtp)
}

// Start begins to send, and judges the early media with the keys. It fails for a suite or tone that the endpoint does
// not have, for keys of the wrong length, and with [ErrStarted] unless Stop has been called since the last Start.
func (e *Endpoint) Start(s Session) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed, e.over:
		return ErrClosed
	case e.sender != nil:
		return ErrStarted
	}
	next := newSender(e.config, e.rtp, e.rtcp, e.receiver, e.latch, e.echo)
	if err := e.apply(next, s); err != nil {
		return err
	}
	e.begun, e.sender, e.stop, e.ended = true, next, make(chan struct{}), make(chan struct{})
	go func(stop <-chan struct{}, ended chan<- struct{}) {
		defer close(ended)
		defer e.config.Log.Guard("", "sending media")
		next.run(stop)
	}(e.stop, e.ended)
	return nil
}

// Update continues the stream with s after a new offer and answer (RFC 4568 §7.1.4), with new keys where they differ.
// The peer's old key stays good until a packet comes under its new one. Update fails as Start does, and with
// [ErrNotStarted] if nothing is being sent; it then changes nothing.
func (e *Endpoint) Update(s Session) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed, e.over:
		return ErrClosed
	case e.sender == nil:
		return ErrNotStarted
	}
	return e.apply(e.sender, s)
}

// Provisional takes an answer that need not be the last to its offer: that of a provisional response, after which
// another fork of the call may answer too. The first to an offer starts the stream, or has it continue as Update does.
// Of those that follow only the peer's keys count, which are good beside the first's; what is sent stays the same. All
// of them stay good beside those of the Update that ends the exchange, until an answer to the next offer, see Expect.
func (e *Endpoint) Provisional(s Session) error {
	switch started, answered := e.progress(); {
	case !started:
		return e.Start(s)
	case !answered:
		return e.Update(s)
	}
	keys, err := s.Receive.check()
	if err != nil || keys == nil {
		return err
	}
	return e.receiver.fork(*keys)
}

// progress tells whether the stream has started, and whether the newest offer has an answer.
func (e *Endpoint) progress() (started, answered bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sender != nil, e.receiver.answered()
}

// NewSource has the stream go on under another SSRC, as it does when a vendor hands a call to another media server (RFC
// 3550 §8.2), and with the tone of that frequency in Hz. The new source's sequence numbers wrap after so many packets,
// and with them the tone changes to the other one: a peer that has heard the new source from the beginning knows its
// rollover counter (RFC 3711 §3.3.1). The tones last until an Update with a Tone of its own.
func (e *Endpoint) NewSource(wrapsAfter uint16, tone, wrapped int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sender != nil {
		e.sender.change(wrapsAfter, tone, wrapped)
	}
}

// Collide has the stream go on under the SSRC with which the peer sent its newest RTP, and with the tone of that frequency
// in Hz: two sources have chosen one identifier by chance (RFC 3550 §8.2). It reports whether the peer has one.
func (e *Endpoint) Collide(tone int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	ssrc, known := e.receiver.newest()
	if e.sender == nil || !known {
		return false
	}
	e.sender.takeOver(ssrc, tone)
	return true
}

// Expect says that an offer has been sent that may bring new keys: the peer may use them as soon as it has answered,
// and its packets may arrive before its answer. Until settled is called, RTP and RTCP that the present keys do not
// open wait for the next Update. They are then judged by the keys of that time, with or
// without an Update.
func (e *Endpoint) Expect() (settled func()) { return e.receiver.expect() }

// apply has the sender to, and the receiver, continue with s.
func (e *Endpoint) apply(to *sender, s Session) error {
	if s.PayloadType != PCMU && s.PayloadType != PCMA {
		return fmt.Errorf("media: payload type %d is not PCMU or PCMA", s.PayloadType)
	}
	if s.Tone == 0 {
		s.Tone = DefaultTone
	}
	if s.Tone < 0 || s.Tone >= sampleRate/2 {
		return fmt.Errorf("media: tone of %d Hz", s.Tone)
	}
	if !s.RemoteRTCP.IsValid() && s.Remote.IsValid() && s.Remote.Port() < 65535 {
		s.RemoteRTCP = netip.AddrPortFrom(s.Remote.Addr(), s.Remote.Port()+1)
	}
	switch {
	case s.Mute:
	case e.latch == nil:
		s.Remote, s.RemoteRTCP = e.permitted(s.Remote, false), e.permitted(s.RemoteRTCP, true)
	case reachable(s.Remote):
		e.latch.describe(s.Remote, localAddr(e.rtp))
	}
	send, err := s.Send.check()
	if err != nil {
		return err
	}
	receive, err := s.Receive.check()
	if err != nil {
		return err
	}
	sealer, err := to.prepare(send)
	if err != nil {
		return err
	}
	opener, err := e.receiver.prepare(receive)
	if err != nil {
		return err
	}
	// The receiver comes first: it must know everything before the peer can answer to what is sent.
	own, first := to.own()
	e.receiver.set(opener, session{own: send, strays: s.Strays, echo: s.Echo, ssrc: own, first: first})
	to.set(s, sealer, e.rtp, e.rtcp)
	return nil
}

// permitted returns an address if media may go there, and otherwise none. It logs what is withheld, once for an address.
func (e *Endpoint) permitted(to netip.AddrPort, rtcp bool) netip.AddrPort {
	if !reachable(to) { // as on hold
		return to
	}
	fault := e.config.Gate.Media(to.Addr(), e.config.Signalling)
	if fault == "" {
		return to
	}
	e.withheld.Add(to.Addr().String(), func(int) {
		e.config.Log.Append(observation.Event{Kind: observation.MediaWithheld, Dir: observation.Out, Conn: conn(localAddr(e.rtp), to),
			Denied: &observation.DeniedInfo{Remote: to, Fault: fault, RTCP: rtcp},
			Text:   fmt.Sprintf("no media is sent to %s, as the device asks: %s", to, fault)})
	})
	return netip.AddrPort{}
}

// Stop ends the sending and returns when it has ended. Received datagrams are still logged, by the keys of the last
// session.
func (e *Endpoint) Stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.halt()
}

// Linger ends the sending for good, and reports whether any Start came before it. If so, what the peer goes on sending
// is logged until Close, by the keys of the last session; otherwise there are no keys to judge it by.
func (e *Endpoint) Linger() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	e.halt()
	return e.begun
}

// halt ends the sender. The caller holds the lock.
func (e *Endpoint) halt() {
	if e.sender == nil {
		return
	}
	close(e.stop)
	<-e.ended
	e.sender = nil
}

// Close ends everything and returns when it has ended. It first logs the datagrams that waited for a Start. It may be
// called more than once.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.halt()
	err := errors.Join(e.rtp.Close(), e.rtcp.Close())
	if e.aside != nil {
		err = errors.Join(err, e.aside.Close())
	}
	for _, conn := range e.left {
		err = errors.Join(err, conn.Close())
	}
	e.readers.Wait()
	e.receiver.mu.Lock()
	defer e.receiver.mu.Unlock()
	e.receiver.release()
	return err
}

// read takes datagrams from a socket until it is closed.
func (e *Endpoint) read(from *net.UDPConn) {
	defer e.config.Log.Guard("", "reading media")
	// A failed read does not end the loop at once: some systems report here that an earlier datagram was sent to a
	// closed port.
	const patience = 1000
	local := localAddr(from)
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	for failures := 0; ; {
		n, remote, at, err := receive(from, b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			if failures++; failures == patience {
				e.config.Log.Failed("", "reading media", err)
				return
			}
		default:
			failures = 0
			remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
			if !e.config.Gate.Admits("media", remote) {
				continue
			}
			e.receiver.take(datagram{bytes: b.datagram[:n], local: local, remote: remote, at: at})
		}
	}
}
