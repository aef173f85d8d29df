package reference

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/sdp"
)

// callKills are the situations in which bugs show that need an earlier call.
func callKills() map[string]kill {
	return map[string]kill{
		"sends-under-earlier-key": {callsTwice, "authentic, authentic", "authentic, not authentic"},
		"sends-under-first-key":   {startedTwice, "authentic, authentic", "authentic, not authentic"},
	}
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
