package reference

import (
	"fmt"
	"testing"

	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// callKills are the situations in which bugs show that need an earlier call.
func callKills() map[string]kill {
	return map[string]kill{
		"sends-under-earlier-key": {callsTwice, "authentic, authentic", "authentic, not authentic"},
		"sends-under-first-key":   {startedTwice, "authentic, authentic", "authentic, not authentic"},
		"derives-once":            {derives, "rate 0, authentic", "rate 2, not authentic"},
		"ignores-derivation-rate": {offered("RTP/SAVP", key(1, cm80, " KDR=4")), "488", "200 RTP/SAVP 1:" + cm80},
	}
}

// derives has the peer call the device, and shows the key derivation rate of its answer, and whether its packets are
// authentic under that.
func derives(t testing.TB, bugs Bugs) string { return derivesAs(t, Options{Bugs: bugs}) }

func derivesAs(t testing.TB, options Options) string {
	l, s := newWorld(t, settings{options: options}).mustDial(), newSound(t)
	text, _ := attribute(t, 1, cm80, "")
	session, err := sdp.Parse(l.invite("call", s.describe("RTP/SAVP", text)).Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	theirs := parseAttribute(t, value)
	k, err := srtp.NewWithRate(cm80, theirs.Keys[0].Material, theirs.DerivationRate())
	if err != nil {
		t.Fatal(err)
	}
	seen := fmt.Sprintf("rate %d, ", theirs.DerivationRate())
	for range 4 { // of which two are of a second round at least
		if _, ok := k.OpenRTP(s.receive(), 0, k.RTP()); !ok {
			return seen + "not authentic"
		}
	}
	return seen + "authentic"
}

// callsTwice has the peer call the device, and again when the first call is over, and shows whether the first packet of
// each call is authentic.
func callsTwice(t testing.TB, bugs Bugs) string {
	l := newWorld(t, settings{options: Options{Bugs: bugs}}).mustDial()
	return converses(t, l, "first") + ", " + converses(t, l, "second")
}

// startedTwice is [callsTwice] with a device that is started anew for the second call.
func startedTwice(t testing.TB, bugs Bugs) string {
	w := newWorld(t, settings{options: Options{Bugs: bugs}})
	seen := converses(t, w.mustDial(), "first")
	again, err := w.device.Prepare(t.Context(), w.session.setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	w.session = again.(*session)
	return seen + ", " + converses(t, w.mustDial(), "second")
}

// converses has the peer call the device and end the call.
func converses(t testing.TB, l *line, callID string) string {
	s := newSound(t)
	text, _ := attribute(t, 1, cm80, "")
	answer := l.invite(callID, s.describe("RTP/SAVP", text))
	session, err := sdp.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	value, _ := session.Media[0].Value("crypto")
	seen := "authentic"
	if _, err := s.hear(keysOf(t, parseAttribute(t, value))); err != nil {
		seen = "not authentic"
	}
	l.ask(l.within(answer, "BYE", 2))
	return seen
}
