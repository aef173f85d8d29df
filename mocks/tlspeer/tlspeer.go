// Package tlspeer is a TLS endpoint, server or client, that obeys [Rules] given
// as IANA numbers and writes down what passes. It runs over any net.Conn.
//
// What the rules ask for is done exactly or not at all: an endpoint that cannot
// be had on this machine is an [*UnavailableError], never a lesser endpoint.
// [Rules.Unavailable] tells beforehand, [Rules.Without] consents to less.
//
// A [Tap] below the engine sees each record in both directions, so that what a
// device offered and how it refused are known even when the handshake failed.
//
// The package serves this module and may change.
package tlspeer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// closeTimeout bounds the sending of close_notify to a peer that has stopped
	// reading; one that reads takes microseconds on a loopback.
	closeTimeout = time.Second
	// lingerTimeout bounds the wait for a peer to hang up after a refused
	// handshake, see linger.
	lingerTimeout = 500 * time.Millisecond
	// lingerBytes bounds what is read in that time.
	lingerBytes = 64 << 10
)

// State is what a handshake negotiated. Numbers are IANA's; what a failed
// handshake did not get to is zero.
type State struct {
	Version uint16
	Suite   uint16
	// Group is 0 for suites with RSA key exchange.
	Group uint16
	// ServerName is the server_name of the ClientHello.
	ServerName string
	// PeerChain is the peer's certificates as sent, leaf first. It is nil if the
	// peer sent none.
	PeerChain []*x509.Certificate
	// LocalChain is the endpoint's own as it was sent, DER, leaf first: of
	// several, the one that the client's name chose.
	LocalChain [][]byte
}

// Conn is a connection whose handshake is complete. Its methods may be used as
// those of any net.Conn; a Read fails with an [*AlertError] if the peer's alert
// ended the connection.
type Conn struct {
	session
	raw        net.Conn
	wire       *tapped
	negotiated State
}

// Server performs the server's side of a handshake on raw. It owns raw from the
// start: raw is closed if an error is returned.
//
// The handshake ends with ctx's error when ctx does; a ctx without a deadline
// waits for the peer for ever. After the handshake ctx has no influence.
//
// Errors wrap [*UnavailableError] or [ErrInvalidRules] if the rules cannot be
// obeyed, [*AlertError] if the peer refused, or else what the engine says. After
// a refusal, a TCP connection is kept for up to half a second to let the peer
// read the alert.
func Server(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
	return open(ctx, server, raw, &rules, tap)
}

// Client performs the client's side of a handshake on raw, in the manner of
// [Server].
func Client(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
	return open(ctx, client, raw, &rules, tap)
}

func open(ctx context.Context, as role, raw net.Conn, rules *Rules, tap *Tap) (*Conn, error) {
	chosen, missing := rules.engine()
	err := rules.validate(as)
	if err == nil && len(missing) > 0 {
		err = &UnavailableError{missing}
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return openWith(ctx, chosen, as, raw, rules, tap)
}

// openWith is open by an engine that can do all that the rules ask for.
func openWith(ctx context.Context, chosen engine, as role, raw net.Conn, rules *Rules, tap *Tap) (*Conn, error) {
	wire := tapConn(raw, tap)
	var lines io.Writer
	if tap != nil {
		lines = keyLog{tap}
	}
	s := chosen.start(as, wire, rules, lines)
	err := wire.explain(s, s.handshake(ctx))
	c := &Conn{session: s, raw: raw, wire: wire, negotiated: s.state()}
	c.negotiated.LocalChain = c.sentChain()
	tap.append(observation.Event{
		Kind:      observation.TLSHandshake,
		Handshake: c.handshakeInfo(as, rules, err),
	})
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
	}
	if err != nil {
		info.Error = err.Error()
	}
	if refusal := new(identity.Refusal); errors.As(err, &refusal) {
		info.Rejected = refusal.Causes
	}
	info.LocalChain = c.negotiated.LocalChain
	for _, certificate := range c.negotiated.PeerChain {
		info.PeerChain = append(info.PeerChain, certificate.Raw)
	}
	if as == server && rules.ClientAuth == ClientAuthRequire && info.LocalChain != nil && info.PeerChain == nil && gaveUp(err) {
		info.Rejected = []string{identity.CauseNone}
	}
	return info
}

// sentChain is the endpoint's own certificate if it got to send it. A server's is
// in its first flight, which TLS 1.3 encrypts. Let nobody think it was shown to a
// client that was refused before.
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

// linger closes raw after a failed handshake such that the peer gets to read the
// alert: a TCP socket that is closed with unread bytes in it sends a reset, on
// which the peer's system throws away what it had received. What comes meanwhile
// is tapped.
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

// State is what the handshake negotiated.
func (c *Conn) State() State { return c.negotiated }

// NetConn is the connection below, as it was given to [Server] or [Client].
func (c *Conn) NetConn() net.Conn { return c.raw }

// Read reads decrypted bytes, as net.Conn asks.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.session.Read(p)
	if err != nil && err != io.EOF {
		err = c.wire.explain(c.session, err)
	}
	return n, err
}

// Close sends close_notify and closes the connection. It takes a second at most,
// however stuck the peer is.
func (c *Conn) Close() error {
	abort := time.AfterFunc(closeTimeout, func() { c.raw.Close() })
	defer abort.Stop()
	return c.session.Close()
}
