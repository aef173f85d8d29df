package sipagent

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// called returns a device that the mock can send requests to, and the link to it.
func called(t *testing.T, m mock, protocol string) (*testkit.Device, *Link) {
	t.Helper()
	d := connect(t, m, protocol)
	d.Send(testkit.Compose(protocol, "OPTIONS"))
	d.Expect(200, "OPTIONS")
	local := d.Conn.LocalAddr().String()
	if protocol == observation.UDP {
		return d, m.closers[0].(*datagrams).peer(d.Conn.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for l := range m.links {
		if l.Remote.String() == local {
			return d, l
		}
	}
	t.Fatal("the device's connection is not known")
	return nil, nil
}

func outgoing(protocol, method string, headers ...string) *sipwire.Message {
	m, err := sipwire.Parse([]byte(testkit.Compose(protocol, method, headers...)))
	if err != nil {
		panic(err)
	}
	return m
}

type result struct {
	response *sipwire.Message
	err      error
}

// do runs Do in the background.
func do(ctx context.Context, m mock, l *Link, request *sipwire.Message) <-chan result {
	done := make(chan result, 1)
	go func() {
		response, err := m.Do(ctx, l, request)
		done <- result{response, err}
	}()
	return done
}

func TestDo(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{})
			d, link := called(t, m, protocol)
			request := outgoing(protocol, "MESSAGE", "X-Odd: spaces \t and, commas", "x-CASE: kept")
			done := do(t.Context(), m, link, request)
			got := d.Expect(0, "MESSAGE")
			if string(got.Raw) != string(request.Raw) {
				t.Errorf("sent as\n%s\ninstead of\n%s", got.Raw, request.Raw)
			}
			d.Send(testkit.Reply(got, 100))
			final := testkit.Reply(got, 202, "Reason-Of-Its-Own: yes")
			d.Send(final)
			if r := <-done; r.err != nil || string(r.response.Raw) != final {
				t.Errorf("got %v, %v", r.response, r.err)
			}
		})
	}
}

// TestInvite checks that provisional responses are handed over, each once and before the final one.
func TestInvite(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{})
			d, link := called(t, m, protocol)
			var early []string
			done := make(chan result, 1)
			go func() {
				response, err := m.Invite(t.Context(), link, outgoing(protocol, "INVITE"), func(r *sipwire.Message) {
					early = append(early, string(r.Raw))
				})
				done <- result{response, err}
			}()
			invite := d.Expect(0, "INVITE")
			want := []string{testkit.Reply(invite, 100), testkit.Reply(invite, 183, testkit.SRTP(testkit.Tag80)), testkit.Reply(invite, 180)}
			for _, text := range want {
				d.Send(text)
			}
			d.Send(testkit.Reply(invite, 200))
			if r := <-done; r.err != nil || r.response.Status != 200 || !slices.Equal(early, want) {
				t.Errorf("got %v, %v after %q", r.response, r.err, early)
			}
		})
	}
}

// TestDoRefused checks the ACK of a refused INVITE, RFC 3261 §17.1.1.3.
func TestDoRefused(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{})
			d, link := called(t, m, protocol)
			done := do(t.Context(), m, link, outgoing(protocol, "INVITE", "Route: <sip:a;lr>"))
			invite := d.Expect(0, "INVITE")
			d.Send(testkit.Reply(invite, 180))
			d.Send(testkit.Reply(invite, 486))
			ack := d.Expect(0, "ACK")
			if r := <-done; r.err != nil || r.response.Status != 486 {
				t.Errorf("got %v, %v", r.response, r.err)
			}
			for _, name := range []string{"Via", "From", "Call-ID", "Route"} {
				if ack.Get(name) != invite.Get(name) {
					t.Errorf("%s of the ACK is %q, of the INVITE %q", name, ack.Get(name), invite.Get(name))
				}
			}
			if ack.ToTag() != "device" || ack.Get("CSeq") != "1 ACK" || ack.RequestURI != invite.RequestURI || len(ack.Defects()) > 0 {
				t.Errorf("got %s", ack.Raw)
			}
			if protocol != observation.UDP && m.requests() != 0 {
				t.Errorf("%d requests are left", m.requests())
			}
		})
	}
}

// TestDoAnswered has a device close the connection with its answer: the answer counts, whichever of the two is
// noticed first.
func TestDoAnswered(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "BYE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{})
			for range 100 {
				d, link := called(t, m, observation.TCP)
				done := do(t.Context(), m, link, outgoing(observation.TCP, method))
				d.Send(testkit.Reply(d.Expect(0, method), 486))
				d.Conn.Close()
				if r := <-done; r.err != nil || r.response.Status != 486 {
					t.Fatalf("got %v, %v", r.response, r.err)
				}
			}
		})
	}
}

