package reference

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// handshakeLimit bounds a TLS handshake, dialLimit a connection attempt.
const (
	handshakeLimit = 10 * time.Second
	dialLimit      = 5 * time.Second
)

// Default ports of RFC 3261 §19.1.2.
const (
	sipPort  = 5060
	sipsPort = 5061
)

func defaultPort(protocol string) uint16 {
	if protocol == observation.TLS {
		return sipsPort
	}
	return sipPort
}

// listen opens the listeners that the setup and its levers ask for, then accepts connections.
func (s *session) listen() error {
	var protocols []string
	if s.certificate != nil {
		protocols = append(protocols, observation.TLS)
	}
	if s.setup.Levers.Transport == observation.TCP {
		protocols = append(protocols, observation.TCP)
	}
	listeners := make(map[string]*net.TCPListener)
	for _, protocol := range protocols {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(s.listenAddress(protocol)))
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		if err := s.own(l); err != nil {
			return err
		}
		listeners[protocol] = l
		s.listening[protocol] = l.Addr().(*net.TCPAddr).AddrPort()
	}
	if s.setup.Levers.Transport == observation.UDP {
		if _, err := s.datagrams(); err != nil {
			return err
		}
	}
	// From here on s.listening does not change.
	for protocol, l := range listeners {
		s.spawn(func() { s.accept(l, protocol) })
	}
	return nil
}

// listenAddress returns where the device takes a protocol: TLS on the port that it is set to, or on 5061 if nothing else
// uses its address. Port 0 is any free port: other runs of the harness may use the same machine.
func (s *session) listenAddress(protocol string) netip.AddrPort {
	port := uint16(0)
	switch {
	case protocol != observation.TLS || s.bugs.ListensElsewhere:
	case s.setup.Levers.Port != 0:
		port = s.setup.Levers.Port
	case s.setup.StandardPorts:
		port = sipsPort
	}
	return netip.AddrPortFrom(s.setup.Address, port)
}

// accept serves connections until the listener is closed.
func (s *session) accept(l *net.TCPListener, protocol string) {
	accept.Each(s.ctx, l, func(err error) { s.short("accepting a connection", err) }, func(conn *net.TCPConn) {
		if !s.spawn(func() { s.accepted(conn, protocol) }) {
			_ = conn.Close()
		}
	})
}

// accepted serves a connection that a peer opened.
func (s *session) accepted(conn net.Conn, protocol string) {
	if s.own(conn) != nil {
		return
	}
	defer s.disown(conn)
	clear := false
	if protocol == observation.TLS && s.bugs.TakesClearOnTLSPort {
		conn, clear = beginsInClear(conn)
	}
	l := newLink(s, protocol, conn)
	l.accepted = true
	if protocol == observation.TLS && !clear {
		s.activity.begin()
		ctx, cancel := context.WithTimeout(s.ctx, handshakeLimit)
		secured, err := s.shakeAsServer(ctx, conn)
		cancel()
		s.activity.end()
		if err != nil {
			s.event("TLS handshake with %v refused: %v", l.remote, err)
			return
		}
		l.conn = secured
	}
	l.read()
}

// shakeAsServer does the server's side of a handshake.
func (s *session) shakeAsServer(ctx context.Context, conn net.Conn) (net.Conn, error) {
	if s.takesNull() {
		return s.serverNull(ctx, conn)
	}
	secured := tls.Server(conn, s.serverTLS())
	return secured, secured.HandshakeContext(ctx)
}

// datagrams returns the UDP socket of the session. The first call opens it.
func (s *session) datagrams() (*net.UDPConn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	if s.udp != nil {
		return s.udp, nil
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(s.listenAddress(observation.UDP)))
	if err != nil {
		s.short("opening a port", err)
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.udp = conn
	s.sockets[conn] = struct{}{}
	if s.setup.Levers.Transport == observation.UDP {
		s.listening[observation.UDP] = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	s.running.Go(func() { s.readDatagrams(conn) })
	return conn, nil
}

func (s *session) readDatagrams(conn *net.UDPConn) {
	defer s.guard("reading datagrams")
	buffer := make([]byte, sipwire.MaxMessage)
	for {
		n, source, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if s.ctx.Err() != nil {
				return
			}
			continue // "port unreachable" for an earlier datagram
		}
		s.readDatagram(netip.AddrPortFrom(source.Addr().Unmap(), source.Port()), append([]byte(nil), buffer[:n]...))
	}
}

// readDatagram obeys a datagram, unless it is a keep-alive, or no SIP.
func (s *session) readDatagram(source netip.AddrPort, data []byte) {
	s.activity.begin()
	defer s.activity.end()
	defer s.guard("reading a datagram")
	if m, err := sipwire.Parse(data); err == nil {
		s.message(s.datagramLink(source), m)
	}
}

// datagramLink returns the link to a peer over UDP.
func (s *session) datagramLink(remote netip.AddrPort) *link {
	l := &link{session: s, protocol: observation.UDP, remote: remote, done: s.ctx.Done()}
	if conn, err := s.datagrams(); err == nil {
		l.local = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return l
}
