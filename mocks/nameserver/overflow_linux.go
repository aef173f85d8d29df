package nameserver

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// countOverflow has the system tell how many datagrams it had no room for.
func countOverflow(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) { set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) })
	if err != nil {
		return err
	}
	return set
}

// overflow returns what the control messages beside a datagram say of that; 0 if nothing.
func overflow(beside []byte) uint32 {
	messages, err := unix.ParseSocketControlMessage(beside)
	if err != nil {
		return 0
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4 {
			return binary.NativeEndian.Uint32(m.Data)
		}
	}
	return 0
}
