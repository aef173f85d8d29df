package sipagent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestNewNeedsLogAndHandler(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {Log: observation.NewLog()}, {Handle: answer200}} {
		if _, err := New(c); err == nil {
			t.Errorf("New(%+v) succeeded", c)
		}
	}
}

// TestAnswer checks that a response has the header fields that §8.2.6.2 copies, as they were written, and the source
// of the request.
func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
				t.RespondTagged(200, "Fine", "chosen", []byte("v=0\r\n"), sipwire.Header{Name: "Content-Type", Value: "application/sdp"})
			}})
			d := connect(t, m, protocol)
			from := `"Alice \"A\""   <sip:alice@vendor.test;x=y> ; tag = 1`
			request := testkit.Compose(protocol, "INVITE", "From: "+from, "Record-Route: <sip:a;lr>, <sip:b;lr>", "Subject: a\r\n folded one")
			d.Send(request)
			got := d.Expect(200, "INVITE")
			sent, _ := sipwire.Parse([]byte(request))
			for _, name := range []string{"From", "Call-ID", "CSeq", "Record-Route"} {
				if got.Get(name) != sent.Get(name) {
					t.Errorf("%s: got %q, want %q", name, got.Get(name), sent.Get(name))
				}
			}
			if got.ToTag() != "chosen" || got.Reason != "Fine" || string(got.Body) != "v=0\r\n" {
				t.Errorf("got %s", got.Raw)
			}
			via, _ := got.TopVia()
			local := d.Conn.LocalAddr().(interface{ String() string }).String()
			if at := via.Params.Get("received") + ":" + via.Params.Get("rport"); at != local {
				t.Errorf("Via says %s, the device is %s", at, local)
			}
			if d := got.Defects(); len(d) > 0 {
				t.Errorf("defects %v", d)
			}
		})
	}
}

// TestACKFirst checks that an ACK has been handled when the request that follows it is: whoever sends one after the other
// over a link may count on that.
func TestACKFirst(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			var acks atomic.Int32
			m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
				if t.Request.Method == "ACK" {
					runtime.Gosched() // a handler that is not the only one to run
					acks.Add(1)
					return
				}
				t.Respond(200, strconv.Itoa(int(acks.Load())), nil)
			}})
			d := connect(t, m, protocol)
			for n := 1; n <= 100; n++ {
				d.Send(testkit.Compose(protocol, "ACK"))
				d.Send(testkit.ComposeIn(fmt.Sprintf("z9hG4bK%d", n), protocol, "OPTIONS"))
				if got := d.Expect(200, "OPTIONS"); got.Reason != strconv.Itoa(n) {
					t.Fatalf("after %d ACKs a request finds %s handled", n, got.Reason)
				}
			}
		})
	}
}

// TestViaEcho checks that Via comes back byte for byte (RFC 3261 §8.2.6.2) but for the source, in answers of a handler
// and of the agent's own, and that the log notes what is odd about it.
func TestViaEcho(t *testing.T) {
	t.Parallel()
	m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
		if t.Request.Method == "INVITE" {
			t.Respond(180, "Ringing", nil)
		}
		t.Respond(200, "OK", nil)
	}})
	d := connect(t, m, observation.TLS)
	source := d.Conn.LocalAddr().(*net.TCPAddr)
	const others = ` , SIP / 2.0 / UDP  first.example ; branch="z9hG4bK=,1" ;x`
	for i, via := range []string{
		"SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK+/abc=%d;rport%s;alias%s",
		"SIP/2.0/TLS  10.0.0.1 :5061 ; branch=z9hG4bKspaced%d ;rport%s ; oc-algo=\"loss;A\"%s",
	} {
		for j, parts := range [][]string{{"OPTIONS"}, {"INVITE"}, {"OPTIONS", "From: <broken"}} {
			sent := fmt.Sprintf(via, 3*i+j, "", "") + others
			want := fmt.Sprintf(via, 3*i+j, fmt.Sprintf("=%d", source.Port), ";received="+source.IP.String()) + others
			d.Send(testkit.Compose(observation.TLS, parts[0], append([]string{"Via: " + sent}, parts[1:]...)...))
			for {
				got, err := d.Next()
				if err != nil {
					t.Fatal(err)
				}
				if got.Get("Via") != want {
					t.Errorf("%q came back as\n%q in a %d, want\n%q", sent, got.Get("Via"), got.Status, want)
				}
				if got.Status >= 200 {
					break
				}
			}
		}
	}
	testkit.Await(t, m.log, observation.Note, func(e observation.Event) bool {
		return strings.Contains(e.Text, `branch: "z9hG4bK+/abc=0" is not a token`)
	})
}

