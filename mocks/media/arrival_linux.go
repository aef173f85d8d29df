package media

import (
	"encoding/binary"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// stampArrivals has the system stamp what comes to a socket (socket(7), SO_TIMESTAMPNS).
func stampArrivals(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) { set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) }); err != nil {
		return err
	}
	return set
}

// stampIn returns the stamp among the control messages beside a datagram, the zero value if there is none.
func stampIn(beside []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(beside)
	if err != nil {
		return time.Time{}
	}
	order := binary.NativeEndian
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_TIMESTAMPNS {
			continue
		}
		switch d := m.Data; { // a timespec
		case len(d) >= 16:
			return time.Unix(int64(order.Uint64(d)), int64(order.Uint64(d[8:])))
		case len(d) >= 8:
			return time.Unix(int64(order.Uint32(d)), int64(order.Uint32(d[4:])))
		}
	}
	return time.Time{}
}
