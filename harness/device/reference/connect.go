package reference

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// handshakeError is a failed TLS handshake, whichever side ended it, as opposed to a failed connection.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + e.err.Error() }
func (e *handshakeError) Unwrap() error { return e.err }

// path is how the device sends a request. A device without bugs uses the path of [session.first] and changes only the
// connection.
type path struct {
	protocol string
	clear    bool   // offer media without keys
	floor    uint16 // lowest TLS version, if not the one that is set
	null     bool   // TLS without encryption, for TriesNullCipher
	attempt  int
	// avoid holds the addresses that have failed, used is the one tried last.
	avoid []netip.AddrPort
	used  netip.AddrPort
	// reused is the open connection that the last attempt used, stale is one that turned out to have ended.
	reused, stale *link
}

// errNoMore means that every address of the host has been tried.
var errNoMore = errors.New("no other address")

// errClosed means that a connection was used that the peer had closed.
var errClosed = errors.New("the connection is closed")

// connect returns the open connection to a host, or opens one.
func (s *session) connect(ctx context.Context, host string, port uint16, p *path) (*link, error) {
	s.dialing.Lock()
	defer s.dialing.Unlock()
	key := fmt.Sprintf("%s %s %d", p.protocol, host, port)
	if s.bugs.SharesConnections {
		key = p.protocol
	}
	s.mu.Lock()
	l := s.links[key]
	s.mu.Unlock()
	if p.reused = l; l == nil || l == p.stale || !l.alive() || p.protocol == observation.UDP ||
		slices.Contains(p.avoid, l.remote) || s.peculiar.OpensConnections {
		p.reused = nil
		switch {
		case l != nil && s.bugs.StaysAway:
			return nil, errNoMore
		case l != nil && !l.alive() && s.peculiar.TriesClosedConnection:
			s.mu.Lock()
			delete(s.links, key)
			s.mu.Unlock()
			return nil, errClosed
		}
		var err error
		if l, err = s.dial(ctx, host, port, p); err != nil {
			return nil, err
		}
	}
	p.used = l.remote
	s.mu.Lock()
	s.links[key] = l
	s.mu.Unlock()
	return l, nil
}

// dial opens a new connection. It tries the next address only if an address does not answer (RFC 3263 §4.3), not if the TLS
// handshake fails.
func (s *session) dial(ctx context.Context, host string, port uint16, p *path) (*link, error) {
	hops, err := s.locate(ctx, host, port, p.protocol)
	if err != nil {
		return nil, err
	}
	hops = slices.DeleteFunc(slices.Clone(hops), func(h hop) bool { return slices.Contains(p.avoid, h.address) })
	if len(hops) == 0 {
		return nil, errNoMore
	}
	if s.bugs.TriesFirstTargetOnly {
		hops = hops[:1]
	}
	if p.protocol == observation.UDP {
		if _, err := s.datagrams(); err != nil {
			return nil, err
		}
		return s.datagramLink(hops[0].address), nil
	}
	var errs []error
	for _, h := range hops {
		raw, err := s.dialTCP(ctx, h.address)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.used = h.address
		return s.open(ctx, raw, host, h, p)
	}
	return nil, errors.Join(errs...)
}

func (s *session) dialTCP(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.setup.Address, 0))}
	conn, err := dialer.DialContext(ctx, "tcp", address.String())
	s.short("connecting to the vendor", err)
	return conn, err
}

// open does the TLS handshake, if the path has TLS, and starts reading.
func (s *session) open(ctx context.Context, raw net.Conn, host string, h hop, p *path) (*link, error) {
	if err := s.own(raw); err != nil {
		return nil, err
	}
	l := newLink(s, p.protocol, raw)
	if p.protocol == observation.TLS && !s.bugs.SendsPlainOnTLS {
		secured, err := s.secure(ctx, raw, host, h, p)
		if err != nil {
			s.disown(raw)
			return nil, err
		}
		l.conn = secured
	}
	started := s.spawn(func() {
		defer s.disown(raw)
		l.read()
	})
	if !started {
		s.disown(raw)
		return nil, net.ErrClosed
	}
	if s.peculiar.PingsAtOnce {
		l.ping()
	}
	if s.options.KeepAlive > 0 {
		s.spawn(func() { l.keepAlive(s.options.KeepAlive) })
	}
	return l, nil
}

