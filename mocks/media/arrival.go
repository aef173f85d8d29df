package media

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// longestWait is how long a datagram can have waited in the queue of a socket to be believed. A machine on which it waits
// longer stands still, and so a wall clock that is set meanwhile moves no arrival by more.
const longestWait = 2 * time.Second

// buffer is what a datagram is read into. None is longer, and the control messages beside it are shorter.
type buffer struct {
	datagram [1 << 16]byte
	beside   [64]byte
}

// buffers are those that no socket is being read into. A call has two sockets, and would have to clear 128 kB.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

// receive reads a datagram and tells when it came: by the system, which notes it before anybody reads the datagram, or
// where it does not, now.
func receive(from *net.UDPConn, to *buffer) (n int, remote netip.AddrPort, at time.Time, err error) {
	n, length, _, remote, err := from.ReadMsgUDPAddrPort(to.datagram[:], to.beside[:])
	if err != nil {
		return 0, remote, at, err
	}
	return n, remote, arrival(time.Now(), stampIn(to.beside[:length])), nil
}

// arrival returns when a datagram came that is read now and that the system has stamped by its wall clock. The stamp is
// the zero value if there is none.
func arrival(now, stamp time.Time) time.Time {
	waited := now.Round(0).Sub(stamp)
	if stamp.IsZero() || waited < 0 || waited > longestWait {
		return now
	}
	return now.Add(-waited)
}
