package sipagent

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// inBubble runs a test with an agent in virtual time.
func inBubble(t *testing.T, c Config, test func(*testing.T, mock)) {
	t.Parallel()
	certificate() // outside the bubble, because it is shared
	synctest.Test(t, func(t *testing.T) {
		test(t, create(t, c))
	})
}

// TestSlowHandshake checks that a TLS handshake is given up after handshakeLimit.
func TestSlowHandshake(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		begun := time.Now()
		d := attach(t, m.Agent, observation.TLS, serverRules)
		go d.Conn.Write([]byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01}) // of a ClientHello
		io.Copy(io.Discard, d.Conn)
		if took := time.Since(begun); took != handshakeLimit {
			t.Errorf("given up after %v", took)
		}
		if e := testkit.Await(t, m.log, observation.TransportClose, nil); e.Transport.Cause != "timeout" {
			t.Errorf("closed for %s: %s", e.Transport.Cause, e.Text)
		}
	})
}

// TestSlowMessage checks that a message which arrives too slowly is given up after messageLimit, and that a
// connection may be silent between messages.
func TestSlowMessage(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		d := attach(t, m.Agent, observation.TCP, nil)
		for range 3 {
			<-time.After(24 * time.Hour)
			d.Send(testkit.Compose(observation.TCP, "OPTIONS"))
			d.Expect(200, "OPTIONS")
		}
		begun := time.Now()
		go func() {
			for _, b := range []byte(testkit.Compose(observation.TCP, "OPTIONS")) {
				if _, err := d.Conn.Write([]byte{b}); err != nil {
					return
				}
				<-time.After(time.Second)
			}
		}()
		if got, err := d.Next(); err == nil {
			t.Fatalf("got %q", testkit.FirstLine(got))
		}
		if took := time.Since(begun); took != messageLimit {
			t.Errorf("given up after %v", took)
		}
		if e := testkit.Await(t, m.log, observation.TransportClose, nil); e.Transport.Cause != "timeout" {
			t.Errorf("closed for %s: %s", e.Transport.Cause, e.Text)
		}
		synctest.Wait()
		d.Conn.Close()
		<-time.After(time.Second)
	})
}

// TestUnreadAnswers checks that answers to a device that does not read are given up after writeLimit, and delay no
// other device.
func TestUnreadAnswers(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		deaf, other := attach(t, m.Agent, observation.TCP, nil), attach(t, m.Agent, observation.TCP, nil)
		begun := time.Now()
		deaf.Send(testkit.Compose(observation.TCP, "OPTIONS"))
		synctest.Wait() // an answer is on its way
		other.Send(testkit.Compose(observation.TCP, "OPTIONS"))
		other.Expect(200, "OPTIONS")
		testkit.Await(t, m.log, observation.TransportClose, nil)
		if took := time.Since(begun); took != writeLimit {
			t.Errorf("given up after %v", took)
		}
	})
}

// TestInsist checks that a 2xx is repeated at the intervals of RFC 3261 §13.3.1.4 until its ACK comes or its time is
// over.
func TestInsist(t *testing.T) {
	for name, c := range map[string]struct {
		acknowledged int // which 2xx is; 0 for none
		want         []time.Duration
	}{
		"never":     {0, []time.Duration{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}},
		"the third": {3, []time.Duration{0, 500, 1500}},
	} {
		t.Run(name, func(t *testing.T) {
			var acknowledged chan struct{}
			var lost chan time.Time
			handle := func(_ context.Context, t *Transaction) {
				if t.Request.Method == "ACK" {
					close(acknowledged)
				} else if t.Respond(200, "OK", nil) == nil {
					t.Insist(acknowledged, func() { lost <- time.Now() })
				}
			}
			inBubble(t, Config{Handle: handle}, func(t *testing.T, m mock) {
				acknowledged, lost = make(chan struct{}), make(chan time.Time, 1)
				d := attach(t, m.Agent, observation.TCP, nil)
				begun := time.Now()
				d.Send(testkit.Compose(observation.TCP, "INVITE"))
				var at []time.Duration
				for {
					d.Conn.SetReadDeadline(time.Now().Add(10 * time.Second))
					if _, err := d.Next(); err != nil {
						break
					}
					if at = append(at, time.Since(begun)/time.Millisecond); len(at) == c.acknowledged {
						d.Send(testkit.Compose(observation.TCP, "ACK"))
					}
				}
				if fmt.Sprint(at) != fmt.Sprint(c.want) {
					t.Errorf("sent at %v, want %v", at, c.want)
				}
				select {
				case given := <-lost:
					if c.acknowledged > 0 || given.Sub(begun) != 32*time.Second {
						t.Errorf("given up after %v", given.Sub(begun))
					}
				default:
					if c.acknowledged == 0 {
						t.Error("nobody was told")
					}
				}
			})
		})
	}
}

