// Package accept takes connections from a listener for as long as there is one,
// whatever state the system is in. It serves this module and may change.
package accept

import (
	"context"
	"errors"
	"net"
	"time"
)

// Pause is the time between attempts when the system cannot give what is asked
// for, such as when it is out of file descriptors.
const Pause = 100 * time.Millisecond

// Listener is what is needed of a [net.TCPListener].
type Listener interface {
	AcceptTCP() (*net.TCPConn, error)
}

// Each calls take with every connection until the listener is closed or ctx ends.
// take owns the connection, and holds up those that follow.
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
