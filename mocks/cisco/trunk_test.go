package cisco_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/edge"
)

// TestOutgoingTransport checks over what a trunk calls: the transport that it is set to, unless it is secure.
func TestOutgoingTransport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		network  string
		want     string // what the device's listener meets
	}{
		"UDP":             {map[string]string{"security_mode": "non-secure", "outgoing_transport": "UDP"}, "udp", "INVITE sip:desk@"},
		"TCP":             {map[string]string{"security_mode": "non-secure"}, "tcp", "INVITE sip:desk@"},
		"UDP, but secure": {map[string]string{"outgoing_transport": "UDP"}, "tcp", "TLS 1.2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, cisco.UnifiedCM, c.settings)
			at, first := meetOver(t, c.network)
			if _, err := s.Call(t.Context(), edge.Outbound{User: "desk", Caller: "+15550100", Address: at}); err == nil {
				t.Error("the call was answered")
			}
			if got := <-first; !strings.HasPrefix(got, c.want) {
				t.Errorf("the listener got %q", got)
			}
		})
	}
}

// meetOver returns the address of a listener, and what it reads first. It answers nothing but a refusal, over UDP.
func meetOver(t *testing.T, network string) (netip.AddrPort, <-chan string) {
	first := make(chan string, 1)
	if network == "tcp" {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(testkit.Loopback))
		testkit.Started(t, l, err)
		go func() { first <- meet(l) }()
		return netip.MustParseAddrPort(l.Addr().String()), first
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(testkit.Loopback))
	testkit.Started(t, conn, err)
	go func() {
		buffer := make([]byte, 8<<10)
		n, _, err := conn.ReadFromUDP(buffer)
		if err == nil {
			conn.Close() // so that the system tells the caller that nothing listens
		}
		first <- string(buffer[:n])
	}()
	return netip.MustParseAddrPort(conn.LocalAddr().String()), first
}
