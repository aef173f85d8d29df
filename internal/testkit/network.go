package testkit

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// Loopback is the first address of the loopback interface, with a port that the system chooses.
var Loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

// LoopbackIPv6 returns the IPv6 address of the loopback interface. It skips the test on a machine that has none.
func LoopbackIPv6(tb testing.TB) netip.Addr {
	tb.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		tb.Skipf("this machine has no IPv6: %v", err)
	}
	l.Close()
	return netip.IPv6Loopback()
}

// Listen listens for TCP connections on the loopback interface until the test ends.
func Listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", Loopback.String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// Accept returns the next connection of a listener that the test's end closes. The test fails if there is none within
// Patience.
func Accept(tb testing.TB, l net.Listener) net.Conn {
	tb.Helper()
	accepted := make(chan net.Conn, 1)
	go func() {
		defer close(accepted)
		if conn, err := l.Accept(); err == nil {
			accepted <- conn
		}
	}()
	conn := Receive(tb, accepted, "a connection")
	if conn == nil {
		tb.Fatal("the listener is closed")
	}
	return conn
}

// HTTPClient returns a client that finds every host at one address.
func HTTPClient(tb testing.TB, address string, config *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: config, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	}}
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: Patience}
}
