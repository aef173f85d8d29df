// Package tlspeer is a TLS endpoint, server or client, that obeys [Rules] with IANA numbers and logs what crosses the
// wire. It runs over any net.Conn.
//
// It does exactly what the rules ask for, or fails with an [*UnavailableError] if this machine cannot; it never does
// less. [Rules.Unavailable] says so beforehand, and [Rules.Without] leaves out what is unavailable.
//
// A [Tap] below the engine sees each record in both directions, so that the log has a device's offer and its alert
// even if the handshake fails. The package serves this module and may change.
package tlspeer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// closeTimeout bounds the sending of close_notify to a peer that has stopped reading. A peer that reads takes
	// microseconds over loopback.
	closeTimeout = time.Second
	// lingerTimeout bounds the wait for a peer to close after a failed handshake, see linger.
	lingerTimeout = 500 * time.Millisecond
	// lingerBytes bounds what is read in that time.
	lingerBytes = 64 << 10
)

// State is what a handshake negotiated. Numbers are IANA's; what a failed handshake did not reach is zero.
type State struct {
	Version uint16
	Suite   uint16
	// Group is 0 for suites with RSA key exchange.
	Group uint16
	// ServerName is the server_name of the ClientHello.
	ServerName string
	// PeerChain is the peer's certificates as sent, leaf first, parsed by [certs.Parse]. It is nil if the peer sent
	// none, or one that cannot be parsed.
	PeerChain []*x509.Certificate
	// LocalChain is the endpoint's own chain as it was sent, in DER, leaf first.
	LocalChain [][]byte
}

// Conn is a connection whose handshake is complete. Its methods may be used as
// those of any net.Conn. A Read fails with an [*AlertError] if the peer's alert
// ended the connection, and with an error that wraps [net.ErrClosed] if this
// endpoint ended it, because of what the peer sent.
type Conn struct {
	session
	raw        net.Conn
	wire       *tapped
	negotiated State
	noticed    bool // the close_notify that ended the stream
	failed     atomic.Bool
}

// Server performs the server's side of a handshake on raw. It owns raw from the
// start: raw is closed if an error is returned.
//
// The handshake ends with ctx, with its error; without a deadline it waits for the peer for ever. After the handshake
// ctx has no influence.
//
// Errors wrap [*UnavailableError] or [ErrInvalidRules] if the rules cannot be obeyed, [*AlertError] if the peer sent
// an alert, [*EngineError] if an engine could not do its part, or else the engine's error. After the endpoint has sent
// an alert, a TCP connection stays open for up to half a second to let the peer read it.
func Server(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
	return open(ctx, server, raw, &rules, tap)
}

// Client performs the client's side of a handshake on raw, as [Server] does the server's.
func Client(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
	return open(ctx, client, raw, &rules, tap)
}

func open(ctx context.Context, as role, raw net.Conn, rules *Rules, tap *Tap) (*Conn, error) {
	chosen, missing := rules.engineFor(as)
	err := rules.validate(as)
	if err == nil && len(missing) > 0 {
		err = &UnavailableError{missing}
	}
	if err != nil { // a mistake of whoever wrote the rules, or of this machine
		tap.notEmulated(err)
		raw.Close()
		return nil, err
	}
	return openWith(ctx, chosen, as, raw, rules, tap)
}

// openWith opens with an engine that can do everything that the rules ask for.
func openWith(ctx context.Context, chosen engine, as role, raw net.Conn, rules *Rules, tap *Tap) (*Conn, error) {
	wire := tapConn(raw, as, tap)
	var lines io.Writer
	if tap != nil {
		lines = keyLog{tap}
	}
	below := net.Conn(wire)
	if as == server {
		below = wire.ahead(ctx)
		chosen = wire.forHello(chosen, rules)
	}
	s := chosen.start(as, below, rules, lines)
	err := wire.explain(s, s.handshake(ctx))
	if _, strict := chosen.(cryptoTLS); strict && gaveUp(err) && wire.strange != "" {
		err = &UnreadableError{"ClientHello", fmt.Errorf("%s: %w", wire.strange, err)}
	}
	c := &Conn{session: s, raw: raw, wire: wire, negotiated: s.state()}
	c.negotiated.LocalChain = c.sentChain()
	tap.short("in a TLS handshake", err)
	info := c.handshakeInfo(as, rules, err)
	wire.ownAlert(info, err)
	tap.append(observation.Event{Kind: observation.TLSHandshake, Handshake: info})
	tap.engineFailed(err)
	wire.in.complete = err == nil
	if err != nil {
		linger(ctx, raw, wire)
		return nil, fmt.Errorf("tlspeer: %s handshake: %w", as, err)
	}
	return c, nil
}

