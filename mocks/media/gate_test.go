package media

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// gated returns an endpoint for a device at 127.1.1.2, whose datagrams are all in the log.
func gated(t *testing.T) (*Endpoint, *observation.Log) {
	log := observation.NewLog()
	gate := peers.NewGate(peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.1.1.2")}}, log)
	return listenOn(t, func(c *Config) {
		c.Log, c.Gate, c.Wire, c.Signalling = log, gate, true, netip.MustParseAddr("127.1.1.2")
	})
}

// sent returns where datagrams went.
func sent(log *observation.Log) (to []netip.AddrPort) {
	for _, e := range log.Events() {
		if e.Kind == observation.Media && e.Dir == observation.Out && !slices.Contains(to, e.Media.Remote) {
			to = append(to, e.Media.Remote)
		}
	}
	return to
}

// TestMediaWithheld: no datagram goes to an address that is not the device's, for RTP or RTCP, from the first answer on
// or after a new one, and the log says so once.
func TestMediaWithheld(t *testing.T) {
	t.Parallel()
	device := netip.MustParseAddrPort("127.1.1.2:40000")
	for _, c := range []struct {
		to   string
		want observation.AddressFault // none: silence without a word, as on hold
	}{
		{"127.1.1.1:40000", observation.NotDevice},
		{"127.1.9.2:40000", observation.NotDevice},
		{"[::ffff:127.1.9.2]:40000", observation.NotDevice},
		{"[::1]:40000", observation.NotDevice},
		{"[::1%lo]:40000", observation.NotDevice},
		{"127.255.255.255:40000", observation.Broadcast},
		{"255.255.255.255:40000", observation.Broadcast},
		{"224.0.0.1:40000", observation.Multicast},
		{"[ff02::1%lo]:40000", observation.Multicast},
		{"192.0.2.1:40000", observation.NotLoopback},
		{"[::ffff:192.0.2.1]:40000", observation.NotLoopback},
		{"[2001:db8::1]:40000", observation.NotLoopback},
		{"0.0.0.0:40000", ""},
		{"[::]:40000", ""},
	} {
		to := netip.MustParseAddrPort(c.to)
		for name, session := range map[string]Session{
			"RTP":  {Remote: to},
			"RTCP": {Remote: device, RemoteRTCP: to},
		} {
			t.Run(name+" to "+c.to, func(t *testing.T) {
				t.Parallel()
				e, log := gated(t)
				start(t, e, session) // which sends a packet before Stop can end it
				for range firstReport + 1 {
					e.sender.next()
				}
				e.sender.report()
				if err := e.Update(session); err != nil {
					t.Fatal(err)
				}
				e.sender.report()
				e.Stop()
				want := []netip.AddrPort(nil)
				if session.Remote == device {
					want = append(want, device)
				}
				if got := sent(log); !slices.Equal(got, want) {
					t.Errorf("datagrams went to %v, want %v", got, want)
				}
				var faults []observation.DeniedInfo
				for _, e := range log.Events() {
					if e.Kind == observation.MediaWithheld {
						faults = append(faults, *e.Denied)
					}
				}
				switch {
				case c.want == "" && len(faults) == 0:
				case len(faults) != 1 || faults[0].Fault != c.want || faults[0].RTCP != (name == "RTCP"):
					t.Errorf("the log has %+v, want %s", faults, c.want)
				}
			})
		}
	}
}

// TestMediaOfStrangers: datagrams of others than the device are counted and not judged.
func TestMediaOfStrangers(t *testing.T) {
	t.Parallel()
	e, log := gated(t)
	for range 12 {
		if _, err := dial(t, e).Write([]byte("from 127.0.0.1")); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Await(t, log, observation.Stranger, func(e observation.Event) bool { return e.Denied.Count == 10 })
	for _, e := range log.Events() {
		if e.Kind == observation.Media {
			t.Errorf("a stranger's datagram is %+v", e.Media)
		}
	}
}
