package media

import (
	"crypto/rand"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// inside is what a device behind a NAT describes: nobody outside reaches it.
var inside = netip.MustParseAddrPort("10.0.0.7:40000")

// behindNAT returns an endpoint for a device behind a NAT whose address is 127.1.8.2, by the test's number.
func behindNAT(t *testing.T) (*Endpoint, *observation.Log) {
	t.Helper()
	log := observation.NewLog()
	gate := peers.NewGate(peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.1.8.2")}, Latch: true}, log)
	return listenOn(t, func(c *Config) { c.Log, c.Gate, c.Wire = log, gate, true })
}

// mapping is an address and port of a NAT, or of a stranger.
func mapping(t *testing.T, address string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 0)))
	testkit.Started(t, c, err)
	return c
}

// keyed is keys of a stream with what seals its packets.
type keyed struct {
	Keying
	*sealer
}

func newKeyed(t *testing.T) *keyed {
	t.Helper()
	key, err := sdes.NewKey("AES_CM_128_HMAC_SHA1_80", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyed{Keying: Keying{Suite: "AES_CM_128_HMAC_SHA1_80", Key: key}}
	checked, err := k.Keying.check()
	if err != nil {
		t.Fatal(err)
	}
	if k.sealer, err = newSealer(*checked, nil); err != nil {
		t.Fatal(err)
	}
	return k
}

// packet returns the next packet of the stream: RTP, sealed unless k is nil.
func (k *keyed) packet(t *testing.T, sequence uint16) []byte {
	t.Helper()
	raw := append([]byte{0x80, 0, byte(sequence >> 8), byte(sequence), 0, 0, 0, 160, 0, 0, 0, 7}, make([]byte, 160)...)
	for i := range 160 {
		raw[12+i] = 0xff // silence in G.711
	}
	if k == nil {
		return raw
	}
	sealed, err := k.rtp(raw)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// send sends a packet to a port of the endpoint's.
func send(t *testing.T, from *net.UDPConn, to uint16, packet []byte) {
	t.Helper()
	if _, err := from.WriteToUDPAddrPort(packet, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to)); err != nil {
		t.Fatal(err)
	}
}

// comes sends a packet of the device's to a port of the endpoint's, and waits until it is judged.
func comes(t *testing.T, log *observation.Log, from *net.UDPConn, to uint16, packet []byte) {
	t.Helper()
	before := len(log.Events())
	send(t, from, to, packet)
	testkit.AwaitFrom(t, log, before, observation.Media, func(e observation.Event) bool {
		return e.Dir == observation.In && e.Media.Remote == localAddr(from)
	})
}

// goesTo waits until media goes to an address.
func goesTo(t *testing.T, log *observation.Log, to *net.UDPConn) {
	t.Helper()
	testkit.AwaitFrom(t, log, len(log.Events()), observation.Media, func(e observation.Event) bool {
		return e.Dir == observation.Out && e.Media.Remote == localAddr(to)
	})
}

// TestLatch: nothing goes to the address inside that the device describes. Media goes to where the device's first packet
// came from, and nothing that comes after that moves it, until the device describes another address.
func TestLatch(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{true, false} {
		name := "in clear"
		if secure {
			name = "secure"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var keys *keyed
			session := Session{Remote: inside}
			if secure {
				keys = newKeyed(t)
				session.Receive, session.Send = &keys.Keying, &newKeyed(t).Keying
			}
			e, log := behindNAT(t)
			start(t, e, session)
			waits := testkit.Await(t, log, observation.Note, nil)
			if !strings.Contains(waits.Text, "asks for media at 10.0.0.7:40000: nothing is sent before") {
				t.Errorf("the log says %q", waits.Text)
			}
			stranger, device, rebound := mapping(t, "127.1.8.9"), mapping(t, "127.1.8.2"), mapping(t, "127.1.8.2")
			send(t, stranger, e.Port(), keys.packet(t, 1)) // which it may have overheard
			testkit.Await(t, log, observation.Stranger, nil)
			if secure { // who is behind the same NAT has no keys
				comes(t, log, rebound, e.Port(), (*keyed)(nil).packet(t, 1))
				comes(t, log, rebound, e.Port(), newKeyed(t).packet(t, 1))
			}
			if to := sent(log); len(to) > 0 {
				t.Fatalf("media went to %v before the device's own came", to)
			}
			comes(t, log, device, e.Port(), keys.packet(t, 2))
			goesTo(t, log, device)
			comes(t, log, rebound, e.Port(), keys.packet(t, 3))
			send(t, stranger, e.Port(), keys.packet(t, 4))
			goesTo(t, log, device)

			// It describes another address: media still goes to the old mapping until the new one shows.
			session.Remote = netip.MustParseAddrPort("10.0.0.7:50000")
			if err := e.Update(session); err != nil {
				t.Fatal(err)
			}
			comes(t, log, device, e.Port(), keys.packet(t, 5)) // it was on its way
			goesTo(t, log, device)
			comes(t, log, rebound, e.Port(), keys.packet(t, 6))
			goesTo(t, log, rebound)
			comes(t, log, device, e.Port(), keys.packet(t, 7))
			goesTo(t, log, rebound)
			e.Stop()
			want := []netip.AddrPort{localAddr(device), localAddr(rebound)}
			if to := sent(log); !slices.Equal(to, want) {
				t.Errorf("media went to %v, want %v alone", to, want)
			}
			for _, e := range log.Events() {
				if e.Kind == observation.MediaWithheld {
					t.Errorf("the log has %s", e.Text)
				}
			}
		})
	}
}

