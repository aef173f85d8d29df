package sipagent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

const (
	// handshakeLimit is how long a peer may take for a TLS handshake. It bounds what a silent peer can hold; no
	// verdict depends on it.
	handshakeLimit = 20 * time.Second
	// reopenAttempts bounds the wait for an address that was just closed, with accept.Pause between attempts.
	reopenAttempts = 100
)

// ListenUDP takes datagrams on addr and returns the address that it listens on.
func (a *Agent) ListenUDP(addr netip.AddrPort) (netip.AddrPort, error) {
	return a.listenUDP(addr, "", a.receive)
}

// Watch records datagrams to addr and answers none of them. It is for an address that a device can read in a message
// but must not use. The name is the listener's in the log.
func (a *Agent) Watch(addr netip.AddrPort, name observation.Listener) (netip.AddrPort, error) {
	return a.listenUDP(addr, name, nil)
}

func (a *Agent) listenUDP(addr netip.AddrPort, name observation.Listener, receive receiver) (netip.AddrPort, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("sipagent: %w", err)
	}
	socket := newDatagrams(a, conn, name, receive)
	if err := a.own(socket); err != nil {
		return netip.AddrPort{}, fmt.Errorf("sipagent: %w", err)
	}
	a.spawn(socket.read)
	return socket.local, nil
}

// ListenTCP takes connections on addr and returns the address that it listens on.
func (a *Agent) ListenTCP(addr netip.AddrPort) (netip.AddrPort, error) {
	return a.listen(addr, observation.TCP, nil)
}

// ListenTLS is like ListenTCP, for TLS. It calls rules for each connection, so that a certificate can change while
// the mock runs.
func (a *Agent) ListenTLS(addr netip.AddrPort, rules func() tlspeer.Rules) (netip.AddrPort, error) {
	return a.listen(addr, observation.TLS, rules)
}

// door is a listener for connections that can be opened again.
type door struct {
	at       netip.AddrPort
	protocol string
	rules    func() tlspeer.Rules
	listener *net.TCPListener // under the agent's mu; nil while the door is shut
}

// entrance is the listener by which a connection came in.
type entrance struct {
	door     *door
	listener *net.TCPListener
}

// open reports whether the listener is still the door's: a connection can come out of one that was closed. The caller holds
// the agent's mu.
func (e *entrance) open() bool { return e.door == nil || e.door.listener == e.listener }

func (a *Agent) listen(addr netip.AddrPort, protocol string, rules func() tlspeer.Rules) (netip.AddrPort, error) {
	d := &door{at: addr, protocol: protocol, rules: rules}
	err := a.open(d)
	return d.at, err
}

// open makes a door's listener, at the same address each time. It may have to wait, since the last listener can
// outlive its Close: in an Accept that has not returned, or in a child of this process between fork and exec.
func (a *Agent) open(d *door) error {
	a.mu.Lock()
	reopened := slices.Contains(a.doors, d)
	a.mu.Unlock()
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(d.at))
	for again := 0; err != nil && reopened && errors.Is(err, syscall.EADDRINUSE) && again < reopenAttempts; again++ {
		select {
		case <-time.After(accept.Pause):
		case <-a.ctx.Done():
			return fmt.Errorf("sipagent: %w", net.ErrClosed)
		}
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(d.at))
	}
	if err != nil {
		return fmt.Errorf("sipagent: %w", err)
	}
	a.mu.Lock()
	d.listener, d.at = l, addrPort(l.Addr().(*net.TCPAddr).AddrPort())
	if !a.closed && !reopened { // Close closes these after it has closed the agent
		a.doors = append(a.doors, d)
	}
	a.mu.Unlock()
	attend := func(raw *net.TCPConn) {
		serve := func() {
			defer a.dismiss()
			a.attend(raw, d.protocol, d.rules, &entrance{d, l})
		}
		switch {
		case !a.config.Gate.Admits(d.protocol, addrPort(raw.RemoteAddr().(*net.TCPAddr).AddrPort())), !a.admit(raw, d.protocol):
			raw.Close()
		case !a.spawn(serve):
			a.dismiss()
			raw.Close()
		}
	}
	failed := a.config.Log.Failing("", "accepting a connection")
	if !a.spawn(func() { accept.Each(a.ctx, l, failed, attend) }) {
		l.Close()
		return fmt.Errorf("sipagent: %w", net.ErrClosed)
	}
	return nil
}

