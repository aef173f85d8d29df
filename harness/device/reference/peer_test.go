package reference

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// peer is a scripted vendor. It records every message in the order of arrival, and script answers it.
type peer struct {
	tls, second, tcp *net.TCPListener // second is a TLS listener too
	udp              *net.UDPConn
	script           func(*received)
	world            *world

	mu       sync.Mutex
	config   *tls.Config
	accepted int
	failed   []string // handshakes
	messages []*received
	pongs    int
	closed   map[int]bool // connections that have ended
	changed  chan struct{}
	conns    []net.Conn
	running  sync.WaitGroup
}

// received is a message that the peer received, with the connection to answer on.
type received struct {
	*sipwire.Message
	peer     *peer
	protocol string
	conn     int // number of the connection, 0 for UDP
	send     func([]byte)
}

func startPeer(t testing.TB, config *tls.Config, script func(*received)) *peer {
	t.Helper()
	p := &peer{config: config, script: script, changed: make(chan struct{}), closed: make(map[int]bool)}
	any := netip.AddrPortFrom(loopback, 0)
	var err error
	if p.tls, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(any)); err != nil {
		t.Fatal(err)
	}
	if p.second, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(any)); err != nil {
		t.Fatal(err)
	}
	if p.tcp, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(any)); err != nil {
		t.Fatal(err)
	}
	if p.udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(any)); err != nil {
		t.Fatal(err)
	}
	p.running.Go(func() { p.accept(p.tls, "tls") })
	p.running.Go(func() { p.accept(p.second, "tls") })
	p.running.Go(func() { p.accept(p.tcp, "tcp") })
	p.running.Go(p.datagrams)
	t.Cleanup(p.stop)
	return p
}

func (p *peer) stop() {
	_, _, _, _ = p.tls.Close(), p.second.Close(), p.tcp.Close(), p.udp.Close()
	p.mu.Lock()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func port(a net.Addr) uint16 {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Port()
	case *net.UDPAddr:
		return a.AddrPort().Port()
	}
	return 0
}

// records returns the peer's records for the name server.
func (p *peer) records() []string {
	return []string{
		domain + ". 600 IN A 127.0.0.1",
		"edge.example.com. 600 IN A 127.0.0.1",
		fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 10 10 %d edge.example.com.", domain, port(p.tls.Addr())),
		fmt.Sprintf("_sip._tcp.%s. 600 IN SRV 10 10 %d edge.example.com.", domain, port(p.tcp.Addr())),
		fmt.Sprintf("_sip._udp.%s. 600 IN SRV 10 10 %d edge.example.com.", domain, port(p.udp.LocalAddr())),
	}
}

func (p *peer) accept(l *net.TCPListener, protocol string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(conn, protocol) })
	}
}

// serve reads a connection until it ends.
func (p *peer) serve(raw net.Conn, protocol string) {
	defer raw.Close()
	p.mu.Lock()
	p.accepted++
	number, config := p.accepted, p.config
	p.conns = append(p.conns, raw)
	p.mu.Unlock()
	conn := raw
	if protocol == "tls" {
		secured := tls.Server(raw, config)
		if err := secured.Handshake(); err != nil {
			p.mu.Lock()
			p.failed = append(p.failed, err.Error())
			p.mu.Unlock()
			return
		}
		conn = secured
	}
	p.read(conn, protocol, number)
}

func (p *peer) read(conn net.Conn, protocol string, number int) {
	var framer sipwire.Framer
	buffer := make([]byte, 16<<10)
	for {
		n, err := conn.Read(buffer)
		for _, frame := range framer.Write(buffer[:n]) {
			switch frame.Kind {
			case sipwire.MessageFrame:
				p.take(&received{frame.Message, p, protocol, number, func(b []byte) { _, _ = conn.Write(b) }})
			case sipwire.KeepAliveFrame:
				p.note(func() { p.pongs++ })
			default:
				p.take(&received{sipwire.NewRequest("MALFORMED", "x"), p, protocol, number, func([]byte) {}})
				return
			}
		}
		if err != nil {
			p.note(func() { p.closed[number] = true })
			return
		}
	}
}

