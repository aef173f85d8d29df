package testkit_test

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// listenOn listens at a free port of that address, which is the host's.
func listenOn(t *testing.T, h *testkit.Host, address netip.Addr) net.Listener {
	t.Helper()
	var l net.Listener
	err := h.Do(func() (err error) {
		l, err = net.Listen("tcp", netip.AddrPortFrom(address, 0).String())
		return err
	})
	return testkit.Started(t, l, err)
}

// dialFrom connects from a host and returns what the listener sees as the address of the peer.
func dialFrom(t *testing.T, h *testkit.Host, l net.Listener, address string) netip.Addr {
	t.Helper()
	var conn net.Conn
	err := h.Do(func() (err error) {
		d := net.Dialer{Timeout: testkit.Patience}
		conn, err = d.Dial("tcp", address)
		return err
	})
	testkit.Started(t, conn, err)
	accepted := testkit.Accept(t, l)
	defer accepted.Close()
	return accepted.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
}

func TestHostsOfALANReachEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, one, other string }{
		{"IPv4", "192.0.2.1/24", "192.0.2.2/24"},
		{"IPv6", "2001:db8::1/64", "2001:db8::2/64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lan := testkit.NewLAN(t)
			one, other := lan.Host(c.one), lan.Host(c.other)
			l := listenOn(t, one, one.Addr())
			if from := dialFrom(t, other, l, l.Addr().String()); from != other.Addr() {
				t.Errorf("the peer is %s, want %s", from, other.Addr())
			}
		})
	}
}

func TestProgramsRunOnTheirHost(t *testing.T) {
	t.Parallel()
	h := testkit.NewLAN(t).Host("192.0.2.9/24")
	h.Resolve(netip.MustParseAddr("192.0.2.53"))
	output, status := testkit.Run(t, h.Enter(testkit.Command(t, "sh", "-c", "ip -o address; cat /etc/resolv.conf")))
	if status != 0 || !strings.Contains(output, "192.0.2.9/24") || !strings.Contains(output, "nameserver 192.0.2.53\n") {
		t.Errorf("status %d; want its own address and its name server in:\n%s", status, output)
	}
}

func TestNATHidesAndForwards(t *testing.T) {
	t.Parallel()
	lan := testkit.NewLAN(t)
	vendor := lan.Host("192.0.2.1/24")
	behind := lan.NAT("192.0.2.254/24", "10.0.0.1/24")
	phone := behind.Host("10.0.0.7/24")
	l := listenOn(t, vendor, vendor.Addr())
	if from := dialFrom(t, phone, l, l.Addr().String()); from != netip.MustParseAddr("192.0.2.254") {
		t.Errorf("behind the NAT, the peer is %s, want the router's address", from)
	}
	inside := listenOn(t, phone, phone.Addr())
	behind.Forward(phone.Addr())
	port := inside.Addr().(*net.TCPAddr).Port
	if from := dialFrom(t, vendor, inside, fmt.Sprintf("192.0.2.254:%d", port)); from != vendor.Addr() {
		t.Errorf("through the forwarding, the peer is %s, want %s", from, vendor.Addr())
	}
}

func TestTheTestItselfJoins(t *testing.T) {
	if !testkit.InOwnNetwork(t) {
		return
	}
	lan := testkit.NewLAN(t)
	lan.Join("192.0.2.1/24")
	other := lan.Host("192.0.2.2/24")
	l, err := net.Listen("tcp", "192.0.2.1:0")
	testkit.Started(t, l, err)
	answered := make(chan error, 1)
	go func() { // any goroutine of the test is on the LAN
		conn, err := l.Accept()
		if err == nil {
			defer conn.Close()
			_, err = conn.Write([]byte("hello\n"))
		}
		answered <- err
	}()
	var line string
	err = other.Do(func() error {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		defer conn.Close()
		line, err = bufio.NewReader(conn).ReadString('\n')
		return err
	})
	if err != nil || line != "hello\n" || <-answered != nil {
		t.Errorf("got %q, %v", line, err)
	}
}