// TestDoEnds checks that Do returns when the connection, the context or the agent ends.
func TestDoEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(m mock, d *testkit.Device, cancel func())
		want error
	}{
		"device hangs up": {func(_ mock, d *testkit.Device, _ func()) { d.Conn.Close() }, net.ErrClosed},
		"link closed":     {func(m mock, _ *testkit.Device, _ func()) { m.Disconnect() }, net.ErrClosed},
		"agent closed":    {func(m mock, _ *testkit.Device, _ func()) { m.Close() }, net.ErrClosed},
		"context":         {func(_ mock, _ *testkit.Device, cancel func()) { cancel() }, context.Canceled},
	} {
		for _, method := range []string{"INVITE", "BYE"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				m := start(t, Config{})
				d, link := called(t, m, observation.TCP)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := do(ctx, m, link, outgoing(observation.TCP, method))
				d.Expect(0, method)
				c.end(m, d, cancel)
				if r := testkit.Receive(t, done, "the end of Do"); !errors.Is(r.err, c.want) {
					t.Errorf("got %v, %v; want %v", r.response, r.err, c.want)
				}
				if m.requests() != 0 {
					t.Errorf("%d requests are left", m.requests())
				}
				if name == "context" { // nothing has rung, so nothing may be cancelled, RFC 3261 §9.1
					go m.Do(t.Context(), link, outgoing(observation.TCP, "INFO"))
					d.Expect(0, "INFO")
				}
			})
		}
	}
}

// TestDoCancels ends the context of an INVITE that rings.
func TestDoCancels(t *testing.T) {
	t.Parallel()
	for _, protocol := range protocols {
		for name, c := range map[string]struct {
			answer func(d *testkit.Device, invite, cancel *sipwire.Message)
			status int
		}{
			"487": {func(d *testkit.Device, invite, cancel *sipwire.Message) {
				d.Send(testkit.Reply(cancel, 200))
				d.Send(testkit.Reply(invite, 487))
			}, 487},
			"487 first": {func(d *testkit.Device, invite, cancel *sipwire.Message) {
				d.Send(testkit.Reply(invite, 487))
				d.Send(testkit.Reply(cancel, 200))
			}, 487},
			"2xx was faster": {func(d *testkit.Device, invite, cancel *sipwire.Message) {
				d.Send(testkit.Reply(invite, 200))
				d.Send(testkit.Reply(cancel, 481))
			}, 200},
		} {
			t.Run(protocol+"/"+name, func(t *testing.T) {
				t.Parallel()
				m := start(t, Config{})
				d, link := called(t, m, protocol)
				ctx, stop := context.WithCancel(t.Context())
				done := do(ctx, m, link, outgoing(protocol, "INVITE", "Route: <sip:a;lr>", "Require: timer"))
				invite := d.Expect(0, "INVITE")
				d.Send(testkit.Reply(invite, 183))
				rung(t, m)
				stop()
				cancel := d.Expect(0, "CANCEL")
				for _, name := range []string{"Via", "From", "To", "Call-ID", "Route"} {
					if cancel.Get(name) != invite.Get(name) {
						t.Errorf("%s of the CANCEL is %q, of the INVITE %q", name, cancel.Get(name), invite.Get(name))
					}
				}
				if cancel.Get("CSeq") != "1 CANCEL" || cancel.RequestURI != invite.RequestURI || cancel.Has("Require") {
					t.Errorf("got %s", cancel.Raw)
				}
				c.answer(d, invite, cancel)
				if r := <-done; r.err != nil || r.response.Status != c.status {
					t.Errorf("got %v, %v; want %d", r.response, r.err, c.status)
				}
				if c.status == 487 {
					d.Expect(0, "ACK")
				}
			})
		}
	}
}

// rung waits until a provisional response has been taken by its transaction.
func rung(t *testing.T, m mock) {
	t.Helper()
	for limit := time.Now().Add(testkit.Patience); time.Now().Before(limit); {
		m.mu.Lock()
		for _, r := range m.clients {
			if r.ringing.Load() {
				m.mu.Unlock()
				return
			}
		}
		m.mu.Unlock()
	}
	t.Fatal("no provisional response was taken")
}

// TestDoCancelsInVain has a device ignore its CANCEL.
func TestDoCancelsInVain(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		d := attach(t, m.Agent, observation.TCP, nil)
		d.Send(testkit.Compose(observation.TCP, "OPTIONS"))
		d.Expect(200, "OPTIONS")
		var link *Link
		for l := range m.links {
			link = l
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		begun := time.Now()
		done := do(ctx, m, link, outgoing(observation.TCP, "INVITE"))
		d.Send(testkit.Reply(d.Expect(0, "INVITE"), 180))
		d.Expect(0, "CANCEL")
		if r := <-done; !errors.Is(r.err, context.DeadlineExceeded) {
			t.Errorf("got %v, %v", r.response, r.err)
		}
		if took := time.Since(begun); took != time.Second+cancelLimit {
			t.Errorf("given up after %v", took)
		}
	})
}

