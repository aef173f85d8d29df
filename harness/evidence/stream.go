package evidence

import (
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/sipconform/sipconform/mocks/observation"
)

// stream is one transport connection in a capture. For TCP it keeps each side's next
// sequence number.
type stream struct {
	protocol string
	inward   route // from the device to the mock
	device   uint32
	mock     uint32
	closed   bool
}

func (s *stream) route(out bool) route {
	if out {
		return route{s.inward.to, s.inward.from, true}
	}
	return s.inward
}

// next returns the next sequence number of the side that sends in that direction.
func (s *stream) next(out bool) *uint32 {
	if out {
		return &s.mock
	}
	return &s.device
}

// flags are the TCP flags that captures use.
type flags struct{ syn, ack, psh, fin, rst bool }

// open begins a connection, for TCP with the three-way handshake of RFC 9293 §3.5. It
// leaves out a connection whose addresses are not known.
func (c *capture) open(e *observation.Event) error {
	t := e.Transport
	if t == nil {
		return nil
	}
	inward, ok := newRoute(t.Remote, t.Local, false)
	if !ok {
		return nil
	}
	s := &stream{protocol: t.Protocol, inward: inward}
	c.streams[e.Conn] = s
	if t.Protocol == observation.UDP {
		return nil
	}
	return c.handshake(e.At, s, t.Dialed)
}

// handshake opens a TCP connection, by the mock if it dialed.
func (c *capture) handshake(at time.Duration, s *stream, dialed bool) error {
	return c.exchange(at, s,
		step{dialed, flags{syn: true}},
		step{!dialed, flags{syn: true, ack: true}},
		step{dialed, flags{ack: true}})
}

// close ends a connection by the device's FIN or RST or by the mock's FIN, depending
// on the cause.
func (c *capture) close(e *observation.Event) error {
	s := c.streams[e.Conn]
	if s == nil || s.closed || s.protocol == observation.UDP {
		return nil
	}
	s.closed = true // segments that are logged later are still shown
	var cause observation.CloseCause
	if e.Transport != nil {
		cause = e.Transport.Cause
	}
	if cause == observation.ResetByPeer {
		return c.exchange(e.At, s, step{false, flags{rst: true, ack: true}})
	}
	closer := cause != observation.ClosedByPeer // true: the mock
	return c.exchange(e.At, s,
		step{closer, flags{fin: true, ack: true}},
		step{!closer, flags{fin: true, ack: true}},
		step{closer, flags{ack: true}})
}

// step is one TCP segment without payload.
type step struct {
	out   bool
	flags flags
}

func (c *capture) exchange(at time.Duration, s *stream, steps ...step) error {
	for _, step := range steps {
		if err := c.segment(at, s, step.out, step.flags, nil); err != nil {
			return err
		}
		if step.flags.syn || step.flags.fin {
			*s.next(step.out)++ // they take a sequence number each
		}
	}
	return nil
}

// segments writes payload, split only if one IP packet cannot hold it.
func (c *capture) segments(at time.Duration, s *stream, out bool, payload []byte) error {
	for len(payload) > 0 {
		n := min(len(payload), maxSegment)
		if err := c.segment(at, s, out, flags{psh: true, ack: true}, payload[:n]); err != nil {
			return err
		}
		*s.next(out) += uint32(n)
		payload = payload[n:]
	}
	return nil
}

func (c *capture) segment(at time.Duration, s *stream, out bool, f flags, payload []byte) error {
	path := s.route(out)
	c.tcp = layers.TCP{
		SrcPort: layers.TCPPort(path.from.Port()),
		DstPort: layers.TCPPort(path.to.Port()),
		Seq:     *s.next(out),
		Window:  65535,
		SYN:     f.syn, ACK: f.ack, PSH: f.psh, FIN: f.fin, RST: f.rst,
	}
	if f.ack {
		c.tcp.Ack = *s.next(!out)
	}
	return c.packet(at, path, &c.tcp, layers.IPProtocolTCP, payload)
}
