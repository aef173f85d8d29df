package observation

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// Transport protocols as [TransportInfo.Protocol] names them.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// TransportInfo describes a connection. Local is the mock's address.
type TransportInfo struct {
	Protocol string         `json:"protocol"` // UDP, TCP or TLS
	Listener Listener       `json:"listener,omitempty"`
	Local    netip.AddrPort `json:"local"`
	Remote   netip.AddrPort `json:"remote"`
	// Dialed is true when the mock opened the connection.
	Dialed bool `json:"dialed,omitempty"`
	// Cause is why a connection closed; set in a TransportClose only.
	Cause CloseCause `json:"cause,omitempty"`
}

// Listener names what a device connected to. The vendor's own listeners have no
// name; judges treat connections to all others as going astray.
type Listener string

// The listeners that stand beside the vendor's own.
const (
	// PrivateContact is behind the private address that a mock's Contact names.
	PrivateContact Listener = "private-contact"
	// Decoy is the target of the SRV record with the higher priority number.
	Decoy Listener = "decoy"
	// DefaultPort is SIP's port of a vendor that has been moved to another.
	DefaultPort Listener = "default-port"
	// FirstLight and SecondLight are the targets of SRV records of weight 0.
	FirstLight  Listener = "first-light"
	SecondLight Listener = "second-light"
	// NewAddress is where the vendor's name points after the vendor moved.
	NewAddress Listener = "new-address"
)

// CloseCause is why a connection closed.
type CloseCause string

// The causes. ClosedByPeer and ResetByPeer are the peer's doing, ClosedLocally
// and TimedOut the mock's.
const (
	ClosedByPeer  CloseCause = "eof"
	ResetByPeer   CloseCause = "reset"
	ClosedLocally CloseCause = "local"
	TimedOut      CloseCause = "timeout"
	NotConnected  CloseCause = "refused" // the mock dialed in vain
	Broken        CloseCause = "error"   // any other error
)

// ByMock reports whether the mock closed the connection or gave up waiting. A
// device that loses its connection that way has decided nothing.
func (c CloseCause) ByMock() bool { return c == ClosedLocally || c == TimedOut }

// CauseOfClose returns the cause for a connection that ended with err.
func CauseOfClose(err error) CloseCause {
	var timeout net.Error
	switch {
	case errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled):
		return ClosedLocally
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ClosedByPeer
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return ResetByPeer
	case errors.Is(err, syscall.ECONNREFUSED): // of a datagram that was sent
		return NotConnected
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	default:
		return Broken
	}
}
