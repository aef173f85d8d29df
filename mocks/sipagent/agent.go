// Package sipagent is the SIP side of a mock: listeners for UDP, TCP and TLS,
// connections that it opens itself, and transactions on top of them. Every byte
// of SIP that crosses a socket is an observation, in wire order, before
// anything else sees it.
//
// The state machines of transactions (RFC 3261 §17, RFC 6026) are sipgo's, which see only a message's method or
// status. A handler gets the message as it came, and its answer is sent as it was written. The agent itself handles
// segment boundaries, broken messages and keep-alives.
//
// A device may send anything, as slowly as it likes: a request that cannot be served gets a 400 if there is a way to
// answer it, and limits bound what an unfinished one can hold. The package serves this module and may change.
package sipagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Handler is called with every request that starts a server transaction, except CANCEL, and with every ACK that does
// not acknowledge a refusal. Of one link it is called in wire order, and nothing more is read until it returns, so that it
// must not wait: see [Transaction.Later]. If it returns without an answer, the transaction ends unanswered. ctx ends with the
// link, and when the agent is closed. A panic in it is recorded as an [observation.Fault] and answered with a 500.
type Handler func(ctx context.Context, t *Transaction)

// Config configures an [Agent]. Log and Handle are required.
type Config struct {
	Log *observation.Log
	// Wire also records the raw segments, for a capture.
	Wire   bool
	Handle Handler
	// Sources are the addresses from which devices are called: the first that is of the device's family. Without one it
	// is left to the system. A device may recognise its peers by it.
	Sources []netip.Addr
	// Gate says whose connections and datagrams are taken, and where connections are opened to; nil: everybody's.
	Gate *peers.Gate
	// Unmatched, if set, is called with responses that belong to no transaction, such as a 2xx that is repeated
	// because its ACK was lost. It runs in its own goroutine.
	Unmatched func(*Link, *sipwire.Message)
	// Hello, if set, is called after each completed handshake. An error is recorded and closes the connection.
	Hello func(*Link) error
	// Closed, if set, is called when a link has ended. It must not wait for the agent.
	Closed func(*Link)
}

// Agent is a SIP user agent with listeners. See [New].
type Agent struct {
	config Config
	ctx    context.Context
	cancel context.CancelFunc

	running sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	closers []io.Closer
	doors   []*door
	links   map[*Link]struct{} // connections; a UDP socket knows its own peers
	opened  int
	bounds  observation.Tally
	servers map[string]*Transaction // by serverKey
	clients map[string]*request     // by clientKey
	// remembered is the length of the requests in servers, and admitted how many accepted connections are served.
	remembered, admitted int
}

// New returns an agent without listeners. The caller must Close it.
func New(config Config) (*Agent, error) {
	if config.Log == nil || config.Handle == nil {
		return nil, errors.New("sipagent: Config needs a Log and a Handle")
	}
	a := &Agent{
		config:  config,
		links:   make(map[*Link]struct{}),
		servers: make(map[string]*Transaction),
		clients: make(map[string]*request),
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a, nil
}

// enter reports whether the agent is open. If so, Close waits until the caller has called a.running.Done.
func (a *Agent) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.running.Add(1)
	return true
}

// spawn runs f in a goroutine that Close waits for, unless the agent is closed.
// A panic in it is recorded.
func (a *Agent) spawn(f func()) bool {
	if !a.enter() {
		return false
	}
	go func() {
		defer a.running.Done()
		defer a.config.Log.Guard("", "serving SIP")
		f()
	}()
	return true
}

// own has the agent's Close close c, or closes c at once if the agent is closed.
func (a *Agent) own(c io.Closer) error {
	a.mu.Lock()
	closed := a.closed
	if !closed {
		a.closers = append(a.closers, c)
	}
	a.mu.Unlock()
	if closed {
		c.Close()
		return net.ErrClosed
	}
	return nil
}

// begin gives a new link its identity and records it.
func (a *Agent) begin(l *Link, listener observation.Listener) *Link {
	l.agent, l.gone = a, make(chan struct{})
	l.ctx, l.cancel = context.WithCancel(a.ctx)
	a.mu.Lock()
	a.opened++
	l.ID = fmt.Sprintf("%s-%d", l.Protocol, a.opened)
	a.mu.Unlock()
	a.config.Log.Append(observation.Event{Kind: observation.TransportOpen, Conn: l.ID,
		Transport: &observation.TransportInfo{Protocol: l.Protocol, Listener: listener, Local: l.Local, Remote: l.Remote, Dialed: l.dialed}})
	return l
}

// keep has the agent's Close close a link, until forget.
func (a *Agent) keep(l *Link) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || l.by != nil && !l.by.open() {
		return net.ErrClosed
	}
	a.links[l] = struct{}{}
	return nil
}

func (a *Agent) forget(l *Link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.links, l)
}

// Down closes every connection and every TCP and TLS listener, like a machine that restarts; [Agent.Up] opens the
// listeners again at the same addresses. A connection that still comes meanwhile, since a listener can outlive its Close, is
// closed, too.
func (a *Agent) Down() {
	a.shut()
	a.Disconnect()
}

// Up opens the listeners that [Agent.Down] closed.
func (a *Agent) Up() error {
	a.mu.Lock()
	doors := slices.Clone(a.doors)
	a.mu.Unlock()
	var errs []error
	for _, d := range doors {
		errs = append(errs, a.open(d))
	}
	return errors.Join(errs...)
}

// shut closes the listeners of connections.
func (a *Agent) shut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.doors {
		if d.listener != nil {
			d.listener.Close()
			d.listener = nil
		}
	}
}

// Disconnect closes every connection and keeps the listeners.
func (a *Agent) Disconnect() {
	a.mu.Lock()
	links := make([]*Link, 0, len(a.links))
	for l := range a.links {
		links = append(links, l)
	}
	a.mu.Unlock()
	closeAll(links)
}

// closeAll closes links concurrently: over TLS, each takes a second if its peer has stopped reading.
func closeAll(links []*Link) {
	var closing sync.WaitGroup
	for _, l := range links {
		closing.Go(func() {
			defer l.agent.config.Log.Guard(l.ID, "closing a connection")
			l.Close()
		})
	}
	closing.Wait()
}

// Close ends every listener, connection and transaction, in whatever state, and returns when all of the agent's
// goroutines have ended. No callback of Config may call it.
func (a *Agent) Close() error {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	closers := a.closers
	a.mu.Unlock()

	a.cancel()
	for _, c := range closers {
		c.Close()
	}
	a.shut()
	a.Disconnect()
	a.terminate()
	a.running.Wait()
	a.terminate() // transactions that ending handlers have begun
	return nil
}

// note records a remark about a link for a reader.
func (a *Agent) note(l *Link, format string, args ...any) {
	a.config.Log.Append(observation.Event{Kind: observation.Note, Conn: l.ID, Text: fmt.Sprintf(format, args...)})
}

// source returns where a connection to a device comes from, with a port that the system chooses; false leaves all of it
// to the system.
func (a *Agent) source(to netip.AddrPort) (netip.AddrPort, bool) {
	for _, own := range a.config.Sources {
		if own.Unmap().Is4() == to.Addr().Unmap().Is4() {
			return netip.AddrPortFrom(own, 0), true
		}
	}
	return netip.AddrPort{}, false
}

// addrPort returns addr with IPv4-mapped addresses, which dual-stack sockets report, as IPv4.
func addrPort(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
