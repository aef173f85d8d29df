package media

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestLinger checks that an endpoint which lingers sends nothing, cannot be started again, and logs what comes by the
// last keys.
func TestLinger(t *testing.T) {
	t.Parallel()
	mock, log := listenOn(t)
	phone, heard := listenOn(t)
	a, b := keying(t, gcm256, 1), keying(t, gcm256, 2)
	start(t, mock, Session{Remote: phone.Addr(), Send: a, Receive: b})
	start(t, phone, Session{Remote: mock.Addr(), Send: b, Receive: a})
	testkit.Await(t, heard, observation.Media, func(e observation.Event) bool { return e.Media.Class == observation.AuthenticRTP })
	if !mock.Linger() {
		t.Error("it was not started, it says")
	}
	if err := mock.Start(Session{Remote: phone.Addr()}); !errors.Is(err, ErrClosed) {
		t.Errorf("started again: %v", err)
	}
	if err := mock.Update(Session{Remote: phone.Addr()}); !errors.Is(err, ErrClosed) {
		t.Errorf("changed: %v", err)
	}
	testkit.AwaitFrom(t, log, len(log.Events()), observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.AuthenticRTP
	})
	if unused, _ := listenOn(t); unused.Linger() {
		t.Error("an endpoint that was never started lingers")
	}
}

// TestAside checks that RTCP is heard on a further port, which is opened once.
func TestAside(t *testing.T) {
	t.Parallel()
	e, log := listenOn(t)
	port, err := e.Aside()
	if again, _ := e.Aside(); err != nil || again != port {
		t.Fatalf("ports %d and %d, %v", port, again, err)
	}
	start(t, e, Session{})
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(e.Addr().Addr(), port)))
	testkit.Started(t, conn, err)
	if _, err := conn.Write([]byte{0x80, receiverReport, 0, 1, 1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	testkit.Await(t, log, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.ClearRTCP && e.Media.Local.Port() == port
	})
	e.Close()
	if _, err := e.Aside(); !errors.Is(err, ErrClosed) {
		t.Errorf("a port of a closed endpoint: %v", err)
	}
}
