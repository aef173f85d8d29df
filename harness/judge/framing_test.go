package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// faulty are the faults in the framing of a message that the vendor cannot read.
var faulty = []observation.FramingFault{
	observation.StrayBytes, observation.NoStartLine, observation.NoLength, observation.UnreadableLength,
	observation.ShortLength, observation.LongLength, observation.TooLong,
}

func TestWellFramed(t *testing.T) {
	t.Parallel()
	trials := []trial{
		{"a good message", judge.WellFramed, secured().in("tls-1", "OPTIONS 1"), "pass well-framed"},
		{"no message", judge.WellFramed, secured(), "inconclusive no-sip"},
		{"line feeds", judge.WellFramed, secured().misframes("tls-1", observation.BareLineFeed, sip("OPTIONS 1")), "fail misframed-bare-line-feed"},
		{"a message that goes on", judge.WellFramed, secured().misframes("tls-1", observation.Incomplete, "OPT").in("tls-1", "OPTIONS 1"),
			"pass well-framed"},
		{"a message that stops", judge.WellFramed, secured().misframes("tls-1", observation.Incomplete, "OPT"), "inconclusive misframed-incomplete"},
		{"a message that is cut off", judge.WellFramed, secured().misframes("tls-1", observation.Incomplete, "OPT").closes("tls-1", observation.ClosedByPeer),
			"fail misframed-incomplete"},
		{"one that the mock cuts off", judge.WellFramed, secured().misframes("tls-1", observation.Incomplete, "OPT").closes("tls-1", observation.TimedOut),
			"inconclusive misframed-incomplete"},
	}
	for _, fault := range faulty {
		trials = append(trials, trial{string(fault), judge.WellFramed,
			secured().in("tls-1", "OPTIONS 1").misframes("tls-1", fault, sip("BYE 2")), "fail misframed-" + string(fault)})
	}
	try(t, trials)
}

// TestFramingExplains: what a device seems to leave undone is named after the message that could not be read.
func TestFramingExplains(t *testing.T) {
	t.Parallel()
	offer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))
	registered := secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1")
	called := func() *story { return secured().in("tls-1", "INVITE 1", offer).out("tls-1", "200 INVITE 1", offer) }
	ack := strings.Replace(sip("ACK 1"), "Content-Length: 0\r\n", "", 1)
	try(t, []trial{
		{"an ACK without length", judge.Called, called().misframes("tls-1", observation.NoLength, ack).device(observation.DeviceSettled, ""), "fail misframed-no-content-length"},
		{"no ACK", judge.Called, called().device(observation.DeviceSettled, ""), "fail no-ack"},
		{"an ACK after a message of line feeds", judge.Called, called().misframes("tls-1", observation.BareLineFeed, sip("OPTIONS 2")).device(observation.DeviceSettled, ""), "fail no-ack"},
		{"an INVITE without length", judge.Called, secured().misframes("tls-1", observation.NoLength, sip("INVITE 1")),
			"inconclusive misframed-no-content-length"},
		{"NUL before the answer", judge.Answered,
			registered.out("tls-1", "INVITE 1").misframes("tls-1", observation.StrayBytes, "\x00").closes("tls-1", observation.ClosedLocally),
			"fail misframed-stray-bytes"},
		{"a refusal that has nothing to do with it", judge.Called,
			secured().in("tls-1", "INVITE 1", offer).out("tls-1", "403 INVITE 1").misframes("tls-1", observation.NoLength, ack), "fail refused-403"},
	})
	f := judge.Check{Rule: judge.Called}.Judge(judge.NewView(called().misframes("tls-1", observation.NoLength, ack).events))
	if !strings.Contains(f.Observed, "ACK without Content-Length on tls-1") || !strings.Contains(f.Observed, "never acknowledged") || f.Hint == "" {
		t.Errorf("observed is %q, the hint %q", f.Observed, f.Hint)
	}
	f = judge.Check{Rule: judge.Called}.Judge(judge.NewView(secured().in("tls-1", "INVITE 1").out("tls-1", "488 INVITE 1").events))
	if !strings.Contains(f.Observed, "had no offer") {
		t.Errorf("of a late offer that is refused it says %q", f.Observed)
	}
}
