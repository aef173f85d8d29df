package sipagent

import (
	"net"
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// TestDialUDP calls a device over UDP, as a trunk does that is not secure.
func TestDialUDP(t *testing.T) {
	t.Parallel()
	m := create(t, Config{})
	device, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(testkit.Loopback))
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	go func() {
		buffer := make([]byte, maxDatagram)
		n, from, err := device.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		if got, err := sipwire.Parse(buffer[:n]); err == nil {
			_, _ = device.WriteToUDPAddrPort([]byte(testkit.Reply(got, 202)), from)
		}
	}()
	link, err := m.Dial(t.Context(), observation.UDP, addrPort(device.LocalAddr().(*net.UDPAddr).AddrPort()), tlspeer.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	response, err := m.Do(t.Context(), link, outgoing(observation.UDP, "MESSAGE"))
	if err != nil || response.Status != 202 {
		t.Errorf("got %v, %v", response, err)
	}
	if opened := testkit.Await(t, m.log, observation.TransportOpen, nil); !opened.Transport.Dialed {
		t.Error("the log has the socket as one that the device opened")
	}
}

// TestDialUDPRefused has nothing listen where the mock calls: the request ends with what the system says of that, and not
// with its timer.
func TestDialUDPRefused(t *testing.T) {
	t.Parallel()
	m := create(t, Config{})
	nowhere := netip.AddrPortFrom(testkit.Loopback.Addr(), 1)
	link, err := m.Dial(t.Context(), observation.UDP, nowhere, tlspeer.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if response, err := m.Do(t.Context(), link, outgoing(observation.UDP, "MESSAGE")); err == nil {
		t.Errorf("got %v", response)
	}
	if end := testkit.Await(t, m.log, observation.TransportClose, nil); end.Transport.Cause != observation.NotConnected || link.Alive() {
		t.Errorf("the link has ended for %s", end.Transport.Cause)
	}
}