// admit reports whether there is room for an accepted connection, until dismiss.
func (a *Agent) admit(raw *net.TCPConn, protocol string) bool {
	a.mu.Lock()
	room := a.admitted < accept.MaxOpen
	if room {
		a.admitted++
	}
	a.mu.Unlock()
	if !room {
		a.config.Log.LeaveOut(observation.Event{Kind: observation.TransportOpen, Transport: &observation.TransportInfo{
			Protocol: protocol, Local: addrPort(raw.LocalAddr().(*net.TCPAddr).AddrPort()),
			Remote: addrPort(raw.RemoteAddr().(*net.TCPAddr).AddrPort())}})
	}
	return room
}

func (a *Agent) dismiss() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.admitted--
}

// attend serves an accepted connection until it ends.
func (a *Agent) attend(raw net.Conn, protocol string, rules func() tlspeer.Rules, by *entrance) {
	link, err := a.establish(a.ctx, raw, protocol, rules, by)
	if err == nil {
		link.read(a.receive)
	}
}

// Dial opens a connection to a device, or for UDP a socket that has it as its only peer. For TLS, rules are those of the
// client, which is the mock. The log has the attempt even if it fails; over UDP, that nothing listens is known once a
// message was sent.
func (a *Agent) Dial(ctx context.Context, protocol string, addr netip.AddrPort, rules tlspeer.Rules) (*Link, error) {
	if !a.enter() {
		return nil, fmt.Errorf("sipagent: %w", net.ErrClosed)
	}
	defer a.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.ctx, cancel)()
	if protocol == observation.UDP {
		return a.dialUDP(addr)
	}

	var dialer net.Dialer
	if from, own := a.source(addr); own {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(from)
	}
	err := a.config.Gate.Check(addr)
	var raw net.Conn
	if err == nil {
		raw, err = dialer.DialContext(ctx, "tcp", addr.String())
	}
	if err != nil {
		a.config.Log.Short("", "connecting to the device", err)
		cause := observation.NotConnected
		if c := observation.CauseOfClose(err); c.ByMock() { // which says nothing of the device
			cause = c
		}
		a.config.Log.Append(observation.Event{Kind: observation.TransportClose, Text: err.Error(),
			Transport: &observation.TransportInfo{Protocol: protocol, Remote: addr, Dialed: true, Cause: cause}})
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	link, err := a.establish(ctx, raw, protocol, func() tlspeer.Rules { return rules }, nil)
	if err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	if !a.spawn(func() { link.read(a.receive) }) {
		link.end(net.ErrClosed)
	}
	return link, nil
}

func (a *Agent) dialUDP(addr netip.AddrPort) (*Link, error) {
	var local *net.UDPAddr
	if from, own := a.source(addr); own {
		local = net.UDPAddrFromAddrPort(from)
	}
	conn, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	socket := newDatagrams(a, conn, "", a.receive)
	socket.dialed = true
	if err := a.own(socket); err != nil {
		return nil, fmt.Errorf("sipagent: %w", err)
	}
	link := socket.peer(addr)
	a.spawn(socket.read)
	return link, nil
}

// establish records a connection, performs the TLS handshake if the protocol is TLS, and returns the link. Without an
// entrance the connection is the mock's own.
func (a *Agent) establish(
	ctx context.Context, raw net.Conn, protocol string, rules func() tlspeer.Rules, by *entrance,
) (*Link, error) {
	link := a.begin(&Link{
		Protocol: protocol, dialed: by == nil, by: by, conn: raw, slots: make(chan struct{}, maxHandlers),
		Local: addrPort(raw.LocalAddr().(*net.TCPAddr).AddrPort()), Remote: addrPort(raw.RemoteAddr().(*net.TCPAddr).AddrPort()),
	}, "")
	err := errPanicked // unless greet returns
	defer func() {
		if err != nil {
			link.end(err)
		}
	}()
	if closed := a.keep(link); closed != nil {
		err = closed
		return nil, err
	}
	if err = a.greet(ctx, link, raw, rules); err != nil {
		return nil, err
	}
	return link, nil
}

// errPanicked ends a connection that a panic has left to itself.
var errPanicked = errors.New("sipagent: the mock panicked")

func (a *Agent) greet(ctx context.Context, link *Link, raw net.Conn, rules func() tlspeer.Rules) error {
	switch {
	case link.Protocol == observation.TLS:
		ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
		defer cancel()
		shake := tlspeer.Server
		if link.dialed {
			shake = tlspeer.Client
		}
		secured, err := shake(ctx, raw, rules(), &tlspeer.Tap{Log: a.config.Log, Conn: link.ID, Wire: a.config.Wire})
		if err != nil {
			return err
		}
		link.TLS = secured.State()
		link.setConn(secured)
	case a.config.Wire:
		link.setConn(&wireTap{Conn: raw, log: a.config.Log, id: link.ID})
	}
	if a.config.Hello != nil {
		return a.config.Hello(link)
	}
	return nil
}