// TestAcknowledged checks that of a call nothing is remembered once its 2xx is acknowledged, over a connection: thousands of
// calls within the 32 s of Timer L are no flood.
func TestAcknowledged(t *testing.T) {
	t.Parallel()
	var acknowledged sync.Map // from a Call-ID to a channel
	handle := func(_ context.Context, t *Transaction) {
		if t.Request.Method == "ACK" {
			done, _ := acknowledged.Load(t.Request.CallID())
			close(done.(chan struct{}))
			return
		}
		done := make(chan struct{})
		acknowledged.Store(t.Request.CallID(), done)
		if t.Respond(200, "OK", nil) == nil {
			t.Insist(done, func() {})
		}
	}
	m := start(t, Config{Handle: handle})
	d := connect(t, m, observation.TCP)
	padding := "Subject: " + strings.Repeat("x", 1000)
	for n := range 2 * maxTransactionBytes / len(padding) {
		branch := fmt.Sprintf("z9hG4bK%d", n)
		d.Send(testkit.ComposeIn(branch, observation.TCP, "INVITE", padding))
		if got, err := d.Next(); err != nil || got.Status != 200 {
			t.Fatalf("call %d: %v, %v", n, testkit.FirstLine(got), err)
		}
		d.Send(testkit.ComposeIn(branch, observation.TCP, "ACK"))
	}
	for deadline := time.Now().Add(testkit.Patience); ; runtime.Gosched() {
		m.mu.Lock()
		open, bytes := len(m.servers), m.remembered
		m.mu.Unlock()
		if open == 0 && bytes == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d transactions with %d bytes are remembered", open, bytes)
		}
	}
}

// TestGarbageInsteadOfTLS checks that the next device is served.
func TestGarbageInsteadOfTLS(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	for _, garbage := range []string{testkit.Compose(observation.TLS, "OPTIONS"), "\x16\x03\x03\xff\xff\x01",
		strings.Repeat("\x00", 100_000)} {
		raw, err := net.Dial("tcp", m.at[observation.TLS].String())
		if err != nil {
			t.Fatal(err)
		}
		raw.Write([]byte(garbage))
		raw.(*net.TCPConn).CloseWrite()
		raw.SetDeadline(time.Now().Add(testkit.Patience))
		io.Copy(io.Discard, raw)
		raw.Close()
	}
	d := connect(t, m, observation.TLS)
	d.Send(testkit.Compose(observation.TLS, "OPTIONS"))
	d.Expect(200, "OPTIONS")
}

// TestManyPeers checks that a UDP socket remembers up to maxPeers peers, and forgets the one that was heard least
// recently.
func TestManyPeers(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d := connect(t, m, observation.UDP)
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Expect(200, "OPTIONS")
	socket := m.closers[0].(*datagrams)
	first := socket.peer(d.Conn.LocalAddr().(*net.UDPAddr).AddrPort())
	var second *Link
	for i := range 3 * maxPeers {
		l := socket.peer(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 5060))
		if i == 0 {
			second = l
		}
		if i%100 == 0 { // a sign of life of the first
			socket.peer(first.Remote)
		}
	}
	if n := len(socket.peers); n != maxPeers || socket.recent.Len() != n {
		t.Errorf("%d peers are known, %d are in order", n, socket.recent.Len())
	}
	if !first.Alive() {
		t.Error("the peer that is heard was forgotten")
	}
	if second.Alive() {
		t.Error("the peer that is not heard is known")
	}
	if err := second.Write([]byte("x")); err == nil {
		t.Error("a forgotten link was written to")
	}
	if l := socket.peer(second.Remote); l == second || !l.Alive() {
		t.Error("the peer that is back is not a new link")
	}
}

