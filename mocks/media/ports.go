package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// listenPair opens two sockets on the address, the first on an even port and the second on the next one (RFC 3550 §11).
func (c Config) listenPair() (rtp, rtcp *net.UDPConn, err error) {
	switch {
	case !c.Address.IsValid():
		return nil, nil, errors.New("media: no address to listen on")
	case c.Ports != (PortRange{}):
		err = c.inRange(func(even uint16) error {
			if rtp, err = listen(c.Address, even); err != nil {
				return err
			}
			if rtcp, err = listen(c.Address, even+1); err != nil {
				rtp.Close()
			}
			return err
		})
		return rtp, rtcp, err
	}
	// The system chooses any port, so the first of a pair may be odd or the second taken. Dozens of attempts fail
	// only on a machine that has no ports left.
	const attempts = 64
	for range attempts {
		var first *net.UDPConn
		if first, err = listen(c.Address, 0); err != nil {
			return nil, nil, err
		}
		port := localAddr(first).Port()
		var second *net.UDPConn
		if second, err = listen(c.Address, port^1); err != nil {
			first.Close()
			continue
		}
		if port%2 == 1 {
			first, second = second, first
		}
		return first, second, nil
	}
	return nil, nil, fmt.Errorf("media: no pair of ports on %s: %w", c.Address, err)
}

// listenAlone opens a socket for a port that is next to no other.
func (c Config) listenAlone() (conn *net.UDPConn, err error) {
	if c.Ports == (PortRange{}) {
		return listen(c.Address, 0)
	}
	err = c.inRange(func(even uint16) error {
		conn, err = listen(c.Address, even)
		return err
	})
	return conn, err
}

// inRange calls open with the even port of each pair whose turn it is, until it finds one that is free.
func (c Config) inRange(open func(even uint16) error) error {
	var err error
	for range c.Ports.Pairs() {
		if err = open(c.Ports.pair(c.Turn.take())); !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
	return fmt.Errorf("media: the ports %s of %s are all taken; a wider range has room for more calls: %w", c.Ports, c.Address, err)
}

func listen(address netip.Addr, port uint16) (*net.UDPConn, error) {
	network := "udp4"
	if address.Unmap().Is6() {
		network = "udp6"
	}
	conn, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(address.Unmap(), port)))
	if err == nil {
		_ = stampArrivals(conn) // without a stamp, the time of reading counts
	}
	return conn, err
}

// localAddr returns the address that a socket is bound to.
func localAddr(c *net.UDPConn) netip.AddrPort {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
