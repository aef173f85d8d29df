package judge_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
)

func TestRegistered(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"at once", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass registered"},
		{"after a challenge", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "100 REGISTER 2").out("tls-1", "200 REGISTER 2"), "pass registered"},
		{"once, and then refused", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass registered"},
		{"refused", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"challenged by 407", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1"), "fail challenge-not-answered"},
		{"challenged by 401", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "401 REGISTER 1"), "fail challenge-not-answered"},
		{"not answered", judge.Registered, secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"answered for now", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "100 REGISTER 1"), "inconclusive no-final-response"},
		{"another call was answered", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1", "Call-ID: other"), "inconclusive no-final-response"},
		{"refused, and asked again", judge.Registered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1").in("tls-1", "REGISTER 2"), "inconclusive no-final-response"},
	})
}

func TestRegisteredSecurely(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"over TLS", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass registered"},
		{"over TCP", judge.RegisteredSecurely, tell().opens("tcp-1").in("tcp-1", "REGISTER 1").out("tcp-1", "200 REGISTER 1"), "fail registered-in-clear"},
		{"over TLS, and then over UDP", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").opens("udp-2").in("udp-2", "REGISTER 2"), "fail registered-in-clear"},
		{"refused", judge.RegisteredSecurely, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"not at all", judge.RegisteredSecurely, tell(), "inconclusive never-connected"},
	})
}

// registered is a device that the vendor can call.
func registered() *story {
	return secured().in("tls-1", "REGISTER 1", "Call-ID: reg").out("tls-1", "200 REGISTER 1", "Call-ID: reg")
}

func TestHeedsMinExpires(t *testing.T) {
	t.Parallel()
	brief := func() *story {
		return secured().in("tls-1", "REGISTER 1", "Expires: 60").out("tls-1", "423 REGISTER 1", "Min-Expires: 600")
	}
	try(t, []trial{
		{"with a header", judge.HeedsMinExpires, brief().in("tls-1", "REGISTER 2", "Expires: 600"), "pass min-expires-heeded"},
		{"with a parameter", judge.HeedsMinExpires, brief().in("tls-1", "REGISTER 2", "Contact: <sip:a@127.0.0.2>;expires=3600", "Expires: 60"), "pass min-expires-heeded"},
		{"with nothing, which leaves it to the registrar", judge.HeedsMinExpires, brief().in("tls-1", "REGISTER 2"), "pass min-expires-heeded"},
		{"not", judge.HeedsMinExpires, brief().in("tls-1", "REGISTER 2", "Expires: 60"), "fail min-expires-ignored"},
		{"not quite", judge.HeedsMinExpires, brief().in("tls-1", "REGISTER 2", "Contact: <sip:a@127.0.0.2>;expires=599", "Expires: 600"), "fail min-expires-ignored"},
		{"by giving up", judge.HeedsMinExpires, brief(), "fail gave-up-after-423"},
		{"not needed", judge.HeedsMinExpires, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive refusal-not-provoked"},
	})
}

func TestRefreshes(t *testing.T) {
	t.Parallel()
	granted := func() *story {
		return secured().in("tls-1", "REGISTER 1", "Expires: 60").out("tls-1", "200 REGISTER 1", "Contact: <sip:a@127.0.0.2>;expires=2")
	}
	try(t, []trial{
		{"in time", judge.Refreshes, granted().later(time.Second).in("tls-1", "REGISTER 2"), "pass grant-heeded"},
		{"though the first try was refused", judge.Refreshes, secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "200 REGISTER 2", "Contact: <sip:a@127.0.0.2>;expires=2").in("tls-1", "REGISTER 3"), "pass grant-heeded"},
		{"not at all", judge.Refreshes, granted().later(7 * time.Second).over(), "fail grant-ignored"},
		{"but takes its registration back", judge.Refreshes, granted().later(7*time.Second).in("tls-1", "REGISTER 2", "Expires: 0"), "fail grant-ignored"},
		{"not yet", judge.Refreshes, granted().later(3 * time.Second).over(), "inconclusive refresh-not-seen"},
		{"but is not registered", judge.Refreshes, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "inconclusive refused-403"},
		{"but never connected", judge.Refreshes, tell(), "inconclusive never-connected"},
	})
}
