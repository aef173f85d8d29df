package nameserver

import (
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
)

// questions is the UDP socket. The system counts the questions for which its queue had no room, and tells the count with
// each later one (socket(7), SO_RXQ_OVFL); not every system does.
type questions struct {
	*net.UDPConn
	missed atomic.Uint32 // as of the newest question
	lost   func(error)   // called when there are more
}

// errLost is the error of questions that nobody has read. It is a shortage: of room in a buffer of the system.
func errLost(count uint32) error {
	return fmt.Errorf("%d questions were lost, for which the queue of the socket had no room: %w", count, syscall.ENOBUFS)
}

// ReadFrom returns the next question.
func (q *questions) ReadFrom(p []byte) (int, net.Addr, error) {
	var beside [64]byte
	n, length, _, from, err := q.ReadMsgUDP(p, beside[:])
	if err != nil {
		return n, nil, err // and no address at all, rather than a nil *net.UDPAddr
	}
	if now := overflow(beside[:length]); now != 0 {
		if before := q.missed.Swap(now); now != before {
			q.lost(errLost(now - before))
		}
	}
	return n, &client{from, kept(slices.Clone(p[:n]))}, nil
}

// WriteTo answers a client.
func (q *questions) WriteTo(p []byte, to net.Addr) (int, error) {
	return q.UDPConn.WriteTo(p, bare(to))
}
