// Package sipagent is the SIP side of a mock: listeners for UDP, TCP and TLS,
// connections that it opens itself, and transactions by sipgo on top of them.
// Every byte of SIP that crosses a socket is an observation, in wire order,
// before anything else sees it.
//
// sipgo is given whole messages only, one a read, from connections that the
// agent accepted, shook hands on and framed itself: what a segment boundary,
// a broken message or a keep-alive does is thereby the agent's to decide.
package sipagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// handshakeLimit is how long a peer may take for a TLS handshake. It bounds
// what a silent peer can hold, and decides no verdict.
const handshakeLimit = 20 * time.Second

// Handler is told of every request that starts a server transaction, and of
// every ACK for a 2xx. It runs in a goroutine of its own; the transaction ends
// when it returns. A panic in it is recorded and answered with a 500.
type Handler func(ctx context.Context, tx *Transaction)

// Config is what an [Agent] is made of. Log and Handle are required.
type Config struct {
	Log *observation.Log
	// Wire asks for the raw segments too, for a capture.
	Wire   bool
	Handle Handler
	// Hello, if set, is asked after each completed handshake whether the
	// connection may stay; an error closes it, having recorded why.
	Hello func(*Link) error
	// Closed, if set, is told when a connection has ended.
	Closed func(*Link)
}

// Agent is a SIP user agent with listeners. See [New].
type Agent struct {
	config Config
	ctx    context.Context
	cancel context.CancelFunc

	ua     *sipgo.UserAgent
	client *sipgo.Client

	tcp, tls *queue

	mu      sync.Mutex
	closed  bool
	closers []io.Closer
	links   map[string]*Link // by protocol and remote address
	opened  int

	running sync.WaitGroup
}

// New returns an agent without listeners. The caller must Close it.
func New(config Config) (*Agent, error) {
	if config.Log == nil || config.Handle == nil {
		return nil, errors.New("sipagent: Config needs a Log and a Handle")
	}
	silent := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		// A reply never needs a name looked up, since connections are kept.
		sipgo.WithUserAgentDNSResolver(&net.Resolver{PreferGo: true, Dial: noLookup}),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(silent), sip.WithTransportLayerTransports(sip.TransportsConfig{
			TCP: &sip.TransportTCP{DialerCreate: noDial},
			TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{DialerCreate: noDial}},
		})),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(silent),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
			sip.WithTransactionLayerTerminateOnConnClose(),
		),
	)
	if err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(silent))
	if err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(silent))
	if err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	a := &Agent{config: config, ua: ua, client: client, links: make(map[string]*Link)}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.tcp, a.tls = newQueue(), newQueue()
	server.OnNoRoute(a.serve)
	server.OnAck(a.serve)
	a.running.Go(func() { server.ServeTCP(a.tcp) })
	a.running.Go(func() { server.ServeTLS(a.tls) })
	return a, nil
}

func noLookup(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("sipagent: a mock looks no names up")
}

// noDial makes sipgo's own connections fail: the agent opens its own, and
// records them.
func noDial(net.Addr) net.Dialer {
	return net.Dialer{Control: func(string, string, syscall.RawConn) error { return errors.New("sipagent: the connection is gone") }}
}

// ListenUDP takes datagrams on addr and returns the address with its port.
func (a *Agent) ListenUDP(addr netip.AddrPort) (netip.AddrPort, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sipagent: %w", err)
	}
	socket := newDatagrams(a, conn, "")
	if !a.own(socket) {
		return netip.AddrPort{}, net.ErrClosed
	}
	a.running.Go(func() { a.ua.TransportLayer().ServeUDP(socket) })
	return socket.local, nil
}

// Watch records what datagrams arrive at addr and answers none of them: an
// address that a device can read in a message but has no business with. The
// name is the listener's in the log.
func (a *Agent) Watch(addr netip.AddrPort, name string) (netip.AddrPort, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sipagent: %w", err)
	}
	socket := newDatagrams(a, conn, name)
	if !a.own(socket) {
		return netip.AddrPort{}, net.ErrClosed
	}
	a.running.Go(func() {
		buf := make([]byte, segment)
		for {
			if _, _, err := socket.ReadFrom(buf); err != nil {
				return
			}
		}
	})
	return socket.local, nil
}

// ListenTCP takes connections on addr and returns the address with its port.
func (a *Agent) ListenTCP(addr netip.AddrPort) (netip.AddrPort, error) {
	return a.listen(addr, observation.TCP, nil)
}

// ListenTLS takes connections on addr; rules are asked anew for each, so that
// a certificate can change while the mock runs.
func (a *Agent) ListenTLS(addr netip.AddrPort, rules func() tlspeer.Rules) (netip.AddrPort, error) {
	return a.listen(addr, observation.TLS, rules)
}

