package judge_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestDid(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"and got a 200", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "200 OPTIONS 1"), "pass accepted"},
		{"and got a 202", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "202 OPTIONS 1"), "pass accepted"},
		{"and got a 503", judge.Did("OPTIONS"), secured().in("tls-1", "OPTIONS 1").out("tls-1", "503 OPTIONS 1"), "fail refused-503"},
		{"something else", judge.Did("OPTIONS"), secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive no-OPTIONS"},
	})
}

func TestOverTLS(t *testing.T) {
	t.Parallel()
	rule := judge.OverTLS("REGISTER", judge.Registered)
	try(t, []trial{
		{"served over TLS", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "pass registered"},
		{"served over UDP", rule, tell().opens("udp-1").in("udp-1", "REGISTER 1").out("udp-1", "200 REGISTER 1"), "inconclusive not-over-tls"},
		{"another method over UDP", rule, tell().opens("udp-1").in("udp-1", "OPTIONS 1").out("udp-1", "200 OPTIONS 1"), "inconclusive no-REGISTER"},
		{"refused over TLS", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
	})
}

func TestAfter(t *testing.T) {
	t.Parallel()
	good, bad := says(verdict.Pass, "took-it"), says(verdict.Fail, "did-not")
	refused := secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1")
	try(t, []trial{
		{"refused so, and all is well", judge.After("REGISTER", 403, good), refused, "pass took-it"},
		{"refused so, and one is not", judge.After("REGISTER", 403, good, bad), refused, "fail did-not"},
		{"refused later", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1").
			in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass took-it"},
		{"another method was refused", judge.After("INVITE", 403, good), refused, "inconclusive no-INVITE"},
		{"refused otherwise", judge.After("REGISTER", 423, good), refused, "inconclusive refusal-not-provoked"},
		{"not refused", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive refusal-not-provoked"},
		{"challenged, and that was the end", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1"),
			"inconclusive refusal-not-provoked"},
		{"it refused the vendor itself", judge.After("REGISTER", 403, good), tell().opens("tls-1").alerts("tls-1", 42), "inconclusive refusal-not-provoked"},
		{"never connected", judge.After("REGISTER", 403, good), tell(), "inconclusive never-connected"},
		{"not answered", judge.After("REGISTER", 403, good), secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"the device's own 403", judge.After("INVITE", 403, good), secured().out("tls-1", "INVITE 1").in("tls-1", "403 INVITE 1"), "inconclusive no-INVITE"},
	})
}

func TestTakesAsFinal(t *testing.T) {
	t.Parallel()
	rule := judge.TakesAsFinal("REGISTER", 403)
	refused := func() *story { return secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1") }
	lives := func() *story { return refused().marks(observation.DeviceLivesOn) }
	try(t, []trial{
		{"and stops", rule, refused(), "pass took-as-final"},
		{"and does something else", rule, refused().in("tls-1", "OPTIONS 2").in("tls-1", "OPTIONS 3"), "pass took-as-final"},
		{"and asks once more", rule, refused().in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass took-as-final"},
		{"and asks twice more", rule, refused().in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2").in("tls-1", "REGISTER 3"), "fail repeats-after-final"},
		{"and asks twice more, as one that lives on", rule, lives().in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2").in("tls-1", "REGISTER 3"), "pass took-as-final"},
		{"and asks thrice more, as one that lives on", rule, lives().in("tls-1", "REGISTER 2").in("tls-1", "REGISTER 3").in("tls-1", "REGISTER 4"), "fail repeats-after-final"},
		{"and a person asks twice more", rule, refused().in("tls-1", "REGISTER 2").in("tls-1", "REGISTER 3").device(observation.DeviceDone, ""), "pass took-as-final"},
		{"and asks twice more after a person", rule, refused().device(observation.DeviceDone, "").in("tls-1", "REGISTER 2").in("tls-1", "REGISTER 3"), "fail repeats-after-final"},
		{"and asks twice more between tasks", rule, refused().device(observation.DeviceDone, "").in("tls-1", "REGISTER 2").in("tls-1", "REGISTER 3").device(observation.DeviceDone, ""),
			"fail repeats-after-final"},
		{"and takes its bindings away", rule, refused().in("tls-1", "REGISTER 2", "Expires: 0").out("tls-1", "403 REGISTER 2").in("tls-1", "REGISTER 3", "Expires: 0"), "pass took-as-final"},
		{"and asks twice more, over new connections", rule, refused().opens("tls-2").in("tls-2", "REGISTER 1", "Call-ID: b").opens("tls-3").in("tls-3", "REGISTER 1", "Call-ID: c"),
			"fail repeats-after-final"},
		{"and goes on with a call that there is", judge.TakesAsFinal("INVITE", 403), secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1").
			in("tls-1", "INVITE 2", "To: <sip:b@example.com>;tag=1").in("tls-1", "INVITE 3", "To: <sip:b@example.com>;tag=1"), "pass took-as-final"},
		{"and answers the challenge of its one more try", rule, refused().
			in("tls-1", "REGISTER 1", "Call-ID: b").out("tls-1", "407 REGISTER 1", "Call-ID: b").in("tls-1", "REGISTER 2", "Call-ID: b"), "pass took-as-final"},
		{"but was not refused", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive refusal-not-provoked"},
		{"but never connected", rule, tell(), "inconclusive refusal-not-provoked"},
	})
}

func TestAnswersChallenge(t *testing.T) {
	t.Parallel()
	rule := judge.AnswersChallenge("REGISTER")
	const credentials = `Proxy-Authorization: Digest username="a"`
	const old = `Proxy-Authenticate: Digest realm="r", nonce="n", stale=true`
	challenged := func() *story { return secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1") }
	try(t, []trial{
		{"rightly", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "200 REGISTER 2"), "pass challenge-answered"},
		{"rightly, and is refused for something else", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "423 REGISTER 2"), "pass challenge-answered"},
		{"wrongly", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "407 REGISTER 2"), "fail credentials-refused"},
		{"and is forbidden", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "403 REGISTER 2"), "fail credentials-refused"},
		{"after an old nonce", rule, secured().in("tls-1", "REGISTER 1", credentials).out("tls-1", "407 REGISTER 1", old).
			in("tls-1", "REGISTER 2", credentials).out("tls-1", "200 REGISTER 2"), "pass challenge-answered"},
		{"with old nonces at once", rule, secured().in("tls-1", "REGISTER 1", credentials).out("tls-1", "407 REGISTER 1", old).in("tls-1", "REGISTER 8", credentials, "Call-ID: b").
			out("tls-1", "407 REGISTER 8", old, "Call-ID: b").in("tls-1", "REGISTER 2", credentials).out("tls-1", "200 REGISTER 2"), "pass challenge-answered"},
		{"with an old nonce, and no more", rule, secured().in("tls-1", "REGISTER 1", credentials).out("tls-1", "407 REGISTER 1", old), "fail challenge-not-answered"},
		{"elsewhere", rule, challenged().opens("tls-2").in("tls-2", "REGISTER 2", credentials), "fail credentials-on-another-connection"},
		{"not, but asks again", rule, challenged().in("tls-1", "REGISTER 2"), "fail challenge-not-answered"},
		{"not", rule, challenged(), "fail challenge-not-answered"},
		{"before it came", rule, secured().in("tls-1", "REGISTER 1", credentials).out("tls-1", "407 REGISTER 1"), "fail challenge-not-answered"},
		{"as for a server", rule, challenged().in("tls-1", "REGISTER 2", "Authorization: Digest"), "fail challenge-not-answered"},
		{"and waits", rule, challenged().in("tls-1", "REGISTER 2", credentials), "inconclusive no-final-response"},
		{"was not challenged", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive not-challenged"},
		{"of another method", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "407 INVITE 1"), "inconclusive not-challenged"},
	})
}

func TestNoRequest(t *testing.T) {
	t.Parallel()
	rule := judge.NoRequest("REGISTER")
	try(t, []trial{
		{"of that method", rule, secured().in("tls-1", "INVITE 1"), "pass no-register"},
		{"at all", rule, secured(), "pass no-register"},
		{"but one", rule, secured().in("tls-1", "INVITE 1").in("tls-1", "REGISTER 1"), "fail sent-register"},
		{"for it was never there", rule, tell().dials("tls-1"), "inconclusive did-not-act"},
	})
}

func TestNoClearSignalling(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"over TLS", judge.NoClearSignalling, secured().in("tls-1", "REGISTER 1"), "pass stayed-on-tls"},
		{"not at all", judge.NoClearSignalling, tell(), "inconclusive did-not-act"},
		{"nothing over TLS", judge.NoClearSignalling, secured(), "pass stayed-on-tls"},
		{"called in vain", judge.NoClearSignalling, tell().dials("tls-1"), "inconclusive did-not-act"},
		{"over UDP", judge.NoClearSignalling, secured().opens("udp-2").in("udp-2", "REGISTER 1"), "fail fell-back-to-clear-signalling"},
		{"a response over TCP", judge.NoClearSignalling, secured().opens("tcp-2").in("tcp-2", "200 OPTIONS 1"), "fail fell-back-to-clear-signalling"},
		{"by the vendor over UDP", judge.NoClearSignalling, tell().opens("udp-1").out("udp-1", "OPTIONS 1"), "inconclusive did-not-act"},
		{"to the Contact, which is another matter", judge.NoClearSignalling, secured().strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "pass stayed-on-tls"},
		{"a connection in clear, and nothing over it", judge.NoClearSignalling, secured().opens("tcp-2"), "pass stayed-on-tls"},
	})
}

func TestRequestURI(t *testing.T) {
	t.Parallel()
	rule := judge.RequestURI("INVITE", "sips-request-uri", "sip-request-uri", func(u sipwire.URI) bool { return u.Scheme == "sip" })
	try(t, []trial{
		{"as asked", rule, secured().in("tls-1", "INVITE 1 sip:+15550100@example.com"), "pass sip-request-uri"},
		{"another", rule, secured().in("tls-1", "INVITE 1 sips:+15550100@example.com"), "fail sips-request-uri"},
		{"the first counts", rule, secured().in("tls-1", "INVITE 1 sips:a@example.com").in("tls-1", "INVITE 2 sip:a@example.com"), "fail sips-request-uri"},
		{"none that can be read", rule, secured().in("tls-1", "INVITE 1 ::"), "fail unreadable-request-uri"},
		{"the vendor's", rule, secured().out("tls-1", "INVITE 1 sips:a@example.com"), "inconclusive no-sip"},
		{"of no request", rule, tell(), "inconclusive never-connected"},
	})
}

func TestIsIP(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1": true, "[::1]": true, "::1": true,
		"example.com": false, "1.2.3": false, "": false, "127.0.0.1.example": false,
	} {
		if got := judge.IsIP(host); got != want {
			t.Errorf("IsIP(%q) is %t", host, got)
		}
	}
}

func TestPingInterval(t *testing.T) {
	t.Parallel()
	rule := judge.PingInterval(10 * time.Second)
	try(t, []trial{
		{"none", rule, secured(), "pass pings-seldom"},
		{"one", rule, secured().pings("tls-1"), "pass pings-seldom"},
		{"seldom", rule, secured().pings("tls-1").later(10 * time.Second).pings("tls-1").later(11 * time.Second).pings("tls-1"), "pass pings-seldom"},
		{"often", rule, secured().pings("tls-1").later(10 * time.Second).pings("tls-1").later(9 * time.Second).pings("tls-1"), "fail pings-too-often"},
		{"on connections of their own", rule, secured().opens("tls-2").pings("tls-1").pings("tls-2"), "pass pings-seldom"},
		{"often, on two connections in turn", rule, secured().opens("tls-2").pings("tls-1").pings("tls-2").pings("tls-1"), "fail pings-too-often"},
	})
}
