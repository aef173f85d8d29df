package tlspeer

import (
	"context"
	"io"
	"net"
)

// role is the side of the handshake that this package plays, as
// [observation.HandshakeInfo] spells it.
type role string

const (
	server role = "server"
	client role = "client"
)

// engine is an implementation of TLS. An engine knows neither the tap nor the log: it works over a net.Conn and
// returns the outcome.
type engine interface {
	// lacks returns what r asks for and the engine cannot do.
	lacks(r *Rules) []Unavailable
	// start prepares a connection. Nothing is read or written yet. Lines for
	// the key log are written to keyLog, unless it is nil.
	start(as role, raw net.Conn, r *Rules, keyLog io.Writer) session
}

// session is a connection of an engine.
type session interface {
	net.Conn
	// handshake returns when the handshake has ended. If ctx ends first, it closes raw and returns the context's
	// error. It is called once, before anything else.
	handshake(ctx context.Context) error
	// state returns what was negotiated, as far as the handshake got.
	state() State
	// localChain returns the chain, in DER, leaf first, that a server sends in its Certificate message, or that a
	// client was asked for.
	localChain() [][]byte
	// peerChain returns the certificates that the peer sent, in DER, leaf first, also those that cannot be parsed.
	peerChain() [][]byte
	// received returns the peer's alert if that is the cause of err, an error of handshake or Read.
	received(err error) (description uint8, ok bool)
}

// engines yields the engines of this machine, in order of preference. The second is loaded when it is first needed.
func engines(yield func(engine) bool) {
	if !yield(cryptoTLS{}) {
		return
	}
	if second, err := libsslEngine(); err == nil {
		yield(second)
	}
}
