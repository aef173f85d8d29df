// Package accept takes connections from a listener until it is closed, and goes on when the system is short of
// something. That it was is a fault in the log of whoever waits for the connections. It serves this module and may
// change.
package accept

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Pause is the time between attempts while the system has no connection to give, such as when it is out of file
// descriptors.
const Pause = 100 * time.Millisecond

// MaxOpen is how many connections a mock has open at a time. A real device has a few; each costs some 100 KB. One more is
// closed, and left out of the log.
const MaxOpen = 256

// MaxOfAddress is how many connections one address has open at a time at the name server, which all scenarios share. A real
// resolver has one for a moment, if an answer is too long for a datagram; programs that bind no address all have the
// same one. One more is closed.
const MaxOfAddress = 64

// Listener is what [Each] needs of a [net.TCPListener].
type Listener interface {
	AcceptTCP() (*net.TCPConn, error)
}

// Each calls take with every connection until the listener is closed or ctx ends. take owns the connection; the next
// one waits until it returns. Failed, if it is not nil, is called with the first of the errors in a row that keep a
// connection waiting, such as the Failed of a log.
func Each(ctx context.Context, l Listener, failed func(error), take func(*net.TCPConn)) {
	attempts := patience{ctx: ctx, failed: failed}
	for {
		raw, err := l.AcceptTCP()
		if err == nil {
			attempts.failing = false
			take(raw)
		} else if !attempts.again(err) {
			return
		}
	}
}

// patience decides whether an accept that failed is tried again.
type patience struct {
	ctx     context.Context
	failed  func(error)
	failing bool
}

// again waits a moment after an error and returns true, or returns false if the listener is closed or ctx ends.
func (p *patience) again(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	if !p.failing && p.failed != nil && observation.Shortage(err) != "" {
		p.failed(err)
	}
	p.failing = true
	select {
	case <-time.After(Pause):
		return true
	case <-p.ctx.Done():
		return false
	}
}

// Patient returns a listener that goes on as [Each] does, for servers with loops of their own.
func Patient(ctx context.Context, l net.Listener, failed func(error)) net.Listener {
	return &patient{l, patience{ctx: ctx, failed: failed}}
}

type patient struct {
	net.Listener
	attempts patience
}

// Accept is called from one goroutine.
func (p *patient) Accept() (net.Conn, error) {
	for {
		conn, err := p.Listener.Accept()
		if err == nil {
			p.attempts.failing = false
			return conn, nil
		}
		if !p.attempts.again(err) {
			return nil, err
		}
	}
}
