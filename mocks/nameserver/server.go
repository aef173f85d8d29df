// Package nameserver is a mock DNS server: one server for many scenarios, each with a zone of its own. Every question
// is an [observation.DNS] event in the log of the zone that owns the name, so that a verdict can tell a device that
// never asked from one that got no answer.
//
// It answers with authority and adds no records that were not asked for, so that a device has to ask for everything
// that it uses. The package serves this module and may change.
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

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// Config configures a [Server].
type Config struct {
	// Address to serve, over UDP and TCP. The zero value means 127.0.0.1 with a free port; port 0 means a free port.
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
	if err := countOverflow(packets); err != nil {
		return nil, errors.Join(fmt.Errorf("nameserver: %w", err), listener.Close(), packets.Close())
	}
	patient := accept.Patient(ctx, listener, func(err error) { s.zones.failed("accepting a question over TCP", err) })
	lost := func(err error) { s.zones.failed("taking questions", err) }
	s.udp = &dns.Server{PacketConn: &questions{UDPConn: packets, lost: lost}, Handler: dns.HandlerFunc(s.serve)}
	s.tcp = &dns.Server{Listener: &connections{Listener: patient, full: s.zones.crowded}, Handler: dns.HandlerFunc(s.serve),
		DecorateReader: func(r dns.Reader) dns.Reader { return messages{r} }}
	for _, server := range []*dns.Server{s.udp, s.tcp} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.serving.Go(func() { s.run(server) })
		<-started // until then, Shutdown does not know the server
	}
	s.detach = context.AfterFunc(ctx, s.shutdown)
	return s, nil
}

// run serves one protocol. If that ends before Close, no zone can be served any more.
func (s *Server) run(server *dns.Server) {
	defer s.zones.guard("taking questions")
	if err := server.ActivateAndServe(); err != nil { // nil after Shutdown
		s.zones.end(err)
	}
}

// portTries bounds the attempts to find a port that is free for both protocols.
const portTries = 16

// listen binds both protocols to one port.
func listen(ctx context.Context, address netip.AddrPort) (net.Listener, *net.UDPConn, error) {
	var config net.ListenConfig
	for try := 1; ; try++ {
		listener, err := config.Listen(ctx, "tcp", address.String())
		if err != nil {
			return nil, nil, err
		}
		packets, err := config.ListenPacket(ctx, "udp", listener.Addr().String())
		if err == nil {
			return listener, packets.(*net.UDPConn), nil
		}
		_ = listener.Close()
		if address.Port() != 0 || try == portTries || !errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, err
		}
	}
}

// Addr returns the address of the server, for both UDP and TCP.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Variable is a zone whose records can change while it is served, such as those of a host that moves.
type Variable struct {
	server *Server

	mu   sync.Mutex
	zone *zone
}

// Variable serves records until they are released. Questions about their domains and everything below go to log,
// answered or not; the domain of a record is its name without leading labels such as "_sips._tcp".
//
// Variable panics on a malformed record and on a domain that is served already, as [net/http.ServeMux] does on a
// pattern: both are mistakes of the caller.
func (s *Server) Variable(log *observation.Log, records Records) *Variable {
	v := &Variable{server: s, zone: newZone(log, nil, records)}
	s.zones.put(v.zone, nil)
	return v
}

// Set replaces the records. Every question is answered from either the old or the new records. It must not be called
// after [Variable.Release].
func (v *Variable) Set(records Records) {
	v.mu.Lock()
	defer v.mu.Unlock()
	z := newZone(v.zone.log, v.zone.gate, records)
	v.server.zones.put(z, v.zone)
	v.zone = z
}

// Admit has the zone answer those alone that a gate takes. Others get REFUSED, and their questions are not in the log.
func (v *Variable) Admit(gate *peers.Gate) {
	v.mu.Lock()
	defer v.mu.Unlock()
	z := *v.zone
	z.gate = gate
	v.server.zones.put(&z, v.zone)
	v.zone = &z
}

// Release ends the zone. It may be called more than once.
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
