package sipagent

import (
	"bytes"
	"container/list"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	// maxDatagram is longer than any datagram.
	maxDatagram = 64 << 10
	// maxPeers is how many peers a UDP socket remembers. A new peer replaces the one that was heard least recently,
	// which gets a new link when it comes back.
	maxPeers = 1024
	// maxFailures is how many failed reads in a row end a socket.
	maxFailures = 1000
)

// errForgotten ends the link of a UDP peer that made room for another.
var errForgotten = errors.New("sipagent: no room for more UDP peers")

// datagrams is a UDP socket. Each address that sends to it, or is sent to, is a
// link.
type datagrams struct {
	agent   *Agent
	conn    *net.UDPConn
	name    observation.Listener
	local   netip.AddrPort
	dialed  bool     // whether the socket is connected, to its only peer
	receive receiver // nil for one that only watches
	slots   chan struct{}

	mu     sync.Mutex
	peers  map[netip.AddrPort]*list.Element
	recent *list.List // of *Link, the most recent in front
}

func newDatagrams(a *Agent, conn *net.UDPConn, name observation.Listener, receive receiver) *datagrams {
	return &datagrams{agent: a, conn: conn, name: name, local: addrPort(conn.LocalAddr().(*net.UDPAddr).AddrPort()), receive: receive,
		slots: make(chan struct{}, maxHandlers), peers: make(map[netip.AddrPort]*list.Element), recent: list.New()}
}

// Close closes the socket and ends the links of its peers.
func (d *datagrams) Close() error {
	err := d.conn.Close()
	d.closePeers(net.ErrClosed)
	return err
}

// closePeers ends the links of the socket's peers.
func (d *datagrams) closePeers(reason error) {
	d.mu.Lock()
	links := make([]*Link, 0, len(d.peers))
	for e := d.recent.Front(); e != nil; e = e.Next() {
		links = append(links, e.Value.(*Link))
	}
	d.mu.Unlock()
	for _, l := range links {
		l.end(reason)
	}
}

// peer returns the link of an address.
func (d *datagrams) peer(remote netip.AddrPort) *Link {
	remote = addrPort(remote)
	d.mu.Lock()
	if e, known := d.peers[remote]; known {
		d.recent.MoveToFront(e)
		d.mu.Unlock()
		return e.Value.(*Link)
	}
	link := d.agent.begin(&Link{
		Protocol: observation.UDP, Local: d.local, Remote: remote, dialed: d.dialed, socket: d, slots: d.slots,
	}, d.name)
	d.peers[remote] = d.recent.PushFront(link)
	var oldest *Link
	if len(d.peers) > maxPeers {
		oldest = d.recent.Back().Value.(*Link)
	}
	d.mu.Unlock()
	if oldest != nil {
		oldest.end(errForgotten)
	}
	return link
}

func (d *datagrams) forget(l *Link) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, known := d.peers[l.Remote]; known && e.Value == l {
		d.recent.Remove(e)
		delete(d.peers, l.Remote)
	}
}

// read takes datagrams until the socket is closed. A failed read does not end it at once: some systems report that an
// earlier datagram was sent to a closed port. Of a dialed socket, that ends the link: nothing listens at its peer.
func (d *datagrams) read() {
	buf := make([]byte, maxDatagram)
	for failures := 0; failures < maxFailures; {
		n, remote, err := d.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil && d.dialed:
			d.conn.Close()
			d.closePeers(err)
			return
		case err != nil:
			if failures++; failures == maxFailures {
				d.agent.config.Log.Failed("", "reading datagrams", err)
			}
		default:
			failures = 0
			if !d.agent.config.Gate.Admits(observation.UDP, addrPort(remote)) {
				continue
			}
			d.take(d.peer(remote), bytes.Clone(buf[:n]))
		}
	}
}

// take records a datagram and passes on its message.
func (d *datagrams) take(l *Link, p []byte) {
	d.wire(l, observation.In, p)
	m, err := sipwire.Parse(p)
	switch {
	case len(bytes.Trim(p, "\r\n\x00")) == 0:
		l.record(observation.KeepAlive, p, "", "")
	case err != nil:
		l.record(observation.SIPMalformed, p, err.Error(), faultOf(err))
	default:
		l.message(p, m)
		if d.receive != nil {
			d.receive(l, m)
		}
	}
}

func (d *datagrams) wire(l *Link, dir observation.Direction, p []byte) {
	if d.agent.config.Wire {
		d.agent.config.Log.Append(observation.Event{Kind: observation.Wire, Conn: l.ID, Dir: dir, Bytes: p})
	}
}

func (d *datagrams) write(l *Link, p []byte) error {
	d.wire(l, observation.Out, p)
	var err error
	if d.dialed {
		_, err = d.conn.Write(p)
	} else {
		_, err = d.conn.WriteToUDPAddrPort(p, l.Remote)
	}
	if err != nil {
		d.agent.config.Log.Short(l.ID, "sending a datagram", err)
		return fmt.Errorf("sipagent: %w", err)
	}
	return nil
}