func (c *Conn) handshakeInfo(as role, rules *Rules, err error) *observation.HandshakeInfo {
	info := &observation.HandshakeInfo{
		Role:       string(as),
		Complete:   err == nil,
		Version:    c.negotiated.Version,
		Suite:      c.negotiated.Suite,
		Group:      c.negotiated.Group,
		ServerName: c.wire.serverName,
		Rules:      rules.observed(as),
	}
	c.wire.flights.describe(info)
	if err != nil {
		info.Error, info.EndedBy = err.Error(), endedBy(err)
	}
	if alert := new(AlertError); errors.As(err, &alert) {
		info.Refused = c.wire.flights.refused(alert.Description)
	} else if info.EndedBy == observation.DeviceSide {
		info.Refused = c.wire.flights.refusedByClosing()
	}
	info.LocalChain = c.negotiated.LocalChain
	if info.PeerChain = c.peerChain(); info.PeerChain == nil {
		info.PeerChain = c.wire.flights.certificates()
	}
	rules.judged(as, info, err)
	asked := as == server && rules.ClientAuth == ClientAuthRequire && info.LocalChain != nil
	if asked && info.PeerChain == nil && info.Limit == "" && gaveUp(err) {
		info.Rejected = []string{identity.CauseNone}
	}
	return info
}

// sentChain returns the endpoint's own certificate if it was sent. A server sends it in its first flight, which TLS
// 1.3 encrypts; a client that got an alert before that has not seen it.
func (c *Conn) sentChain() [][]byte {
	sent := c.wire.out.handshake
	if c.negotiated.Version == TLS13 {
		sent = c.wire.out.data
	}
	if !sent {
		return nil
	}
	return c.localChain()
}

// linger closes raw after a failed handshake so that the peer can read the alert. A TCP socket that is closed with
// unread bytes sends a reset, which makes the peer's system discard what it has received. What arrives meanwhile is
// tapped.
func linger(ctx context.Context, raw net.Conn, wire *tapped) {
	defer raw.Close()
	half, ok := raw.(interface{ CloseWrite() error })
	if !ok || ctx.Err() != nil || half.CloseWrite() != nil {
		return
	}
	if raw.SetReadDeadline(time.Now().Add(lingerTimeout)) != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	io.CopyN(io.Discard, wire, lingerBytes)
}

// State returns what the handshake negotiated.
func (c *Conn) State() State { return c.negotiated }

// NetConn returns the connection that was given to [Server] or [Client].
func (c *Conn) NetConn() net.Conn { return c.raw }

// Read reads decrypted bytes; see [net.Conn].
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.session.Read(p)
	if err == io.EOF && !c.noticed && c.wire.in.endsWithAlert(c.negotiated.Version) {
		c.noticed = true
		c.wire.alert(observation.In, alertLevelWarning, alertCloseNotify)
	}
	if err != nil && err != io.EOF {
		c.noteFailure("reading from TLS", err)
		if err = c.wire.explain(c.session, err); gaveUp(err) {
			err = fmt.Errorf("tlspeer: %w: %w", net.ErrClosed, err)
		}
	}
	return n, err
}

// Write encrypts and writes bytes; see [net.Conn].
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.session.Write(p)
	c.noteFailure("writing to TLS", err)
	return n, err
}

// Close sends close_notify and closes the connection. It takes at most a second, even if the peer does not read.
func (c *Conn) Close() error {
	abort := time.AfterFunc(closeTimeout, func() { c.raw.Close() })
	defer abort.Stop()
	err := c.session.Close()
	c.noteFailure("closing a TLS connection", err)
	return err
}

// noteFailure logs once that the engine could not do its part after the handshake: what the peer was sent is not what
// the mock said.
func (c *Conn) noteFailure(doing string, err error) {
	if errors.As(err, new(*EngineError)) && !c.failed.Swap(true) {
		c.wire.tap.short(doing, err)
		c.wire.tap.engineFailed(err)
	}
}