// secure does the TLS handshake that a path asks for.
func (s *session) secure(ctx context.Context, raw net.Conn, host string, h hop, p *path) (net.Conn, error) {
	if p.null || s.peculiar.HasNullCipher {
		return s.clientNull(ctx, raw, host, p)
	}
	secured, err := s.handshake(ctx, raw, host, h, p.floor)
	if err != nil {
		return nil, err
	}
	return secured, nil
}

// handshake secures a connection. The certificate has to be for host, the name that was looked up, and not for the target
// of its SRV record (RFC 5922 §7.3).
func (s *session) handshake(ctx context.Context, raw net.Conn, host string, h hop, floor uint16) (*tls.Conn, error) {
	name := host
	if s.bugs.ComparesSRVTarget {
		name = h.target
	}
	if s.bugs.ComparesServiceName && h.target != host {
		name = service(observation.TLS) + host
	}
	return s.shake(ctx, raw, host, h, s.clientTLS(name, floor))
}

// shake secures a connection by a configuration.
func (s *session) shake(ctx context.Context, raw net.Conn, host string, h hop, config *tls.Config) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
	defer cancel()
	under := &wire{Conn: raw, session: s}
	s.adaptClient(config, under)
	secured := tls.Client(under, config)
	if err := under.finish(ctx, secured); err != nil {
		s.event("TLS handshake with %s at %v failed: %v", host, h.address, err)
		return nil, &handshakeError{err}
	}
	return secured, nil
}

// first returns the path that the device is set to.
func (s *session) first() path {
	p := path{protocol: s.setup.Levers.Transport}
	if p.protocol == "" {
		p.protocol = observation.TLS
	}
	if s.bugs.UsesUDP {
		p.protocol = observation.UDP
	}
	return p
}

// attempts calls try with a path until a result is final. After a 503, a timeout or the loss of a connection it tries the
// host's next address (RFC 3263 §4.3), or a new connection if the old one had ended before it was used again.
//
// A conformant device does no more: every other response is final, whatever it was given for, and nothing is ever tried
// again with less security.
func (s *session) attempts(p path, try func(*path) (status int, err error)) {
	for {
		status, err := try(&p)
		next, again := s.fallBack(p, status, err)
		lost := errors.Is(err, errNoConnection)
		switch {
		case lost && p.reused != nil:
			next, again = p, true
			next.stale = p.reused
		case (lost || status == 503 || errors.Is(err, errTimeout)) && !s.bugs.TriesFirstTargetOnly:
			next, again = p, true
			next.avoid = append(next.avoid, p.used)
		}
		if !again || s.ctx.Err() != nil {
			return
		}
		p = next
	}
}

// fallBack returns the path that a device with a bug tries next.
func (s *session) fallBack(p path, status int, err error) (next path, again bool) {
	next = p
	next.attempt++
	failed := new(handshakeError)
	noHandshake := errors.As(err, &failed)
	switch {
	case s.bugs.LoopsAfter403 && status == 403, s.bugs.LoopsAfter488 && status == 488:
		return next, next.attempt < 5
	case p.attempt > 0:
		return p, false
	case s.bugs.UDPAfter403 && status == 403, s.bugs.UDPAfter488 && status == 488, s.bugs.UDPAfterHandshakeFailure && noHandshake:
		next.protocol = observation.UDP
	case s.bugs.TCPAfterHandshakeFailure && noHandshake:
		next.protocol = observation.TCP
	case s.bugs.TLS10AfterHandshakeFailure && noHandshake:
		next.floor = tls.VersionTLS10
	case s.bugs.TriesNullCipher && noHandshake:
		next.null = true
	case s.bugs.ClearMediaAfter488 && status == 488:
		next.clear = true
	default:
		return p, false
	}
	return next, true
}
