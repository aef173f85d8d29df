package edge

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// impatient has the edge wait for the devices of calls for so long, instead of the usual times.
func impatient(reopening, absence time.Duration) func(*Config) {
	return func(c *Config) { c.reopening, c.absence, c.lingering = reopening, absence, time.Millisecond }
}

// settles waits until every call has ended.
func settles(t *testing.T, s *Server) {
	t.Helper()
	testkit.ReturnsWithin(t, testkit.Patience, "the end of every call", s.watching.Wait)
	if n := len(s.open()); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

// establish waits until the device's first ACK in each call has been taken.
func establish(t *testing.T, s *Server) {
	t.Helper()
	for _, c := range s.open() {
		c.mu.Lock()
		acknowledged := c.unanswered[1]
		c.mu.Unlock()
		if acknowledged != nil {
			testkit.Receive(t, acknowledged, "an ACK")
		}
	}
}

// TestCallsEndWithTheirLink has a device place 500 calls over one connection and close it. Those beyond the limit are
// refused with Retry-After and one observation for each power of ten; of the others nothing is left, whatever state
// they were in.
func TestCallsEndWithTheirLink(t *testing.T) {
	for _, state := range []struct {
		name      string
		acks      bool
		reopening time.Duration
		absence   time.Duration
	}{
		{name: "not acknowledged", reopening: time.Millisecond, absence: time.Hour},
		{name: "established", acks: true, reopening: time.Hour, absence: time.Millisecond},
	} {
		for _, protocol := range []string{observation.TCP, observation.TLS} {
			t.Run(state.name+" over "+protocol, func(t *testing.T) {
				s := serve(t, "twilio-voice", map[string]string{"digest": "off", "secure_media": "off"}, impatient(state.reopening, state.absence))
				d := connect(t, s, protocol, tls.VersionTLS12)
				clean := testkit.NoLeaks(t)
				const invites = 500
				var all strings.Builder
				for range invites {
					all.WriteString(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), testkit.AudioOnly("RTP/AVP")))
				}
				sent := make(chan error, 1)
				go func() {
					_, err := d.Conn.Write([]byte(all.String()))
					sent <- err
				}()
				taken, refused := make(map[string]bool), 0
				for len(taken)+refused < invites {
					m, err := d.Next()
					switch {
					case err != nil:
						t.Fatal(err)
					case m.Status == 200: // perhaps once more
						taken[m.CallID()] = true
						if state.acks {
							d.Send(d.Within(m, "ACK", 1))
						}
					case m.Status == 503 && m.Get("Retry-After") != "":
						refused++
					case m.Status >= 200:
						t.Fatalf("got %s", m.Raw)
					}
				}
				if err := <-sent; err != nil {
					t.Fatal(err)
				}
				if len(taken) != maxCalls {
					t.Errorf("%d calls were taken, want %d", len(taken), maxCalls)
				}
				if n := noted(s, observation.Calls); n != "1 10 100" {
					t.Errorf("the limit is in the log at %s refusals", n)
				}
				if state.acks {
					establish(t, s)
				}
				d.Conn.Close()
				settles(t, s)
				clean()
			})
		}
	}
}

// noted returns the counts at which a bound is in the log.
func noted(s *Server, bound observation.Bound) string {
	var counts []string
	for _, e := range s.Log.Events() {
		if e.Kind == observation.Limit && e.Denied.Bound == bound {
			counts = append(counts, fmt.Sprint(e.Denied.Count))
		}
	}
	return strings.Join(counts, " ")
}

// TestCallsOutliveTheirLink has a device go on with a call over another connection, as RFC 5923 lets it: the edge takes
// that for its own requests. A connection in clear is none for a call over TLS.
func TestCallsOutliveTheirLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		then      string // the protocol of the other connection
		by        string // the method that comes over it
		reopening time.Duration
		absence   time.Duration
		outlives  bool
	}{
		{name: "acknowledged over another", then: observation.TLS, by: "ACK", reopening: time.Hour, absence: time.Hour, outlives: true},
		{name: "asked over another", then: observation.TLS, by: "OPTIONS", reopening: time.Hour, absence: time.Hour, outlives: true},
		{name: "in clear", then: observation.TCP, by: "OPTIONS", reopening: 50 * time.Millisecond, absence: 50 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off", "secure_media": "off"}, impatient(c.reopening, c.absence))
			first := connect(t, s, observation.TLS, tls.VersionTLS12)
			ok := calls(first, s, testkit.AudioOnly("RTP/AVP"))
			if c.by != "ACK" {
				first.Send(first.Within(ok, "ACK", 1))
				establish(t, s)
			}
			link := s.open()[0].link.Load()
			first.Conn.Close()
			<-link.Done()
			second := connect(t, s, c.then, tls.VersionTLS12)
			number := map[string]int{"ACK": 1, "OPTIONS": 2}[c.by]
			second.Send(second.Within(ok, c.by, number))
			if c.by != "ACK" {
				second.Final(c.by)
			}
			if !c.outlives {
				settles(t, s)
				return
			}
			establish(t, s)
			hungUp := make(chan error, 1)
			go func() {
				_, err := s.HangUp(t.Context())
				hungUp <- err
			}()
			bye := second.Expect(0, "BYE")
			second.Send(second.Reply(bye, 200))
			if err := <-hungUp; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTooManyRegistrations registers one more contact than an edge remembers.
func TestTooManyRegistrations(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	d := connect(t, s, observation.TCP, 0)
	register(d, s, "Expires: 3600")
	fill(s)
	d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), "To: <sip:further@"+s.Domain()+">", "Expires: 3600"))
	last := d.Final("REGISTER")
	if last.Status != 503 || last.Get("Retry-After") == "" || len(s.Bindings()) != maxBindings || noted(s, observation.Registrations) != "1" {
		t.Errorf("got %d bindings, the limit is in the log at %q, and the last got %s", len(s.Bindings()), noted(s, observation.Registrations), last.Raw)
	}
}