// TestReplyPort sends a request that does not ask for rport: the answer goes to the port in Via, RFC 3261 §18.2.2.
func TestReplyPort(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	elsewhere, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(testkit.Loopback))
	if err != nil {
		t.Fatal(err)
	}
	d := connect(t, m, observation.UDP)
	answered := testkit.NewDevice(t, elsewhere, observation.UDP)
	via := fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bKport", elsewhere.LocalAddr())
	d.Send(testkit.Compose(observation.UDP, "OPTIONS", via))
	answered.Expect(200, "OPTIONS")
	d.Send(testkit.Compose(observation.UDP, "OPTIONS", via+"2", "Call-ID:"))
	answered.Expect(400, "OPTIONS")
}

// TestRetransmission repeats a request: it is handled once and answered each time. A request that only looks similar
// is handled too.
func TestRetransmission(t *testing.T) {
	t.Parallel()
	var handled atomic.Int32
	m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
		handled.Add(1)
		t.Respond(404, "Not Found", nil)
	}})
	d := connect(t, m, observation.UDP)
	for _, request := range []string{
		testkit.Compose(observation.UDP, "OPTIONS"),
		testkit.ComposeIn("of-rfc-2543", observation.UDP, "OPTIONS"),
	} {
		handled.Store(0)
		d.Send(request)
		first := d.Expect(404, "OPTIONS")
		d.Send(request)
		if again := d.Expect(404, "OPTIONS"); string(again.Raw) != string(first.Raw) {
			t.Errorf("the second answer is another:\n%s\n%s", first.Raw, again.Raw)
		}
		if n := handled.Load(); n != 1 {
			t.Errorf("handled %d times", n)
		}
	}
	// The same branch over another connection is another transaction.
	handled.Store(0)
	for range 2 {
		d := connect(t, m, observation.TCP)
		d.Send(testkit.ComposeIn("z9hG4bKsame", observation.TCP, "OPTIONS"))
		d.Expect(404, "OPTIONS")
	}
	if n := handled.Load(); n != 2 {
		t.Errorf("two connections with one branch: handled %d times", n)
	}
}

// TestRefusedINVITE checks that a refusal is repeated over UDP until its ACK, and that the handler does not get this
// ACK.
func TestRefusedINVITE(t *testing.T) {
	t.Parallel()
	acks := make(chan *Transaction, 10)
	m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
		if t.Request.Method == "ACK" {
			acks <- t
			return
		}
		t.Respond(486, "Busy Here", nil)
	}})
	d := connect(t, m, observation.UDP)
	d.Send(testkit.ComposeIn("z9hG4bKbusy", observation.UDP, "INVITE"))
	first := d.Expect(486, "INVITE")
	d.Expect(486, "INVITE") // half a second later
	for range 3 {
		d.Send(testkit.ComposeIn("z9hG4bKbusy", observation.UDP, "ACK", "To: "+first.Get("To")))
	}
	d.Send(testkit.Compose(observation.UDP, "ACK"))
	stray := <-acks
	if len(acks) > 0 || stray.Request.CallID() == "z9hG4bKbusy" {
		t.Error("the handler was told of the ACK of a refusal")
	}
	if err := stray.Respond(200, "OK", nil); err == nil {
		t.Error("an ACK was answered")
	}
	d.Conn.SetReadDeadline(time.Now().Add(1200 * time.Millisecond)) // more than the next interval
	if again, err := d.Next(); err == nil {
		t.Errorf("after the ACK came %q", testkit.FirstLine(again))
	}
}

// TestTrying checks that a 100 is sent for an INVITE whose handler is slow.
func TestTrying(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	m := start(t, Config{Handle: func(ctx context.Context, t *Transaction) {
		t.Later(func() {
			<-release
			t.Respond(200, "OK", nil)
		})
	}})
	d := connect(t, m, observation.TCP)
	d.Send(testkit.Compose(observation.TCP, "INVITE"))
	trying := d.Expect(100, "INVITE")
	if trying.ToTag() != "" || trying.Get("From") == "" || len(trying.Defects()) > 0 {
		t.Errorf("got %s", trying.Raw)
	}
	close(release)
	d.Expect(200, "INVITE")
}

