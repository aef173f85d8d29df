package sipagent

import (
	"bytes"
	"net"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// datagrams is a UDP socket as sipgo sees it: what is no SIP message is
// recorded and kept from it. Each peer is a link.
type datagrams struct {
	*net.UDPConn
	agent *Agent
	name  string
	local netip.AddrPort
}

func newDatagrams(a *Agent, conn *net.UDPConn, name string) *datagrams {
	return &datagrams{UDPConn: conn, agent: a, name: name, local: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
}

func (d *datagrams) peer(remote netip.AddrPort) *Link {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if link := d.agent.find(observation.UDP+d.name, remote.String()); link != nil {
		return link
	}
	return d.agent.link(observation.UDP, d.name, d.local, remote, false)
}

// ReadFrom returns the next datagram that is a SIP message.
func (d *datagrams) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := d.UDPConn.ReadFromUDPAddrPort(p)
		if err != nil {
			return 0, nil, err
		}
		link := d.peer(addr)
		d.record(link, observation.In, bytes.Clone(p[:n]))
		if _, err := sipwire.Parse(p[:n]); err == nil {
			return n, net.UDPAddrFromAddrPort(link.Remote), nil
		}
	}
}

// WriteTo sends one message.
func (d *datagrams) WriteTo(p []byte, addr net.Addr) (int, error) {
	d.record(d.peer(addr.(*net.UDPAddr).AddrPort()), observation.Out, bytes.Clone(p))
	return d.UDPConn.WriteTo(p, addr)
}

func (d *datagrams) record(link *Link, dir observation.Direction, p []byte) {
	log := d.agent.config.Log
	if d.agent.config.Wire {
		log.Append(observation.Event{Kind: observation.Wire, Conn: link.ID, Dir: dir, Bytes: p})
	}
	event := observation.Event{Kind: observation.SIP, Conn: link.ID, Dir: dir, Bytes: p}
	if _, err := sipwire.Parse(p); len(bytes.Trim(p, "\r\n\x00")) == 0 {
		event.Kind = observation.KeepAlive
	} else if err != nil {
		event.Kind, event.Text = observation.SIPMalformed, err.Error()
	}
	log.Append(event)
}
