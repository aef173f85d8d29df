package engine_test

import (
	"context"
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// key is a master key and salt of AES_CM_128 in base64.
const key = "AWRkZGRkZMjIyMgBAgMEBQYHCAkKCwwNDg8QEfLz"

// TestKeyOfAnotherCall: a packet that no key of its scenario opens is explained by a key of any other of the run, before it
// in the plan or behind it, and blamed once.
func TestKeyOfAnotherCall(t *testing.T) {
	t.Parallel()
	material, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	const suite = "AES_CM_128_HMAC_SHA1_80"
	k, err := srtp.New(suite, material)
	if err != nil {
		t.Fatal(err)
	}
	packet, _ := k.SealRTP([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4}, 0, k.RTP())
	stray := observation.Event{Kind: observation.Media, Dir: observation.In, Bytes: packet,
		Media: &observation.MediaInfo{Class: observation.BadTag, Diagnosis: media.UnknownKey, SSRC: 5}}
	offer := inCall(observation.Out, "INVITE sip:device@example.com SIP/2.0", testkit.SRTP("1 "+suite+" inline:"+key))
	secure := func(s *plan.Scenario) {
		s.Checks = []judge.Check{{Requirement: must, Expected: "its own keys", Rule: judge.SecureRTP}}
	}
	for jobs := 1; jobs <= 4; jobs += 3 {
		c := config(t)
		c.Jobs = jobs
		got := run(t.Context(), c,
			scenario("stray", shows(nil, stray), secure),
			scenario("again", shows(nil, stray), secure),
			scenario("nothing", passes),
			scenario("elsewhere", shows(nil, opened(), offer), secure, elsewhere),
		)
		wantCauses(t, jobs, got, "media-key-of-another-call", "blocked", "good", "no-media")
		if !strings.Contains(got[0].Observed, "twilio/trunking/elsewhere") {
			t.Errorf("%d jobs: %q", jobs, got[0].Observed)
		}
		alone := run(t.Context(), c, scenario("stray", shows(nil, stray), secure))
		if alone[0].Cause != "media-unknown-key" {
			t.Errorf("%d jobs, alone: %s", jobs, alone[0].Cause)
		}
	}
}

// TestSpentKeys: a key that comes again in another scenario of the role is found in the
// first, by the plan's order, in which it does, and blamed once.
func TestSpentKeys(t *testing.T) {
	t.Parallel()
	const first, second = key, "wWRkZGRkZMjIyMgBAgMEBQYHCAkKCwwNDg8QEfLz"
	calls := func(key string) func(context.Context, *bench.Bench) error {
		return shows(nil, opened(),
			inCall(observation.Out, "INVITE sip:device@example.com SIP/2.0", ""),
			inCall(observation.In, "SIP/2.0 200 OK", testkit.SRTP("1 AES_CM_128_HMAC_SHA1_80 inline:"+key)))
	}
	fresh := func(s *plan.Scenario) {
		s.Checks = []judge.Check{{Requirement: must, Expected: "a new key", Rule: judge.FreshKeys}}
	}
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
		wantCauses(t, jobs, got, "key-reused", "keys-fresh", "keys-fresh", "blocked", "keys-fresh")
		if !strings.Contains(got[0].Observed, "twilio/voice/first") || got[3].Blocked.Scenario != got[0].Scenario {
			t.Errorf("%d jobs: %q, and %+v", jobs, got[0].Observed, got[3].Blocked)
		}
	}
}

// elsewhere puts a scenario under another product.
func elsewhere(s *plan.Scenario) { s.ID, s.Product = "twilio/trunking/elsewhere", "trunking" }

// opened is the connection that [inCall] is over.
func opened() observation.Event {
	local := netip.MustParseAddrPort("127.0.0.1:5061")
	return observation.Event{Kind: observation.TransportOpen, Conn: "tls-1",
		Transport: &observation.TransportInfo{Protocol: observation.TLS, Local: local, Remote: local}}
}

// inCall is a message about the one INVITE, with a session description.
func inCall(dir observation.Direction, line, description string) observation.Event {
	text := line + "\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\n" + description
	return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: dir, Bytes: []byte(text)}
}

func wantCauses(t *testing.T, jobs int, got []results.Result, want ...string) {
	t.Helper()
	for i, cause := range want {
		if r := got[i]; r.Cause != cause {
			t.Errorf("%d jobs: %s is %s (%s), want %s", jobs, r.Scenario, r.Verdict, r.Cause, cause)
		}
	}
}