// TestDoTimesOut has a device never answer: Do gives up after 64*T1, RFC 3261 §17.1.1.2.
func TestDoTimesOut(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		d := attach(t, m.Agent, observation.TCP, nil)
		d.Send(testkit.Compose(observation.TCP, "OPTIONS"))
		d.Expect(200, "OPTIONS")
		for l := range m.links {
			begun := time.Now()
			done := do(t.Context(), m, l, outgoing(observation.TCP, "INVITE"))
			d.Expect(0, "INVITE")
			if r := <-done; r.err == nil || time.Since(begun) != 32*time.Second {
				t.Errorf("%v after %v", r.err, time.Since(begun))
			}
		}
	})
}

func TestDoNeedsABranchOfItsOwn(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d, link := called(t, m, observation.TCP)
	if _, err := m.Do(t.Context(), link, outgoing(observation.TCP, "BYE", "Via: SIP/2.0/TCP h")); err == nil ||
		!strings.Contains(err.Error(), "branch") {
		t.Errorf("without a branch: %v", err)
	}
	request := outgoing(observation.TCP, "BYE")
	done := do(t.Context(), m, link, request)
	bye := d.Expect(0, "BYE")
	if _, err := m.Do(t.Context(), link, request); err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("twice: %v", err)
	}
	d.Send(testkit.Reply(bye, 200))
	<-done
}

// TestUnmatched checks that Unmatched gets a repeated 2xx, and no response that is waited for.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	stray := make(chan *sipwire.Message, 1)
	m := start(t, Config{Unmatched: func(l *Link, m *sipwire.Message) { stray <- m }})
	d, link := called(t, m, observation.TLS)
	done := do(t.Context(), m, link, outgoing(observation.TLS, "INVITE"))
	invite := d.Expect(0, "INVITE")
	d.Send(testkit.Reply(invite, 200))
	<-done
	d.Send(testkit.Reply(invite, 200, "X-Again: yes"))
	if got := <-stray; got.Get("X-Again") != "yes" {
		t.Errorf("got %s", got.Raw)
	}
	if err := m.Send(link, outgoing(observation.TLS, "ACK")); err != nil {
		t.Error(err)
	}
	d.Expect(0, "ACK")
}

// TestSecondFork checks that Unmatched gets the 2xx of a second fork, however soon it comes behind the first.
func TestSecondFork(t *testing.T) {
	t.Parallel()
	stray := make(chan *sipwire.Message, 1)
	m := start(t, Config{Unmatched: func(l *Link, m *sipwire.Message) { stray <- m }})
	d, link := called(t, m, observation.TLS)
	done := do(t.Context(), m, link, outgoing(observation.TLS, "INVITE"))
	invite := d.Expect(0, "INVITE")
	of := func(tag string) string { return testkit.Reply(invite, 200, "To: "+invite.Get("To")+";tag="+tag) }
	d.Send(of("one") + of("two"))
	if r := <-done; r.err != nil || r.response.ToTag() != "one" {
		t.Errorf("got %+v", r)
	}
	if got := <-stray; got.ToTag() != "two" {
		t.Errorf("got %s", got.Raw)
	}
}

// TestDial calls a device over TLS, and then one that does not listen.
func TestDial(t *testing.T) {
	t.Parallel()
	m, callee := start(t, Config{}), start(t, Config{})
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, ServerName: "device.test"}
	link, err := m.Dial(t.Context(), observation.TLS, callee.at[observation.TLS], rules)
	if err != nil {
		t.Fatal(err)
	}
	if link.TLS.Version != tlspeer.TLS12 || len(link.TLS.PeerChain) != 1 || !link.Alive() {
		t.Errorf("got %+v", link.TLS)
	}
	response, err := m.Do(t.Context(), link, outgoing(observation.TLS, "OPTIONS"))
	if err != nil || response.Status != 200 {
		t.Errorf("got %v, %v", response, err)
	}
	callee.Close()
	<-link.gone
	if _, err := m.Do(t.Context(), link, outgoing(observation.TLS, "OPTIONS")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("over a link that has ended: %v", err)
	}
	if _, err := m.Dial(t.Context(), observation.TLS, callee.at[observation.TLS], rules); err == nil {
		t.Error("called a device that is not there")
	}
	if e := testkit.Await(t, m.log, observation.TransportClose,
		func(e observation.Event) bool { return e.Transport.Cause == "refused" }); !e.Transport.Dialed {
		t.Errorf("recorded as %+v", e.Transport)
	}
}
