package sipagent

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

const (
	// writeLimit is how long writing a message may take if the peer does not read. The connection then ends.
	writeLimit = 10 * time.Second
	// maxHandlers is how many handlers run at a time for one connection, or for one UDP socket. Further requests
	// wait; over UDP they are lost.
	maxHandlers = 64
)

// Link is one connection, or one peer of a UDP socket.
type Link struct {
	// ID is the connection's name in observations.
	ID            string
	Protocol      string // observation.UDP, TCP or TLS
	Local, Remote netip.AddrPort
	// TLS is the outcome of the handshake; zero for UDP and TCP.
	TLS tlspeer.State

	agent  *Agent
	dialed bool
	by     *entrance     // nil if dialed, and for UDP
	slots  chan struct{} // one for each running handler; the peers of a socket share them

	socket *datagrams // for a UDP peer, else nil

	writing sync.Mutex // keeps the log in the order of the wire

	mu    sync.Mutex
	conn  net.Conn // nil for a UDP peer; the TCP connection until the TLS handshake is complete
	ended bool
	gone  chan struct{} // closed when ended

	ctx    context.Context // ends with the link, and with the agent
	cancel context.CancelFunc
}

func (l *Link) getConn() net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// setConn replaces the connection by a layer above it.
func (l *Link) setConn(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = c
}

// Alive reports whether messages can still be sent over the link.
func (l *Link) Alive() bool {
	select {
	case <-l.gone:
		return false
	default:
		return true
	}
}

// Done returns a channel that is closed when the link has ended.
func (l *Link) Done() <-chan struct{} { return l.gone }

// Write sends raw bytes, for messages that no builder would make. They are recorded like any other message.
func (l *Link) Write(p []byte) error { return l.write(p, observation.SIP) }

func (l *Link) write(p []byte, kind observation.Kind) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if !l.Alive() {
		return net.ErrClosed
	}
	p = bytes.Clone(p)
	l.agent.config.Log.Append(observation.Event{Kind: kind, Conn: l.ID, Dir: observation.Out, Bytes: p})
	if l.socket != nil {
		return l.socket.write(l, p)
	}
	conn := l.getConn()
	conn.SetWriteDeadline(time.Now().Add(writeLimit))
	if _, err := conn.Write(p); err != nil {
		// A part of the message may have been sent, so nothing can follow it. The link is ended in another goroutine,
		// since the caller may be a transaction that has to end too.
		l.agent.spawn(func() { l.end(err) })
		return err
	}
	return nil
}

// Close ends the connection from the mock's side.
func (l *Link) Close() error {
	l.end(net.ErrClosed)
	return nil
}

// end records how the link ended, once, and releases what it holds.
func (l *Link) end(reason error) {
	l.mu.Lock()
	again := l.ended
	l.ended = true
	l.mu.Unlock()
	if again {
		return
	}
	close(l.gone)
	l.cancel()
	if l.socket != nil {
		l.socket.forget(l)
	} else {
		l.agent.forget(l)
		l.getConn().Close()
	}
	if l.socket == nil || l.dialed {
		l.agent.config.Log.Append(observation.Event{Kind: observation.TransportClose, Conn: l.ID, Text: reason.Error(),
			Transport: &observation.TransportInfo{Protocol: l.Protocol, Local: l.Local, Remote: l.Remote, Dialed: l.dialed,
				Cause: observation.CauseOfClose(reason)}})
	}
	l.agent.abandon(l)
	if l.agent.config.Closed != nil {
		l.agent.config.Closed(l)
	}
}
