package edge

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// from dials from an address of loopback, which needs a system that has all of 127.0.0.0/8.
func from(t *testing.T, source, network string, to netip.AddrPort) net.Conn {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8")
	}
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))}
	if network == observation.UDP {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))
	}
	conn, err := dialer.Dial(network, to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(testkit.Patience))
	return conn
}

// TestStrangersTouchNothing: what another session's device sends to an edge is counted, and is no SIP, no connection and
// no registration there. The edge's own device is served beside it.
func TestStrangersTouchNothing(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(c *Config) {
				c.Peers = peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.3.3.2")}}
			})
			network := protocol
			if network == observation.TLS {
				network = observation.TCP
			}
			stranger := from(t, "127.3.4.2", network, s.Addresses()[protocol])
			register := testkit.NewDevice(t, stranger, protocol).Compose("REGISTER", "sip:"+s.Domain(),
				"To: <sip:alice@"+s.Domain()+">", "Expires: 600")
			io.WriteString(stranger, register)
			denied := testkit.Await(t, s.Log, observation.Stranger, nil).Denied
			if denied.Protocol != protocol || denied.Remote.String() != stranger.LocalAddr().String() || denied.Count != 1 {
				t.Errorf("the stranger is in the log as %+v", denied)
			}
			if network == observation.TCP {
				if p, _ := io.ReadAll(stranger); len(p) > 0 {
					t.Errorf("the stranger got %q", p)
				}
			}
			for _, e := range s.Log.Events() {
				if e.Kind != observation.Stranger {
					t.Errorf("the log has %s of %s", e.Kind, e.Conn)
				}
			}
			if len(s.Bindings()) != 0 {
				t.Error("the stranger is registered")
			}

			conn := from(t, "127.3.3.2", network, s.Addresses()[protocol])
			if protocol == observation.TLS {
				conn = tls.Client(conn, testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS12))
			}
			own := testkit.NewDevice(t, conn, protocol)
			own.Account = "sip:alice@" + s.Domain()
			own.Send(own.Compose("REGISTER", "sip:"+s.Domain(), "Expires: 600"))
			own.Expect(200, "REGISTER")
		})
	}
}

// TestListsAreFetchedHere: the list that a device's certificate names is fetched from an address on loopback, and not
// from where a name or a redirection leads.
func TestListsAreFetchedHere(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-voice", nil, func(c *Config) {
		c.Peers = peers.Peers{Device: []netip.Addr{testkit.Loopback.Addr()}}
	})
	redirects := testkit.Listen(t)
	asked := make(chan int, 1)
	go func() {
		served := 0
		for {
			conn, err := redirects.Accept()
			if err != nil {
				asked <- served
				return
			}
			served++
			conn.Read(make([]byte, 4<<10))
			io.WriteString(conn, "HTTP/1.1 302 Found\r\nLocation: http://"+redirects.Addr().String()+"/further\r\nContent-Length: 0\r\n\r\n")
			conn.Close()
		}
	}()
	for _, location := range []string{
		"http://lists.example/1.crl", "http://localhost/1.crl", "http://192.0.2.1/1.crl", "http://[2001:db8::1]/1.crl",
		"http://[::ffff:192.0.2.1]/1.crl", "http://224.0.0.1/1.crl", "http://0.0.0.0/1.crl", "http://[::]/1.crl",
		"http://" + redirects.Addr().String() + "/1.crl", "file:///etc/passwd", "http://%",
	} {
		if list, err := s.fetchList(location, nil); err == nil {
			t.Errorf("%s gives %v", location, list)
		}
	}
	redirects.Close()
	if n := testkit.Receive(t, asked, "the number of requests"); n != 1 {
		t.Errorf("%d requests were made, want the one that is redirected", n)
	}
}
