package nameserver

import (
	"net"
	"net/netip"
	"sync"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
)

// connections is a listener that counts what it has accepted, until that is closed, by address: what others have open is
// not touched.
type connections struct {
	net.Listener
	full func(from netip.AddrPort, count int) // called a few times, with how many were closed so far

	mu   sync.Mutex
	open map[netip.Addr]int

	closed observation.Tally
}

// Accept returns the next connection that there is room for.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addrPort(conn.RemoteAddr())
		if c.enter(from.Addr()) {
			return &connection{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from.Addr()) })}, nil
		}
		conn.Close()
		c.closed.Add(from.Addr().String(), func(count int) { c.full(from, count) })
	}
}

// enter reports whether an address can have another connection, and counts it.
func (c *connections) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = make(map[netip.Addr]int)
	}
	room := c.open[from] < accept.MaxOfAddress
	if room {
		c.open[from]++
	}
	return room
}

func (c *connections) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[from]--; c.open[from] == 0 {
		delete(c.open, from)
	}
}

// connection makes room for another one when it is closed.
type connection struct {
	net.Conn
	leave   func()
	message []byte // the newest, while it is answered
}

// RemoteAddr returns the client, with its message.
func (c *connection) RemoteAddr() net.Addr { return &client{c.Conn.RemoteAddr(), kept(c.message)} }

func (c *connection) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
