package engine_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestSpentKeys: a key that comes again in another scenario of the role is found in the
// first, by the plan's order, in which it does, and blamed once.
func TestSpentKeys(t *testing.T) {
	t.Parallel()
	const first, second = "AWRkZGRkZMjIyMgBAgMEBQYHCAkKCwwNDg8QEfLz", "wWRkZGRkZMjIyMgBAgMEBQYHCAkKCwwNDg8QEfLz"
	calls := func(key string) func(context.Context, *bench.Bench) error {
		sip := func(dir observation.Direction, line, body string) observation.Event {
			text := line + "\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n" + body
			return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: dir, Bytes: []byte(text)}
		}
		local := netip.MustParseAddrPort("127.0.0.1:5061")
		return shows(nil,
			observation.Event{Kind: observation.TransportOpen, Conn: "tls-1",
				Transport: &observation.TransportInfo{Protocol: observation.TLS, Local: local, Remote: local}},
			sip(observation.Out, "INVITE sip:device@example.com SIP/2.0", ""),
			sip(observation.In, "SIP/2.0 200 OK", testkit.SRTP("1 AES_CM_128_HMAC_SHA1_80 inline:"+key)))
	}
	fresh := func(s *plan.Scenario) {
		s.Checks = []judge.Check{{Requirement: must, Expected: "a new key", Rule: judge.FreshKeys}}
	}
	elsewhere := func(s *plan.Scenario) { s.ID, s.Product = "twilio/trunking/elsewhere", "trunking" }
	for jobs := 1; jobs <= 4; jobs += 3 {
		c := config(t)
		c.Jobs = jobs
		got := run(t.Context(), c,
			scenario("asked-later", calls(first), fresh, control("first")),
			scenario("first", calls(first), fresh),
			scenario("other", calls(second), fresh),
			scenario("again", calls(first), fresh),
			scenario("elsewhere", calls(first), fresh, elsewhere),
		)
		for i, want := range []string{"key-reused", "keys-fresh", "keys-fresh", "blocked", "keys-fresh"} {
			if r := got[i]; r.Cause != want {
				t.Errorf("%d jobs: %s is %s (%s), want %s", jobs, r.Scenario, r.Verdict, r.Cause, want)
			}
		}
		if !strings.Contains(got[0].Observed, "twilio/voice/first") || got[3].Blocked.Scenario != got[0].Scenario {
			t.Errorf("%d jobs: %q, and %+v", jobs, got[0].Observed, got[3].Blocked)
		}
	}
}