func (p *peer) datagrams() {
	buffer := make([]byte, 64<<10)
	for {
		n, source, err := p.udp.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		m, err := sipwire.Parse(append([]byte(nil), buffer[:n]...))
		if err != nil {
			m = sipwire.NewRequest(strings.TrimSpace(string(buffer[:n])), "x") // the mark that drained waits for
		}
		p.take(&received{m, p, "udp", 0, func(b []byte) { _, _ = p.udp.WriteToUDPAddrPort(b, source) }})
	}
}

func (p *peer) note(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *peer) take(r *received) {
	p.note(func() { p.messages = append(p.messages, r) })
	if p.script != nil && r.Method != "MARK" {
		p.script(r)
	}
}

// wait returns the first message that match accepts, beginning with the message of that index.
func (p *peer) wait(t testing.TB, from int, match func(*received) bool) *received {
	t.Helper()
	var found *received
	p.until(t, func() bool {
		for ; from < len(p.messages); from++ {
			if match(p.messages[from]) {
				found = p.messages[from]
				return true
			}
		}
		return false
	})
	return found
}

// until waits until condition holds. The peer's lock is held while it runs.
func (p *peer) until(t testing.TB, condition func() bool) {
	t.Helper()
	deadline := time.After(testkit.Patience)
	for {
		p.mu.Lock()
		met, changed := condition(), p.changed
		p.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatal("the device did not do what was expected")
		}
	}
}

func (p *peer) request(t testing.TB, method string) *received {
	t.Helper()
	return p.wait(t, 0, func(r *received) bool { return r.Method == method })
}

// drained returns everything that was sent to the peer, connection by connection. The device has to be closed.
func (p *peer) drained(t testing.TB) []*received {
	t.Helper()
	if _, err := p.udp.WriteToUDPAddrPort([]byte("MARK"), p.udp.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		t.Fatal(err)
	}
	p.request(t, "MARK")
	// Connections that were made before are accepted before the one that is made now.
	for _, l := range []*net.TCPListener{p.tls, p.second, p.tcp} {
		_ = l.Close()
	}
	p.mu.Lock()
	conns := p.conns
	p.mu.Unlock()
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(testkit.Patience)) // the device has closed its end, so that reading ends
	}
	done := make(chan struct{})
	go func() {
		_ = p.udp.Close()
		p.running.Wait()
		close(done)
	}()
	testkit.Receive(t, done, "the end of the device's connections")
	p.mu.Lock()
	defer p.mu.Unlock()
	var messages []*received
	for _, m := range p.messages {
		// On a slow machine a 200 is repeated before its ACK arrives.
		again := slices.ContainsFunc(messages, func(before *received) bool { return !m.IsRequest() && bytes.Equal(before.Raw, m.Raw) })
		if m.Method != "MARK" && !again {
			messages = append(messages, m)
		}
	}
	// Messages of different connections have no order.
	slices.SortStableFunc(messages, func(a, b *received) int {
		return cmp.Or(strings.Compare(a.protocol, b.protocol), cmp.Compare(a.conn, b.conn))
	})
	return messages
}

// respond answers a request with the peer's tag and the given header fields.
func (r *received) respond(status int, body string, headers ...string) {
	m := sipwire.NewResponse(r.Message, status, "")
	if status > 100 {
		m.SetToTag("peer")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		m.Add(headers[i], headers[i+1])
	}
	if body != "" {
		m.SetBody(sdpType, []byte(body))
	}
	r.send(m.Bytes())
}

// outline describes messages by protocol, connection, and method or status.
func outline(messages []*received) string {
	var b strings.Builder
	for i, m := range messages {
		if i > 0 {
			b.WriteString(", ")
		}
		what := m.Method
		if !m.IsRequest() {
			what = fmt.Sprint(m.Status)
		}
		fmt.Fprintf(&b, "%s%d %s", m.protocol, m.conn, what)
	}
	return b.String()
}
