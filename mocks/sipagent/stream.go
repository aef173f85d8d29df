package sipagent

import (
	"bytes"
	"net"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// segment is the size of one read below the framer.
const segment = 16 << 10

// stream is a connection as sipgo sees it: each Read returns bytes of one
// whole message, every Write is one message, and both are in the log.
type stream struct {
	net.Conn
	agent *Agent
	link  *Link

	framer  sipwire.Framer
	buf     []byte
	frames  []sipwire.Frame
	pending []byte

	writing sync.Mutex // keeps the log in the order of the wire

	// taken is closed at sipgo's first Read: only then does it know the
	// connection by its address, and would not dial another.
	taken chan struct{}
	once  sync.Once
}

func newStream(a *Agent, link *Link, conn net.Conn) *stream {
	return &stream{Conn: conn, agent: a, link: link, buf: make([]byte, segment), taken: make(chan struct{})}
}

// Read delivers the next message, or what of it p has room for.
func (s *stream) Read(p []byte) (int, error) {
	s.once.Do(func() { close(s.taken) })
	for len(s.pending) == 0 {
		if len(s.frames) > 0 {
			frame := s.frames[0]
			s.frames = s.frames[1:]
			if err := s.take(frame); err != nil {
				s.link.end(err)
				return 0, err
			}
			continue
		}
		n, err := s.Conn.Read(s.buf)
		if n > 0 {
			s.frames = s.framer.Write(s.buf[:n])
		}
		if err != nil && len(s.frames) == 0 {
			s.link.end(err)
			return 0, err
		}
	}
	n := copy(p, s.pending)
	s.pending = s.pending[n:]
	return n, nil
}

// take records a frame and decides what sipgo is to see of it.
func (s *stream) take(frame sipwire.Frame) error {
	event := observation.Event{Conn: s.link.ID, Dir: observation.In, Bytes: frame.Bytes}
	switch frame.Kind {
	case sipwire.MessageFrame:
		event.Kind = observation.SIP
		s.agent.config.Log.Append(event)
		s.pending = frame.Bytes
	case sipwire.KeepAliveFrame:
		event.Kind = observation.KeepAlive
		if frame.Ping {
			event.Text = observation.Ping
		}
		s.agent.config.Log.Append(event)
		if frame.Ping && !s.link.dialed { // only a server pongs, RFC 5626 §4.4.1
			if _, err := s.write([]byte("\r\n"), observation.KeepAlive); err != nil {
				return err
			}
		}
	default:
		event.Kind, event.Text = observation.SIPMalformed, frame.Err.Error()
		s.agent.config.Log.Append(event)
		return s.framer.Err() // nobody knows where the next message would begin
	}
	return nil
}

// Write sends one message.
func (s *stream) Write(p []byte) (int, error) { return s.write(p, observation.SIP) }

func (s *stream) write(p []byte, kind observation.Kind) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.agent.config.Log.Append(observation.Event{Kind: kind, Conn: s.link.ID, Dir: observation.Out, Bytes: bytes.Clone(p)})
	return s.Conn.Write(p)
}

// Close ends the connection; sipgo calls it when it is done with it.
func (s *stream) Close() error {
	s.link.end(net.ErrClosed)
	return nil
}

// wireTap records the segments of a connection in clear; those of TLS are
// recorded by its own tap.
type wireTap struct {
	net.Conn
	log *observation.Log
	id  string
}

func (t *wireTap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.log.Append(observation.Event{Kind: observation.Wire, Conn: t.id, Dir: observation.In, Bytes: bytes.Clone(p[:n])})
	}
	return n, err
}

func (t *wireTap) Write(p []byte) (int, error) {
	t.log.Append(observation.Event{Kind: observation.Wire, Conn: t.id, Dir: observation.Out, Bytes: bytes.Clone(p)})
	return t.Conn.Write(p)
}
