package sipagent

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// closes fails the test unless Close returns long before the 32 s of a transaction.
func closes(t *testing.T, m mock) {
	t.Helper()
	testkit.ReturnsWithin(t, 8*time.Second, "Close", func() { m.Close() })
	// Whoever ended a transaction first may still be at it, such as the reader of a link that the peer has closed meanwhile.
	for limit := time.Now().Add(testkit.Patience); m.transactions() != 0 && time.Now().Before(limit); {
		runtime.Gosched()
	}
	if m.transactions() != 0 || len(m.links) != 0 {
		t.Errorf("%d transactions and %d links are left", m.transactions(), len(m.links))
	}
}

// TestCloseWithOpenTransactions has a transaction in every state that can last.
func TestCloseWithOpenTransactions(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		for name, open := range map[string]func(t *testing.T, m mock, d *testkit.Device, link *Link){
			"our INVITE is not answered": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				do(t.Context(), m, link, outgoing(protocol, "INVITE"))
				d.Expect(0, "INVITE")
			},
			"our INVITE rings": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				do(t.Context(), m, link, outgoing(protocol, "INVITE"))
				d.Send(testkit.Reply(d.Expect(0, "INVITE"), 180))
				rung(t, m)
			},
			"our INVITE was refused": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				done := do(t.Context(), m, link, outgoing(protocol, "INVITE"))
				d.Send(testkit.Reply(d.Expect(0, "INVITE"), 486))
				<-done
			},
			"our INVITE is being cancelled": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				ctx, cancel := context.WithCancel(t.Context())
				do(ctx, m, link, outgoing(protocol, "INVITE"))
				d.Send(testkit.Reply(d.Expect(0, "INVITE"), 180))
				rung(t, m)
				cancel()
				d.Expect(0, "CANCEL")
			},
			"their INVITE is answered and not acknowledged": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				d.Send(testkit.Compose(protocol, "INVITE", "Subject: accept"))
				d.Expect(200, "INVITE")
			},
			"their INVITE is refused and not acknowledged": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				d.Send(testkit.Compose(protocol, "INVITE", "Subject: refuse"))
				d.Expect(486, "INVITE")
			},
			"their INVITE waits": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				d.Send(testkit.Compose(protocol, "INVITE", "Subject: wait"))
				d.Expect(100, "INVITE")
			},
			"their message is half here": func(t *testing.T, m mock, d *testkit.Device, link *Link) {
				d.Send(testkit.Compose(protocol, "INVITE")[:100])
			},
		} {
			t.Run(protocol+"/"+name, func(t *testing.T) {
				t.Parallel()
				m := start(t, Config{Handle: func(ctx context.Context, t *Transaction) {
					switch t.Request.Get("Subject") {
					case "accept":
						t.Respond(200, "OK", nil)
						t.Insist(make(chan struct{}), func() {})
					case "refuse":
						t.Respond(486, "Busy Here", nil)
					case "wait":
						t.Later(func() { <-ctx.Done() })
					default:
						t.Respond(200, "OK", nil)
					}
				}})
				d, link := called(t, m, protocol)
				open(t, m, d, link)
				closes(t, m)
			})
		}
	}
}

// TestCloseDuringHandshakes has a TLS handshake under way in both directions.
func TestCloseDuringHandshakes(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	waiting, err := net.Dial("tcp", m.at[observation.TLS].String())
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	mute, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(testkit.Loopback))
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	dialed := make(chan error, 1)
	go func() {
		_, err := m.Dial(context.Background(), observation.TLS, mute.Addr().(*net.TCPAddr).AddrPort(),
			tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12})
		dialed <- err
	}()
	for opened := 0; opened < 2; {
		testkit.Await(t, m.log, observation.TransportOpen, func(observation.Event) bool { opened++; return opened == 2 })
	}
	closes(t, m)
	if err := <-dialed; err == nil {
		t.Error("Dial succeeded")
	}
}

// TestClosed checks that a closed agent fails every call.
func TestClosed(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d, link := called(t, m, observation.TCP)
	closes(t, m)
	if err := m.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	_, listen := m.ListenUDP(testkit.Loopback)
	_, watch := m.Watch(testkit.Loopback, "late")
	_, accept := m.ListenTCP(testkit.Loopback)
	_, dial := m.Dial(t.Context(), observation.TCP, testkit.Loopback, tlspeer.Rules{})
	_, request := m.Do(t.Context(), link, outgoing(observation.TCP, "OPTIONS"))
	for name, err := range map[string]error{"ListenUDP": listen, "Watch": watch, "ListenTCP": accept, "Dial": dial, "Do": request,
		"Send": m.Send(link, outgoing(observation.TCP, "ACK")), "Write": link.Write([]byte("x"))} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if link.Alive() {
		t.Error("the link is alive")
	}
	if _, err := d.Next(); err == nil {
		t.Error("the connection is open")
	}
}

// TestCloseFromEverywhere closes links from handlers, from callbacks, from both sides and from several goroutines at
// once: none may wait for itself.
func TestCloseFromEverywhere(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			var closed atomic.Int32
			m := start(t, Config{
				Closed: func(l *Link) { l.Close(); closed.Add(1) },
				Handle: func(_ context.Context, t *Transaction) {
					t.Respond(200, "OK", nil)
					t.Link.Close()
					t.Link.Close()
				},
			})
			var talking sync.WaitGroup
			for range 20 {
				talking.Go(func() {
					conn, err := dial(m, protocol)
					if err != nil {
						return // disconnected during the handshake
					}
					defer conn.Close()
					conn.SetDeadline(time.Now().Add(testkit.Patience))
					conn.Write([]byte(testkit.Compose(protocol, "INVITE") + "\r\n\r\n"))
					conn.Read(make([]byte, 100))
				})
				talking.Go(m.Disconnect)
			}
			talking.Wait()
			closes(t, m)
			opened := count(m.log, observation.TransportOpen, "")
			if ended := int(closed.Load()); ended != opened {
				t.Errorf("%d links were opened, %d have ended", opened, ended)
			}
		})
	}
}

// TestHello has Hello close a connection.
func TestHello(t *testing.T) {
	t.Parallel()
	m := start(t, Config{Hello: func(l *Link) error {
		if l.Protocol == observation.TLS && l.TLS.Version < tlspeer.TLS13 {
			return errors.New("too old")
		}
		return nil
	}})
	d := connect(t, m, observation.TLS)
	d.Send(testkit.Compose(observation.TLS, "OPTIONS"))
	d.Expect(200, "OPTIONS")
	link, err := m.Dial(t.Context(), observation.TLS, m.at[observation.TLS],
		tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12})
	if err == nil || link != nil {
		t.Error("the connection stays")
	}
	testkit.Await(t, m.log, observation.TransportClose, func(e observation.Event) bool { return e.Text == "too old" })
}
