package plan_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, id string
		want        bool
	}{
		{"twilio/voice/connect/default", "twilio/voice/connect/default", true},
		{"twilio/*/connect/default", "twilio/trunking/connect/default", true},
		{"twilio/*/default", "twilio/voice/connect/default", false},
		{"twilio/*/register/tls1.[01]/*", "twilio/voice/register/tls1.1/deprecated-off", true},
		{"twilio/*/register/tls1.[01]/*", "twilio/voice/register/tls1.2/deprecated-off", false},
		{"twilio/voice/register/**", "twilio/voice/register/tls1.0/deprecated-off", true},
		{"twilio/voice/register/**", "twilio/voice/register", false},
		{"twilio/*/tls1.*/**", "twilio/register/tls1.0/off", true},
		{"**", "twilio/voice/connect/default", true},
		{"", "twilio/voice/connect/default", false},
	} {
		if got := plan.Matches(c.pattern, c.id); got != c.want {
			t.Errorf("%q matches %s: %v, want %v", c.pattern, c.id, got, c.want)
		}
	}
}

func TestAsking(t *testing.T) {
	t.Parallel()
	scenario := func(id, requirement string) *plan.Scenario {
		return &plan.Scenario{ID: id, Checks: []judge.Check{{Requirement: requirement}}}
	}
	all := []*plan.Scenario{scenario("a/b/one", "TW-TLS-01"), scenario("a/b/two", "TW-TLS-02"), scenario("a/c/three", "TW-TLS-01")}
	asking := plan.Asking(all, "a/b/*", []string{"TW-TLS-01", "TW-TLS-09"})
	if len(asking) != 1 || asking[0].ID != "a/b/one" {
		t.Errorf("%v ask", asking)
	}
}