// TestTooManyTransactions checks that requests are refused when there are too many transactions, or too long ones.
func TestTooManyTransactions(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	m.mu.Lock()
	idle := &Transaction{Link: new(Link)}
	for i := range maxTransactions {
		m.servers[fmt.Sprint(i)] = idle
	}
	m.mu.Unlock()
	d := connect(t, m, observation.UDP)
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Expect(503, "OPTIONS")
	m.mu.Lock()
	clear(m.servers)
	remembered := m.remembered
	m.remembered = maxTransactionBytes - 100 // less than a request has
	m.mu.Unlock()
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Expect(503, "OPTIONS")
	m.mu.Lock()
	m.remembered = remembered
	m.mu.Unlock()
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Expect(200, "OPTIONS")
}

// FuzzStream sends any bytes over a connection, in two pieces, and checks that no handler panics.
func FuzzStream(f *testing.F) {
	for _, fault := range faults {
		f.Add([]byte(fault.raw("TCP")), 10)
	}
	f.Add([]byte("\r\n\r\n"+testkit.Compose("TCP", "INVITE")+testkit.Compose("TCP", "CANCEL")+testkit.Compose("TCP", "ACK")), 400)
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"), 3)
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		a, err := New(Config{Log: observation.NewLog(), Handle: answer200, Unmatched: func(*Link, *sipwire.Message) {}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		d := attach(t, a, observation.TCP, nil)
		go io.Copy(io.Discard, d.Conn)
		d.Conn.SetDeadline(time.Now().Add(testkit.Patience))
		if cut < 0 || cut > len(raw) {
			cut = len(raw) / 2
		}
		d.Conn.Write(raw[:cut])
		d.Conn.Write(raw[cut:])
		d.Conn.Close()
		for _, e := range a.config.Log.Events() {
			if e.Kind == observation.Unexpected {
				t.Fatal(e.Text)
			}
		}
	})
}

// FuzzDatagram takes any datagram.
func FuzzDatagram(f *testing.F) {
	for _, fault := range faults {
		f.Add([]byte(fault.raw("UDP")))
	}
	a, err := New(Config{Log: observation.NewLog(), Handle: answer200, Unmatched: func(*Link, *sipwire.Message) {}})
	testkit.Started(f, a, err)
	if _, err := a.ListenUDP(testkit.Loopback); err != nil {
		f.Fatal(err)
	}
	socket := a.closers[0].(*datagrams)
	peer := socket.peer(netip.AddrPortFrom(testkit.Loopback.Addr(), 9))
	f.Fuzz(func(t *testing.T, raw []byte) { socket.take(peer, raw) })
}

// BenchmarkIdleConnection measures the memory of an idle connection.
func BenchmarkIdleConnection(b *testing.B) {
	for _, protocol := range []string{observation.TCP, observation.TLS} {
		b.Run(protocol, func(b *testing.B) {
			m := start(b, Config{})
			const connections = 200
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				goroutines := runtime.NumGoroutine()
				for range connections {
					d := connect(b, m, protocol)
					d.Send(testkit.Compose(protocol, "OPTIONS"))
					d.Expect(200, "OPTIONS")
				}
				goroutines = runtime.NumGoroutine() - goroutines
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/connections/1024, "KiB/connection")
				b.ReportMetric(float64(goroutines)/connections, "goroutines/connection")
				m.Disconnect()
			}
		})
	}
}
