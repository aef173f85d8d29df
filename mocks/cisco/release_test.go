package cisco_test

import (
	"crypto/tls"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/edge"
)

// TestRelease9 checks that a release of TLS 1.0 alone has nothing newer on any port, and nothing at all in common with a
// client that has TLS 1.2 alone, whatever the port's row and the lowest version say.
func TestRelease9(t *testing.T) {
	t.Parallel()
	for _, product := range []cisco.Product{cisco.UnifiedCM, cisco.IMAndPresence} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			s := start(t, product, map[string]string{"tls_max": "TLS 1.0", "tls_min": "TLS 1.2"})
			showing := showing(t, s)
			for _, port := range slices.Sorted(maps.Keys(s.Ports())) {
				connect := func(flag string) string {
					return testkit.SClient(t, s.Ports()[port].String(), "", append(showing, flag, "-cipher", "DEFAULT@SECLEVEL=0")...)
				}
				if out := connect("-tls1"); !strings.Contains(out, "Server certificate\n-----BEGIN") {
					t.Errorf("%d does not take TLS 1.0\n%s", port, out)
				}
				if out := connect("-tls1_2"); !strings.Contains(out, "unsupported protocol") && !strings.Contains(out, "alert protocol version") {
					t.Errorf("%d takes TLS 1.2, or refuses it otherwise\n%s", port, out)
				}
			}
		})
	}
}

// TestRelease9Calls checks that such a release offers TLS 1.0 alone to a device that it calls, and does without TLS where
// its trunk is not secure.
func TestRelease9Calls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, want string
	}{{"encrypted", "TLS 1.0"}, {"non-secure", "INVITE sip:desk@"}} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			s := start(t, cisco.UnifiedCM, map[string]string{"tls_max": "TLS 1.0", "security_mode": c.mode})
			l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: testkit.Loopback.Addr().AsSlice()})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			met := make(chan string, 1)
			go func() { met <- meet(l) }()
			at := netip.MustParseAddrPort(l.Addr().String())
			if _, err := s.Call(t.Context(), edge.Outbound{User: "desk", Caller: "+15550100", Address: at}); err == nil {
				t.Error("the call was answered")
			}
			if got := <-met; !strings.HasPrefix(got, c.want) {
				t.Errorf("the vendor came with %q, want %q", got, c.want)
			}
		})
	}
}

// meet takes one connection, says what the client came with, its TLS versions or its first line, and closes.
func meet(l net.Listener) string {
	conn, err := l.Accept()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	first := make([]byte, 1)
	if _, err := conn.Read(first); err != nil {
		return err.Error()
	}
	if first[0] != 22 { // no record of a handshake
		rest := make([]byte, 100)
		n, _ := conn.Read(rest)
		return string(first) + string(rest[:n])
	}
	var versions []string
	server := tls.Server(&unread{conn, first}, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, v := range hello.SupportedVersions {
			versions = append(versions, tls.VersionName(v))
		}
		return nil, nil
	}})
	server.Handshake() // which has no certificate, and fails
	return strings.Join(versions, ", ")
}

// unread is a connection of which something was read already.
type unread struct {
	net.Conn
	read []byte
}

func (u *unread) Read(p []byte) (int, error) {
	if len(u.read) == 0 {
		return u.Conn.Read(p)
	}
	n := copy(p, u.read)
	u.read = u.read[n:]
	return n, nil
}
