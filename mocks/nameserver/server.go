// Package nameserver is a mock DNS server: one server for many scenarios, each
// with a zone of its own. Every question is an [observation.DNS] event in the
// log of the zone that owns the name, so that a verdict can tell a device that
// never asked from one that was refused.
//
// It answers with authority and adds no records that were not asked for: what a
// device wants to know it has to ask, and so to show.
//
// The package serves this module and may change.
package nameserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Config is what a [Server] is started with.
type Config struct {
	// Address to serve, over UDP and TCP. The zero value is 127.0.0.1 with a
	// port of the server's choice; port 0 leaves the port to it.
	Address netip.AddrPort
	// Log receives the questions about names that no zone owns. Nil drops them.
	Log *observation.Log
}

// Server is a running name server. Its methods may be called from any goroutine.
type Server struct {
	addr  netip.AddrPort
	log   *observation.Log
	zones zones

	udp, tcp *dns.Server
	serving  sync.WaitGroup
	detach   func() bool
	closed   sync.Once
}

// Start binds the address and serves it until ctx is done or [Server.Close] is
// called.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if !cfg.Address.IsValid() {
		cfg.Address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	listener, packets, err := listen(ctx, cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("nameserver: %w", err)
	}
	s := &Server{
		addr:  listener.Addr().(*net.TCPAddr).AddrPort(),
		log:   cfg.Log,
		zones: zones{domains: make(map[string]*zone)},
	}
	s.udp = &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(s.serve)}
	s.tcp = &dns.Server{Listener: listener, Handler: dns.HandlerFunc(s.serve)}
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.serving.Go(func() { _ = server.ActivateAndServe() })
		<-started // before it, Shutdown would not know the server
	}
	s.detach = context.AfterFunc(ctx, s.shutdown)
	return s, nil
}

// portTries bounds the search for a port that is free for both protocols.
const portTries = 16

// listen binds both protocols to one port.
func listen(ctx context.Context, address netip.AddrPort) (net.Listener, net.PacketConn, error) {
	var config net.ListenConfig
	for try := 1; ; try++ {
		listener, err := config.Listen(ctx, "tcp", address.String())
		if err != nil {
			return nil, nil, err
		}
		packets, err := config.ListenPacket(ctx, "udp", listener.Addr().String())
		if err == nil {
			return listener, packets, nil
		}
		_ = listener.Close()
		if address.Port() != 0 || try == portTries || !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, err
		}
	}
}

// Addr is where the server listens, with UDP and TCP on the same port.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Zone serves records until release is called. Questions about their domains
// and everything below go to log, answered or not; the domain of a record is
// its name without leading labels such as "_sips._tcp".
//
// Zone panics on a malformed record and on a domain that is served already, as
// [net/http.ServeMux] does on a pattern: both are mistakes of the caller.
func (s *Server) Zone(log *observation.Log, records Records) (release func()) {
	z := newZone(log, records)
	s.zones.put(z, nil)
	return func() { s.zones.remove(z) }
}

// Variable is a zone whose records change while it is served: a host that moves.
type Variable struct {
	server *Server

	mu   sync.Mutex
	zone *zone
}

// Variable is [Server.Zone] for records that are to change later.
func (s *Server) Variable(log *observation.Log, records Records) *Variable {
	v := &Variable{server: s, zone: newZone(log, records)}
	s.zones.put(v.zone, nil)
	return v
}

// Set replaces the records. Every question is answered either from the old ones
// or from the new ones. It must not be called after [Variable.Release].
func (v *Variable) Set(records Records) {
	v.mu.Lock()
	defer v.mu.Unlock()
	z := newZone(v.zone.log, records)
	v.server.zones.put(z, v.zone)
	v.zone = z
}

// Release ends the zone.
func (v *Variable) Release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server.zones.remove(v.zone)
}

// Close stops the server and waits for it. It may be called more than once.
func (s *Server) Close() error {
	s.detach()
	s.shutdown()
	s.serving.Wait()
	return nil
}

func (s *Server) shutdown() {
	s.closed.Do(func() {
		_ = s.udp.Shutdown()
		_ = s.tcp.Shutdown()
	})
}
