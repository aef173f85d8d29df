// Package sipagent is the SIP side of a mock: listeners for UDP, TCP and TLS,
// connections that it opens itself, and transactions on top of them. Every byte
// of SIP that crosses a socket is an observation, in wire order, before
// anything else sees it.
//
// The state machines of transactions (RFC 3261 §17, RFC 6026) are sipgo's.
// They are told of a message's method or status and no more: what a handler
// gets is the message as it came, what it answers is sent as it was written,
// and what a segment boundary, a broken message or a keep-alive does is the
// agent's to decide.
//
// A device can send what it likes, as slowly as it likes: a request that cannot
// be served is answered with a 400 where there is a way to, and the limits in
// this package bound what one that never finishes can hold.
//
// The package serves this module and may change.
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
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Handler is told of every request that starts a server transaction, CANCEL
// left out, and of every ACK that acknowledges no refusal. It runs in a
// goroutine of its own; a transaction that it has not answered when it returns
// ends unanswered. ctx ends when the agent is closed. A panic in it is recorded
// as an [observation.Fault] and answered with a 500.
type Handler func(ctx context.Context, t *Transaction)

// Config is what an [Agent] is made of. Log and Handle are required.
type Config struct {
	Log *observation.Log
	// Wire asks for the raw segments too, for a capture.
	Wire   bool
	Handle Handler
	// Source is where connections to devices come from; the system's choice if
	// zero. A device may tell its peers apart by it.
	Source netip.Addr
	// Unmatched, if set, is told of responses that belong to no transaction,
	// such as a 2xx that is repeated because its ACK was lost. It runs as a
	// Handler does.
	Unmatched func(*Link, *sipwire.Message)
	// Hello, if set, is asked after each completed handshake whether the
	// connection may stay; an error closes it, having recorded why.
	Hello func(*Link) error
	// Closed, if set, is told when a link has ended. It may not wait for the agent.
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
	servers map[string]*Transaction // by serverKey
	clients map[string]*request     // by clientKey
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

// enter tells whether the agent is open, and keeps Close from returning until
// the caller has said a.running.Done().
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

// own makes c the agent's to close; it closes c at once if the agent is closed.
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
	a.mu.Lock()
	a.opened++
	l.ID = fmt.Sprintf("%s-%d", l.Protocol, a.opened)
	a.mu.Unlock()
	a.config.Log.Append(observation.Event{Kind: observation.TransportOpen, Conn: l.ID,
		Transport: &observation.TransportInfo{Protocol: l.Protocol, Listener: listener, Local: l.Local, Remote: l.Remote, Dialed: l.dialed}})
	return l
}

// keep makes a connection the agent's to close, until forget.
func (a *Agent) keep(l *Link) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
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

// Down closes every connection and every TCP and TLS listener, as a machine that
// restarts would; [Agent.Up] opens the listeners again, where they were.
func (a *Agent) Down() {
	a.shut()
	a.Disconnect()
}

// Up is for after [Agent.Down].
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
		d.listener.Close()
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

// closeAll closes links side by side: over TLS, a peer that has stopped reading
// holds each up for a second.
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

// Close ends every listener, connection and transaction, whatever state they
// are in, and returns when all of the agent's goroutines have. Nothing that it
// calls back to may call it.
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
	a.terminate() // what handlers on their way out have left
	return nil
}

// note records something about a link for a person.
func (a *Agent) note(l *Link, format string, args ...any) {
	a.config.Log.Append(observation.Event{Kind: observation.Note, Conn: l.ID, Text: fmt.Sprintf(format, args...)})
}

// addrPort is addr without the disguise that a dual-stack socket gives IPv4.
func addrPort(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