// TestCANCEL cancels a call that rings, one that is answered, and none.
func TestCANCEL(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			cancelled, late := make(chan struct{}), make(chan error, 1)
			m := start(t, Config{Handle: func(ctx context.Context, t *Transaction) {
				switch {
				case t.Request.Method != "INVITE":
				case strings.Contains(t.Request.CallID(), "rings"):
					t.Respond(180, "Ringing", nil)
					t.Later(func() {
						<-cancelled
						late <- t.Respond(200, "OK", nil)
					})
				default:
					t.Respond(200, "OK", nil)
				}
			}})
			d := connect(t, m, protocol)

			d.Send(testkit.ComposeIn("z9hG4bKrings", protocol, "INVITE"))
			ringing := d.Expect(180, "INVITE")
			d.Send(testkit.ComposeIn("z9hG4bKrings", protocol, "CANCEL"))
			ok := d.Expect(200, "CANCEL")
			gone := d.Expect(487, "INVITE")
			if ringing.ToTag() == "" || ok.ToTag() != ringing.ToTag() || gone.ToTag() != ringing.ToTag() {
				t.Errorf("To tags differ: %q, %q, %q", ringing.ToTag(), ok.ToTag(), gone.ToTag())
			}
			close(cancelled)
			if err := <-late; !errors.Is(err, ErrAnswered) {
				t.Errorf("the late 200: %v", err)
			}
			d.Send(testkit.ComposeIn("z9hG4bKrings", protocol, "ACK"))

			d.Send(testkit.ComposeIn("z9hG4bKanswered", protocol, "INVITE"))
			d.Expect(200, "INVITE")
			d.Send(testkit.ComposeIn("z9hG4bKanswered", protocol, "CANCEL"))
			d.Expect(200, "CANCEL")

			d.Send(testkit.ComposeIn("z9hG4bKnone", protocol, "CANCEL"))
			d.Expect(481, "CANCEL")
		})
	}
}

// TestDeviceHangsUp checks that an answer that nobody would receive is an error for the handler.
func TestDeviceHangsUp(t *testing.T) {
	t.Parallel()
	gone, late := make(chan struct{}), make(chan error, 1)
	m := start(t, Config{
		Closed: func(*Link) { close(gone) },
		Handle: func(_ context.Context, t *Transaction) {
			t.Respond(180, "Ringing", nil)
			t.Later(func() {
				<-gone
				late <- t.Respond(200, "OK", nil)
			})
		},
	})
	d := connect(t, m, observation.TLS)
	d.Send(testkit.Compose(observation.TLS, "INVITE"))
	d.Expect(180, "INVITE")
	d.Conn.Close()
	if err := <-late; err == nil {
		t.Error("it was answered")
	}
}

// TestSilentHandler checks that nothing is answered if the handler does not answer.
func TestSilentHandler(t *testing.T) {
	t.Parallel()
	handled := make(chan struct{}, 1)
	m := start(t, Config{Handle: func(context.Context, *Transaction) { handled <- struct{}{} }})
	d := connect(t, m, observation.UDP)
	request := testkit.Compose(observation.UDP, "INVITE")
	d.Send(request)
	<-handled
	for m.transactions() > 0 {
		d.Conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		if got, err := d.Next(); err == nil {
			t.Fatalf("got %q", testkit.FirstLine(got))
		}
	}
}

func (a *Agent) transactions() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.servers) + len(a.clients)
}

func (a *Agent) requests() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.clients)
}

// TestPipelined sends requests in one segment, more than may wait at a time. All are served, and recorded and handled in wire
// order, whether or not their handlers wait after that.
func TestPipelined(t *testing.T) {
	t.Parallel()
	const requests = 300
	for name, waits := range map[string]bool{"answered at once": false, "waits": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handled []string // by the only goroutine that calls the handler
			m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
				handled = append(handled, t.Request.CallID())
				answer := func() { t.Respond(200, "OK", nil) }
				if waits {
					t.Later(answer)
				} else {
					answer()
				}
			}})
			d := connect(t, m, observation.TLS)
			var all strings.Builder
			var sent []string
			for i := range requests {
				sent = append(sent, fmt.Sprint(i))
				all.WriteString(testkit.Compose(observation.TLS, "INFO", "Call-ID: "+sent[i]))
			}
			go d.Conn.Write([]byte(all.String()))
			for i := range requests {
				if got := d.Expect(200, "INFO"); !waits && got.CallID() != sent[i] {
					t.Fatalf("answer %d is to %s", i, got.CallID())
				}
			}
			var recorded []string
			for _, e := range m.log.Events() {
				if e.Kind == observation.SIP && e.Dir == observation.In {
					got, _ := sipwire.Parse(e.Bytes)
					recorded = append(recorded, got.CallID())
				}
			}
			if m.Close(); !slices.Equal(recorded, sent) || !slices.Equal(handled, sent) {
				t.Errorf("recorded as %v, and handled as %v", recorded, handled)
			}
		})
	}
}
