package judge_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	s := secured().in("tls-1", "REGISTER 1", "User-Agent: PJSUA v2.5").out("tls-1", "200 REGISTER 1", "Server: Twilio").
		in("tls-1", "OPTIONS 2", "User-Agent: PJSUA v2.5").out("tls-1", "INVITE 3", "User-Agent: Twilio Gateway").
		in("tls-1", "486 INVITE 3", "Server: Phone/1").in("tls-1", "OPTIONS 4", "User-Agent: "+strings.Repeat("x", 1000)).
		over().in("tls-1", "OPTIONS 5", "User-Agent: later")
	want := []string{"PJSUA v2.5", "Phone/1", strings.Repeat("x", 200)}
	if got := judge.NewView(s.events).Agents(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
