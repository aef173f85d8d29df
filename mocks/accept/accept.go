// Package accept takes connections from a listener until it is closed, and goes on when the system is short of
// something. It serves this module and may change.
package accept

import (
	"context"
	"errors"
	"net"
	"time"
)

// Pause is the time between attempts while the system has no connection to give, such as when it is out of file
// descriptors.
const Pause = 100 * time.Millisecond

// MaxOpen is how many connections a mock has open at a time. A real device has a few; each costs some 100 KB. One more is
// closed, and left out of the log.
const MaxOpen = 256

// Listener is what [Each] needs of a [net.TCPListener].
type Listener interface {
	AcceptTCP() (*net.TCPConn, error)
}

// Each calls take with every connection until the listener is closed or ctx ends. take owns the connection; the next
// one waits until it returns.
func Each(ctx context.Context, l Listener, take func(*net.TCPConn)) {
	for {
		raw, err := l.AcceptTCP()
		switch {
		case err == nil:
			take(raw)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			select {
			case <-time.After(Pause):
			case <-ctx.Done():
				return
			}
		}
	}
}
