package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// listenPair opens two sockets on address, the first on an even port and the
// second on the next one (RFC 3550 §11).
func listenPair(address netip.Addr) (rtp, rtcp *net.UDPConn, err error) {
	if !address.IsValid() {
		return nil, nil, errors.New("media: no address to listen on")
	}
	// The system chooses any port, so the first of a pair may be odd or the second taken. Dozens of attempts fail
	// only on a machine that has no ports left.
	const attempts = 64
	for range attempts {
		var first *net.UDPConn
		if first, err = listen(address, 0); err != nil {
			return nil, nil, err
		}
		port := localAddr(first).Port()
		var second *net.UDPConn
		if second, err = listen(address, port^1); err != nil {
			first.Close()
			continue
		}
		if port%2 == 1 {
			first, second = second, first
		}
		return first, second, nil
	}
	return nil, nil, fmt.Errorf("media: no pair of ports on %s: %w", address, err)
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
