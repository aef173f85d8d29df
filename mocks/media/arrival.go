package media

import (
	"net"
	"net/netip"
	"time"
)

// longestWait is how long a datagram can have waited in the queue of a socket to be believed. A machine on which it waits
// longer stands still, and so a wall clock that is set meanwhile moves no arrival by more.
const longestWait = 2 * time.Second

// besideSize is enough for the control messages beside a datagram.
const besideSize = 64

// receive reads a datagram and tells when it came: by the system, which notes it before anybody reads the datagram, or
// where it does not, now.
func receive(from *net.UDPConn, p, beside []byte) (n int, remote netip.AddrPort, at time.Time, err error) {
	n, length, _, remote, err := from.ReadMsgUDPAddrPort(p, beside)
	if err != nil {
		return 0, remote, at, err
	}
	return n, remote, arrival(time.Now(), stampIn(beside[:length])), nil
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
