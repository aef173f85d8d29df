package sipagent

import (
	"context"
	"net/netip"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestReleased: nothing holds an agent or its log once it is closed, though calls in both directions have just been taken,
// whose machines have timers that go on for 32 s.
func TestReleased(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			agent, log := used(t, protocol)
			for end := time.Now().Add(20 * time.Second); agent.Value() != nil || log.Value() != nil; runtime.GC() {
				if time.Now().After(end) {
					t.Fatalf("held: the agent %t, its log %t", agent.Value() != nil, log.Value() != nil)
				}
			}
		})
	}
}

// used has a device call an agent, and the agent the device, and closes it.
func used(t *testing.T, protocol string) (weak.Pointer[Agent], weak.Pointer[observation.Log]) {
	log := observation.NewLog()
	a, err := New(Config{Log: log, Handle: func(_ context.Context, t *Transaction) {
		if t.Request.Method == "INVITE" && t.Respond(200, "OK", nil) == nil {
			t.Insist(make(chan struct{}), func() {})
		} else {
			t.Respond(200, "OK", nil)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	m := mock{Agent: a, log: log, at: make(map[string]netip.AddrPort)}
	switch protocol {
	case observation.UDP:
		m.at[protocol], err = a.ListenUDP(testkit.Loopback)
	case observation.TCP:
		m.at[protocol], err = a.ListenTCP(testkit.Loopback)
	default:
		m.at[protocol], err = a.ListenTLS(testkit.Loopback, serverRules)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, link := called(t, m, protocol)
	defer d.Conn.Close()
	d.Send(testkit.Compose(protocol, "INVITE"))
	d.Expect(200, "INVITE")
	for _, method := range []string{"INVITE", "OPTIONS"} {
		done := make(chan error, 1)
		go func() {
			_, err := a.Do(context.Background(), link, outgoing(protocol, method))
			done <- err
		}()
		request := d.Expect(0, method)
		d.Send(d.Reply(request, 200))
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	return weak.Make(a), weak.Make(log)
}
