package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestHandshakes: of a device that is told to shake hands and no more, a handshake that
// completes without an alert is what application data is of any other.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	asked := func() *story {
		return tell().add(observation.Event{Kind: observation.Stage, Stage: observation.HandshakeAsked}).opens("tls-1")
	}
	notify := observation.Event{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In, Alert: &observation.AlertInfo{Level: 1}}
	taken := func() *story {
		return asked().shakes("tls-1", tls12, "leaf").add(notify).closes("tls-1", observation.ClosedByPeer)
	}
	silent := func() *story { return asked().shakes("tls-1", tls12, "leaf").closes("tls-1", observation.ClosedByPeer) }
	alerted := func() *story { return asked().shakes("tls-1", tls12, "leaf").alerts("tls-1", 42) }
	unasked := func() *story {
		return tell().opens("tls-1").shakes("tls-1", tls12, "leaf").closes("tls-1", observation.ClosedByPeer)
	}
	for _, test := range []struct {
		name  string
		story *story
		rule  judge.Rule
		want  verdict.Verdict
		cause string
	}{
		{"connected", taken(), judge.Connected, verdict.Pass, "connected"},
		{"at the version", taken(), judge.Negotiated(tls12), verdict.Pass, "version-negotiated"},
		{"at another", taken(), judge.Negotiated(tls12 + 1), verdict.Fail, "other-version"},
		{"takes the server", taken(), judge.AcceptsServer, verdict.Pass, "certificate-accepted"},
		{"takes a bad server", taken(), judge.RejectsServer("expired"), verdict.Fail, "accepted-expired"},
		{"an alert behind the handshake", alerted(), judge.Connected, verdict.Fail, "certificate-refused"},
		{"refuses behind the handshake", alerted(), judge.RejectsServer("expired"), verdict.Pass, "refused-expired"},
		{"closes without close_notify", silent(), judge.Connected, verdict.Inconclusive, "closed-without-notice"},
		{"refuses so", silent(), judge.RejectsServer("expired"), verdict.Pass, "refused-expired"},
		{"still there", asked().shakes("tls-1", tls12, "leaf"), judge.Connected, verdict.Pass, "connected"},
		{"another device that says nothing", unasked(), judge.RejectsServer("expired"), verdict.Pass, "refused-expired"},
		{"another's version", unasked(), judge.Negotiated(tls12), verdict.Inconclusive, "closed-without-sip"},
		{"never", asked(), judge.Connected, verdict.Inconclusive, "handshake-unfinished"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if r := test.rule(judge.NewView(test.story.events)); r.Verdict != test.want || r.Cause != test.cause {
				t.Errorf("%s (%s): %s; want %s (%s)", r.Verdict, r.Cause, r.Observed, test.want, test.cause)
			}
		})
	}
}