// TestLatchUnderNewKeys: once new keys are agreed with another address, a packet under the old ones shows nothing: it may
// have been recorded.
func TestLatchUnderNewKeys(t *testing.T) {
	t.Parallel()
	before, after := newKeyed(t), newKeyed(t)
	e, log := behindNAT(t)
	session := Session{Remote: inside, Receive: &before.Keying}
	start(t, e, session)
	device, elsewhere := mapping(t, "127.1.8.2"), mapping(t, "127.1.8.2")
	comes(t, log, device, e.Port(), before.packet(t, 1))
	session.Remote, session.Receive = netip.MustParseAddrPort("10.0.0.7:50000"), &after.Keying
	if err := e.Update(session); err != nil {
		t.Fatal(err)
	}
	comes(t, log, elsewhere, e.Port(), before.packet(t, 2))
	goesTo(t, log, device)
	comes(t, log, elsewhere, e.Port(), after.packet(t, 3))
	goesTo(t, log, elsewhere)
	e.Stop()
	if to := sent(log); len(to) != 2 {
		t.Errorf("media went to %v", to)
	}
}

// TestLatchOfRTCP: RTCP goes to where the device's RTCP came from, or with RTP if both share a port.
func TestLatchOfRTCP(t *testing.T) {
	t.Parallel()
	e, log := behindNAT(t)
	start(t, e, Session{Remote: inside})
	rtp, rtcp := mapping(t, "127.1.8.2"), mapping(t, "127.1.8.2")
	_, port := e.Ports()
	send(t, rtp, e.Port(), (*keyed)(nil).packet(t, 1))
	goesTo(t, log, rtp)
	send(t, rtcp, port, []byte{0x80, receiverReport, 0, 1, 0, 0, 0, 7})
	report := func(e observation.Event) bool {
		return e.Dir == observation.Out && e.Media.Class == observation.ClearRTCP
	}
	if e := testkit.Await(t, log, observation.Media, report); e.Media.Remote != localAddr(rtcp) {
		t.Errorf("RTCP goes to %s, want %s", e.Media.Remote, localAddr(rtcp))
	}
	from := len(log.Events())
	if err := e.Update(Session{Remote: inside, RemoteRTCP: inside}); err != nil {
		t.Fatal(err)
	}
	testkit.AwaitFrom(t, log, from, observation.Media, func(e observation.Event) bool { return report(e) && e.Media.Remote == localAddr(rtp) })
}

// TestLatchAfterMove: from another pair of ports nothing is sent before the device has sent there, since its NAT may
// have another mapping for it.
func TestLatchAfterMove(t *testing.T) {
	t.Parallel()
	e, log := behindNAT(t)
	start(t, e, Session{Remote: inside})
	one, other := mapping(t, "127.1.8.2"), mapping(t, "127.1.8.2")
	send(t, one, e.Port(), (*keyed)(nil).packet(t, 1))
	goesTo(t, log, one)
	if err := e.Move(); err != nil {
		t.Fatal(err)
	}
	if err := e.Update(Session{Remote: inside}); err != nil {
		t.Fatal(err)
	}
	send(t, other, e.Port(), (*keyed)(nil).packet(t, 2))
	goesTo(t, log, other)
	for _, out := range log.Events() {
		if out.Kind == observation.Media && out.Dir == observation.Out && out.Media.Local == e.Addr() && out.Media.Remote != localAddr(other) {
			t.Errorf("from the new port, media goes to %s", out.Media.Remote)
		}
	}
}

// TestLatchOfEarlyMedia: what came before the answer shows where the device is as well.
func TestLatchOfEarlyMedia(t *testing.T) {
	t.Parallel()
	e, log := behindNAT(t)
	device := mapping(t, "127.1.8.2")
	e.receiver.take(datagram{bytes: (*keyed)(nil).packet(t, 1), local: e.Addr(), remote: localAddr(device)})
	start(t, e, Session{Remote: inside})
	goesTo(t, log, device)
}

// TestLatchWithoutKnownDevice: of a device that is known by its signalling alone, what comes from elsewhere shows nothing.
func TestLatchWithoutKnownDevice(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	l := newLatch(Config{Log: log, Gate: peers.NewGate(peers.Peers{Latch: true}, log), Signalling: netip.MustParseAddr("192.0.2.7")})
	local := netip.MustParseAddrPort("192.0.2.1:40000")
	l.describe(inside, local)
	for _, c := range []struct{ from, want string }{
		{"192.0.2.8:5000", ""}, {"192.0.2.7:5000", "192.0.2.7:5000"}, {"192.0.2.7:6000", "192.0.2.7:5000"}, {"192.0.2.8:5000", "192.0.2.7:5000"},
	} {
		l.hear(datagram{local: local, remote: netip.MustParseAddrPort(c.from)}, &observation.MediaInfo{Class: observation.ClearRTP}, true)
		want, _ := netip.ParseAddrPort(c.want)
		if got := l.target(local, kindRTP); got != want {
			t.Errorf("after a packet from %s, media goes to %s, want %q", c.from, got, c.want)
		}
	}
}
