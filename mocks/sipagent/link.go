package sipagent

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Link is one connection, or one peer of a UDP socket.
type Link struct {
	// ID is what observations call the connection.
	ID            string
	Protocol      string // observation.UDP, TCP or TLS
	Local, Remote netip.AddrPort
	// TLS is the outcome of the handshake; zero for UDP and TCP.
	TLS tlspeer.State

	agent  *Agent
	dialed bool
	raw    net.Conn
	ended  sync.Once

	mu     sync.Mutex
	stream *stream // nil before it is established, and for UDP
}

func (l *Link) setStream(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stream = s
}

func (l *Link) getStream() *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stream
}

// Alive tells whether messages can still be sent over the link.
func (l *Link) Alive() bool {
	return l.agent.find(l.Protocol, l.Remote.String()) == l
}

// Write sends raw bytes, as they are, past sipgo: for messages that no builder
// would make. They are recorded like any other.
func (l *Link) Write(p []byte) error {
	s := l.getStream()
	if s == nil {
		return net.ErrClosed
	}
	_, err := s.Write(p)
	return err
}

// Close ends the connection from the mock's side.
func (l *Link) Close() error {
	l.end(net.ErrClosed)
	return nil
}

// end records how the connection ended, once, and releases it.
func (l *Link) end(reason error) {
	l.ended.Do(func() {
		l.agent.mu.Lock()
		if key := linkKey(l.Protocol, l.Remote.String()); l.agent.links[key] == l {
			delete(l.agent.links, key)
		}
		l.agent.mu.Unlock()
		if s := l.getStream(); s != nil {
			s.Conn.Close()
		} else if l.raw != nil {
			l.raw.Close()
		}
		if l.Protocol != observation.UDP {
			l.agent.config.Log.Append(observation.Event{Kind: observation.TransportClose, Conn: l.ID, Text: reason.Error(),
				Transport: &observation.TransportInfo{Protocol: l.Protocol, Local: l.Local, Remote: l.Remote, Cause: closeCause(reason)}})
		}
		if l.agent.config.Closed != nil {
			l.agent.config.Closed(l)
		}
	})
}

func closeCause(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, net.ErrClosed):
		return "local"
	case errors.Is(err, io.EOF):
		return "eof"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	default:
		return "error"
	}
}
