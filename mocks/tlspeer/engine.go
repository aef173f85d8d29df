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

// engine is an implementation of TLS. An engine knows neither the tap nor the
// log: it does its work over a net.Conn and says what came of it.
type engine interface {
	// lacks lists what r asks for and the engine cannot do.
	lacks(r *Rules) []Unavailable
	// start prepares a connection. Nothing is read or written yet. Lines for
	// the key log are written to keyLog, unless it is nil.
	start(as role, raw net.Conn, r *Rules, keyLog io.Writer) session
}

// session is a connection in the hands of an engine.
type session interface {
	net.Conn
	// handshake returns when the handshake has ended; when ctx has, with the
	// context's error and raw closed. It is called once, before anything else.
	handshake(ctx context.Context) error
	// state is what was negotiated, as far as the handshake got.
	state() State
	// localChain is the certificate, DER, leaf first, that is sent when a server
	// gets to its Certificate message, or that a client was asked for.
	localChain() [][]byte
	// received is the alert that the peer sent, if that is what err, an error of
	// handshake or Read, is about.
	received(err error) (description uint8, ok bool)
}

// engines yields the engines of this machine, in order of preference. The
// second is loaded when it is first come to.
func engines(yield func(engine) bool) {
	if !yield(cryptoTLS{}) {
		return
	}
	if second, err := libsslEngine(); err == nil {
		yield(second)
	}
}