func (a *Agent) listen(addr netip.AddrPort, protocol string, rules func() tlspeer.Rules) (netip.AddrPort, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sipagent: %w", err)
	}
	if !a.own(l) {
		return netip.AddrPort{}, net.ErrClosed
	}
	a.running.Go(func() {
		for {
			raw, err := l.AcceptTCP()
			if err != nil {
				return
			}
			link := a.open(raw, protocol, false)
			a.running.Go(func() {
				if err := a.establish(a.ctx, link, raw, rules, false); err != nil {
					link.end(err)
				}
			})
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}

// Dial opens a connection to a device. For TLS, rules are the mock's as client.
// The attempt is in the log whatever becomes of it.
func (a *Agent) Dial(ctx context.Context, protocol string, addr netip.AddrPort, rules tlspeer.Rules) (*Link, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr.String())
	if err != nil {
		a.config.Log.Append(observation.Event{Kind: observation.TransportClose, Text: err.Error(),
			Transport: &observation.TransportInfo{Protocol: protocol, Remote: addr, Dialed: true, Cause: "refused"}})
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	link := a.open(raw, protocol, true)
	if err := a.establish(ctx, link, raw, func() tlspeer.Rules { return rules }, true); err != nil {
		link.end(err)
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	return link, nil
}

// open records a new connection and gives it its identity.
func (a *Agent) open(raw net.Conn, protocol string, dialed bool) *Link {
	local := raw.LocalAddr().(*net.TCPAddr).AddrPort()
	remote := raw.RemoteAddr().(*net.TCPAddr).AddrPort()
	link := a.link(protocol, "", local, remote, dialed)
	link.raw = raw
	return link
}

// establish shakes hands where the protocol has it, and hands the connection
// to sipgo.
func (a *Agent) establish(ctx context.Context, link *Link, raw net.Conn, rules func() tlspeer.Rules, dialed bool) error {
	conn := raw
	if link.Protocol == observation.TLS {
		ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
		defer cancel()
		tap := &tlspeer.Tap{Log: a.config.Log, Conn: link.ID, Wire: a.config.Wire}
		shake := tlspeer.Server
		if dialed {
			shake = tlspeer.Client
		}
		secured, err := shake(ctx, raw, rules(), tap)
		if err != nil {
			return err
		}
		link.TLS = secured.State()
		conn = secured
	} else if a.config.Wire {
		conn = &wireTap{Conn: raw, log: a.config.Log, id: link.ID}
	}
	if a.config.Hello != nil {
		if err := a.config.Hello(link); err != nil {
			return err
		}
	}
	stream := newStream(a, link, conn)
	link.setStream(stream)
	target := a.tcp
	if link.Protocol == observation.TLS {
		target = a.tls
	}
	if err := target.put(stream); err != nil {
		return err
	}
	select {
	case <-stream.taken:
		return nil
	case <-a.ctx.Done():
		return net.ErrClosed
	}
}

// link makes the record of a connection or UDP peer.
func (a *Agent) link(protocol, listener string, local, remote netip.AddrPort, dialed bool) *Link {
	a.mu.Lock()
	a.opened++
	link := &Link{ID: fmt.Sprintf("%s-%d", protocol, a.opened), Protocol: protocol, Local: local, Remote: remote, agent: a, dialed: dialed}
	a.links[linkKey(protocol+listener, remote.String())] = link
	a.mu.Unlock()
	a.config.Log.Append(observation.Event{Kind: observation.TransportOpen, Conn: link.ID,
		Transport: &observation.TransportInfo{Protocol: protocol, Listener: listener, Local: local, Remote: remote, Dialed: dialed}})
	return link
}

func linkKey(protocol, remote string) string { return protocol + " " + remote }

// find returns the link that a message of sipgo's came over, nil if it is gone.
func (a *Agent) find(protocol, remote string) *Link {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.links[linkKey(protocol, remote)]
}

// own makes c the agent's to close; it closes c at once if the agent is closed.
func (a *Agent) own(c io.Closer) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		c.Close()
		return false
	}
	a.closers = append(a.closers, c)
	return true
}

// Disconnect closes every connection and keeps the listeners.
func (a *Agent) Disconnect() {
	a.mu.Lock()
	links := slices.Collect(maps.Values(a.links))
	a.mu.Unlock()
	for _, l := range links {
		if l.Protocol != observation.UDP {
			l.Close()
		}
	}
}

// Close ends every listener, connection and transaction, and returns when all
// of the agent's goroutines have.
func (a *Agent) Close() error {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	closers, links := a.closers, a.links
	a.closers, a.links = nil, map[string]*Link{}
	a.mu.Unlock()

	a.cancel()
	for _, c := range closers {
		c.Close()
	}
	for _, l := range links {
		l.Close()
	}
	a.tcp.Close()
	a.tls.Close()
	err := a.ua.Close()
	a.running.Wait()
	return err
}

// sipgo logs through a logger of its own package wherever no option reaches,
// and writes whole messages with it. What matters is in the observations.
func init() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }
