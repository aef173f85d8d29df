package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// floods is the log's word that it left out so many events of a kind.
func (s *story) floods(conn string, kind observation.Kind, events int) *story {
	return s.add(observation.Event{Kind: observation.Flood, Conn: conn, Dir: observation.In,
		Flood: &observation.FloodInfo{Kind: kind, Events: events, Bytes: events << 16}})
}

// TestFlood: what a device did before the flood counts against it; what it may have done in the flood counts neither way.
func TestFlood(t *testing.T) {
	t.Parallel()
	good, bad, unseen, unasked := says(verdict.Pass, "good"), says(verdict.Fail, "bad"), says(verdict.Inconclusive, "unseen"),
		says(verdict.NotApplicable, "clear")
	short := func(*judge.View) judge.Ruling {
		return judge.Ruling{Verdict: verdict.Fail, Cause: "not-registered", Observed: "so", Short: true}
	}
	flooded := func() *story { return secured().floods("tls-1", observation.SIP, 1) }
	try(t, []trial{
		{"a pass is withheld", good, flooded().over(), "inconclusive flood"},
		{"a fail stands", bad, flooded().over(), "fail bad"},
		{"not one for what may be in the flood", says(verdict.Fail, "no-ack"), flooded().over(), "inconclusive flood"},
		{"nor one for not getting far", short, flooded().over(), "inconclusive flood"},
		{"what is open has the flood as its cause", unseen, flooded().over(), "inconclusive flood"},
		{"what does not bind may bind in the flood", unasked, flooded().over(), "inconclusive flood"},
		{"what comes later is not looked at", judge.NoClearSignalling, flooded().opens("tcp-2").in("tcp-2", "REGISTER 1").over(),
			"inconclusive flood"},
		{"what came before is", judge.NoClearSignalling, secured().opens("tcp-2").in("tcp-2", "REGISTER 1").
			floods("tls-1", observation.SIP, 1).over(), "fail fell-back-to-clear-signalling"},
		{"a device that dies in it has not died", good, flooded().dies().over(), "inconclusive flood"},
		{"once all is over it does no harm", good, secured().over().floods("tls-1", observation.SIP, 1), "pass good"},
		{"segments are for the capture", good, secured().floods("tls-1", observation.Wire, 9).over(), "pass good"},
		{"notes and output are for people", good, secured().floods("tls-1", observation.Note, 9).floods("", observation.Device, 9).over(),
			"pass good"},
		{"served before", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").
			floods("tls-1", observation.SIP, 1).over(), "inconclusive flood"},
	})
}

// TestFloodIsTold: a ruling says what was left out, by the last word of the log on it.
func TestFloodIsTold(t *testing.T) {
	t.Parallel()
	log := secured().floods("tls-1", observation.SIP, 1).floods("tls-1", observation.Wire, 1).floods("", observation.Media, 1).over().
		floods("tls-1", observation.SIP, 2500).floods("", observation.Media, 70)
	f := judge.Check{Rule: says(verdict.Pass, "good")}.Judge(judge.NewView(log.events))
	if want := "2500 of kind sip (160000 KB) on tls-1, 70 of kind media (4480 KB)"; !strings.HasSuffix(f.Observed, want) {
		t.Errorf("it says %q, want %q", f.Observed, want)
	}
}
