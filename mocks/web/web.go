// Package web serves HTTP over TLS by exact rules: a listener's handshakes obey
// [tlspeer.Rules], which it asks for anew for each connection, and its requests go
// to an [http.Handler]. Hellos, alerts, handshakes and requests are observations.
//
// A listener without a handler speaks no protocol above TLS: it reads until the
// peer hangs up, for ports where only the TLS matters.
//
// A server works alone in a test, like httptest.Server: start it, listen, point a
// client at it, and read its log. The package serves this module and may change.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Limits bound what a peer that never finishes can hold. They decide no verdict. Zero values are the usual ones.
type Limits struct {
	Handshake time.Duration // 20 s
	Header    time.Duration // of a request, from its first byte or the handshake on: 20 s
	Request   time.Duration // with its body: 30 s
	Answer    time.Duration // from the end of a request's header on: 10 s
	Idle      time.Duration // between requests, and all of a connection without a protocol: 2 min
	// HeaderBytes and BodyBytes bound a request: 64 KiB and 1 MiB.
	HeaderBytes int
	BodyBytes   int64
}

// orUsual returns the limits with the usual ones where there are none.
func (l Limits) orUsual() Limits {
	return Limits{
		Handshake: cmp.Or(l.Handshake, 20*time.Second), Header: cmp.Or(l.Header, 20*time.Second),
		Request: cmp.Or(l.Request, 30*time.Second), Answer: cmp.Or(l.Answer, 10*time.Second),
		Idle: cmp.Or(l.Idle, 2*time.Minute), HeaderBytes: cmp.Or(l.HeaderBytes, 64<<10), BodyBytes: cmp.Or(l.BodyBytes, 1<<20),
	}
}

// Config configures a [Server]. Log is required.
type Config struct {
	Log *observation.Log
	// Wire records the raw segments too, for a capture.
	Wire bool
	// Gate says whose connections are taken; nil: everybody's.
	Gate   *peers.Gate
	Limits Limits
}

// Listener is one port of a [Server].
type Listener struct {
	// Address is where it listens; port 0 means any free port.
	Address netip.AddrPort
	// Name is the listener's name in the log: see [observation.Listener].
	Name string
	// Rules is called for each connection, so that certificates can change while the
	// server runs. It is required.
	Rules func() tlspeer.Rules
	// Handler answers requests; with none the port speaks no HTTP. A panic in it is
	// recorded as an [observation.Fault] and answered with a 500. It must heed its
	// request's context, which ends with the connection.
	Handler http.Handler
}

// Server is the listeners of a mock. A log should have only one server, since it
// numbers the connections.
type Server struct {
	config Config
	ctx    context.Context
	cancel context.CancelFunc

	running sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	listeners []*net.TCPListener
	links     map[*link]struct{}
	opened    int
}

// New returns a server without listeners. The caller must Close it.
func New(config Config) (*Server, error) {
	if config.Log == nil {
		return nil, errors.New("web: Config needs a Log")
	}
	config.Limits = config.Limits.orUsual()
	s := &Server{config: config, links: make(map[*link]struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Listen accepts connections and returns the address with its port.
func (s *Server) Listen(l Listener) (netip.AddrPort, error) {
	if l.Rules == nil {
		return netip.AddrPort{}, errors.New("web: Listener needs Rules")
	}
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(l.Address))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("web: %w", err)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		listener.Close()
		return netip.AddrPort{}, fmt.Errorf("web: %w", net.ErrClosed)
	}
	s.listeners = append(s.listeners, listener)
	s.running.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		defer s.config.Log.Guard("", "accepting connections")
		accept.Each(s.ctx, listener, s.config.Log.Failing("", "accepting a connection"), func(raw *net.TCPConn) {
			if !s.config.Gate.Admits(observation.TLS, addrPort(raw.RemoteAddr())) {
				raw.Close()
				return
			}
			if opened := s.open(raw, &l); opened != nil {
				go func() {
					defer s.running.Done()
					s.attend(opened, &l)
				}()
			}
		})
	}()
	return addrPort(listener.Addr()), nil
}

// open records an accepted connection, and keeps Close from returning until the caller
// calls s.running.Done. It returns nil if the server is closed, or has no room for another one.
func (s *Server) open(raw *net.TCPConn, l *Listener) *link {
	info := observation.TransportInfo{Protocol: observation.TLS, Listener: observation.Listener(l.Name),
		Local: addrPort(raw.LocalAddr()), Remote: addrPort(raw.RemoteAddr())}
	s.mu.Lock()
	full := len(s.links) >= accept.MaxOpen
	if s.closed || full {
		s.mu.Unlock()
		raw.Close()
		if full {
			s.config.Log.LeaveOut(observation.Event{Kind: observation.TransportOpen, Transport: &info})
		}
		return nil
	}
	s.running.Add(1)
	s.opened++
	c := &link{server: s, Conn: raw, id: fmt.Sprintf("web-%d", s.opened), info: info}
	s.links[c] = struct{}{}
	s.mu.Unlock()
	s.config.Log.Append(observation.Event{Kind: observation.TransportOpen, Conn: c.id, Transport: &info})
	return c
}

// attend serves a connection to its end.
func (s *Server) attend(c *link, l *Listener) {
	defer c.end(errPanicked) // it has ended for another reason, unless something panics
	defer s.config.Log.Guard(c.id, "serving a connection")
	err := c.shake(s.ctx, l.Rules())
	switch {
	case err != nil:
	case l.Handler == nil:
		err = c.drain()
	default:
		err = c.serve(l.Handler)
	}
	c.end(err)
}

// errPanicked ends a connection that a panic has left to itself.
var errPanicked = errors.New("web: the mock panicked")

// Disconnect closes every connection and keeps the listeners.
func (s *Server) Disconnect() {
	s.mu.Lock()
	links := make([]*link, 0, len(s.links))
	for c := range s.links {
		links = append(links, c)
	}
	s.mu.Unlock()
	// All at once: a peer that has stopped reading delays each Close by a second.
	var closing sync.WaitGroup
	for _, c := range links {
		closing.Go(func() {
			defer s.config.Log.Guard(c.id, "closing a connection")
			c.end(net.ErrClosed)
		})
	}
	closing.Wait()
}

// Close ends every listener and connection, and returns when the server's goroutines
// have ended. A handler must not call it.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	listeners := s.listeners
	s.listeners = nil
	s.mu.Unlock()
	s.cancel()
	for _, l := range listeners {
		l.Close()
	}
	s.Disconnect()
	s.running.Wait()
	return nil
}

// addrPort returns addr with IPv4 addresses as such, not mapped to IPv6 as
// dual-stack sockets report them.
func addrPort(addr net.Addr) netip.AddrPort {
	at := addr.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
