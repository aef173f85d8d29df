package judge_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestTakesAsFinal(t *testing.T) {
	t.Parallel()
	rule := judge.TakesAsFinal("REGISTER", 403)
	refused := func() *story { return secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1") }
	try(t, []trial{
		{"and stops", rule, refused(), "pass took-as-final"},
		{"and does something else", rule, refused().in("tls-1", "OPTIONS 2").in("tls-1", "OPTIONS 3"), "pass took-as-final"},
		{"and asks once more", rule, refused().in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2"), "pass took-as-final"},
		{"and asks twice more", rule, refused().in("tls-1", "REGISTER 2").out("tls-1", "403 REGISTER 2").in("tls-1", "REGISTER 3"), "fail repeats-after-final"},
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

func TestNoClearSignalling(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"over TLS", judge.NoClearSignalling, secured().in("tls-1", "REGISTER 1"), "pass stayed-on-tls"},
		{"not at all", judge.NoClearSignalling, tell(), "pass stayed-on-tls"},
		{"over UDP", judge.NoClearSignalling, secured().opens("udp-2").in("udp-2", "REGISTER 1"), "fail fell-back-to-clear-signalling"},
		{"a response over TCP", judge.NoClearSignalling, secured().opens("tcp-2").in("tcp-2", "200 OPTIONS 1"), "fail fell-back-to-clear-signalling"},
		{"by the vendor over UDP", judge.NoClearSignalling, tell().opens("udp-1").out("udp-1", "OPTIONS 1"), "pass stayed-on-tls"},
		{"to the Contact, which is another matter", judge.NoClearSignalling, secured().strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "pass stayed-on-tls"},
		{"a connection in clear, and nothing over it", judge.NoClearSignalling, secured().opens("tcp-2"), "pass stayed-on-tls"},
	})
}

func TestNoKeysInClear(t *testing.T) {
	t.Parallel()
	keyed, clear := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a")), sdp("audio 4000 RTP/AVP")
	try(t, []trial{
		{"over TLS", judge.NoKeysInClear, secured().in("tls-1", "INVITE 1", keyed), "pass keys-protected"},
		{"over UDP", judge.NoKeysInClear, secured().opens("udp-2").in("udp-2", "INVITE 1", keyed), "fail keys-in-clear"},
		{"in an answer over TCP", judge.NoKeysInClear, tell().opens("tcp-1").out("tcp-1", "INVITE 1").in("tcp-1", "200 INVITE 1", keyed), "fail keys-in-clear"},
		{"to whoever listens at the Contact", judge.NoKeysInClear, tell().strays("udp-1", "private-contact").in("udp-1", "INVITE 1", keyed), "fail keys-in-clear"},
		{"on a stream of port 0", judge.NoKeysInClear, tell().opens("udp-1").in("udp-1", "INVITE 1", sdp("audio 0 RTP/SAVP", crypto(1, sha80, "a"))), "fail keys-in-clear"},
		{"no key over UDP", judge.NoKeysInClear, tell().opens("udp-1").in("udp-1", "INVITE 1", clear), "pass keys-protected"},
		{"the vendor's key over UDP", judge.NoKeysInClear, tell().opens("udp-1").out("udp-1", "INVITE 1", keyed), "pass keys-protected"},
	})
}

func TestNoCall(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"none", judge.NoCall, secured(), "pass no-call"},
		{"refused", judge.NoCall, secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1"), "pass no-call"},
		{"rings", judge.NoCall, secured().in("tls-1", "INVITE 1").out("tls-1", "180 INVITE 1"), "pass no-call"},
		{"set up", judge.NoCall, secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1"), "fail call-set-up"},
		{"set up in clear, after a refusal", judge.NoCall, secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1").
			opens("udp-2").in("udp-2", "INVITE 1", "Call-ID: b").out("udp-2", "200 INVITE 1", "Call-ID: b"), "fail call-set-up"},
		{"of the vendor's", judge.NoCall, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass no-call"},
	})
}

func TestNoClearOffer(t *testing.T) {
	t.Parallel()
	rule := judge.NoClearOffer(488)
	secure, clear := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a")), sdp("audio 4000 RTP/AVP")
	refused := func() *story { return secured().in("tls-1", "INVITE 1", secure).out("tls-1", "488 INVITE 1") }
	try(t, []trial{
		{"gives up", rule, refused(), "pass no-clear-offer"},
		{"offers SRTP again", rule, refused().in("tls-1", "INVITE 2", sdp("audio 4000 RTP/SAVPF", crypto(1, sha80, "b"))), "pass no-clear-offer"},
		{"offers RTP", rule, refused().in("tls-1", "INVITE 2", clear), "fail fell-back-to-clear-media"},
		{"offers RTP in another call", rule, refused().in("tls-1", "INVITE 1", "Call-ID: b", clear), "fail fell-back-to-clear-media"},
		{"offers nothing", rule, refused().in("tls-1", "INVITE 2"), "pass no-clear-offer"},
		{"had offered RTP all along", rule, secured().in("tls-1", "INVITE 1", clear).out("tls-1", "488 INVITE 1").in("tls-1", "INVITE 2", clear), "pass no-clear-offer"},
		{"was not refused", rule, secured().in("tls-1", "INVITE 1", secure).out("tls-1", "200 INVITE 1"), "inconclusive refusal-not-provoked"},
		{"was refused otherwise", rule, secured().in("tls-1", "INVITE 1", secure).out("tls-1", "403 INVITE 1"), "inconclusive refusal-not-provoked"},
	})
}

func TestAnswersChallenge(t *testing.T) {
	t.Parallel()
	rule := judge.AnswersChallenge("REGISTER")
	const credentials = `Proxy-Authorization: Digest username="a"`
	challenged := func() *story { return secured().in("tls-1", "REGISTER 1").out("tls-1", "407 REGISTER 1") }
	try(t, []trial{
		{"rightly", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "200 REGISTER 2"), "pass challenge-answered"},
		{"rightly, and is refused for something else", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "423 REGISTER 2"), "pass challenge-answered"},
		{"wrongly", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "407 REGISTER 2"), "fail credentials-refused"},
		{"and is forbidden", rule, challenged().in("tls-1", "REGISTER 2", credentials).out("tls-1", "403 REGISTER 2"), "fail credentials-refused"},
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

func TestNoRequest(t *testing.T) {
	t.Parallel()
	rule := judge.NoRequest("REGISTER")
	try(t, []trial{
		{"of that method", rule, secured().in("tls-1", "INVITE 1"), "pass no-register"},
		{"at all", rule, secured(), "pass no-register"},
		{"but one", rule, secured().in("tls-1", "INVITE 1").in("tls-1", "REGISTER 1"), "fail sent-register"},
		{"for it was never there", rule, tell().dials("tls-1"), "inconclusive never-connected"},
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

func TestFollowsRoute(t *testing.T) {
	t.Parallel()
	const first, second = "<sip:edge.example.com:5061;transport=tls;lr>", "<sip:core.example.com;lr>"
	called := func() *story {
		return registered().out("tls-1", "INVITE 1", "Record-Route: "+first+", "+second, "Contact: <sip:10.0.0.1>").in("tls-1", "200 INVITE 1").out("tls-1", "ACK 1")
	}
	routed := "Route: " + first
	try(t, []trial{
		{"in one line", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+first+", "+second), "pass route-followed"},
		{"in two lines, in its own words", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:EDGE.example.com:5061;lr>", "Route: "+second), "pass route-followed"},
		{"the wrong way round", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+second+", "+first), "fail route-set-disordered"},
		{"half", judge.FollowsRoute, called().in("tls-1", "BYE 2", routed), "fail route-set-not-followed"},
		{"not", judge.FollowsRoute, called().in("tls-1", "BYE 2"), "fail route-set-not-followed"},
		{"to another port", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:edge.example.com;lr>, "+second), "fail route-set-disordered"},
		{"in words that cannot be read", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: <sip:edge, "+second), "fail route-set-not-followed"},
		{"over another connection", judge.FollowsRoute, called().opens("tls-2").in("tls-2", "BYE 2", "Route: "+first+", "+second), "fail new-connection-for-dialog"},
		{"on which it said nothing", judge.FollowsRoute, called().opens("tls-2"), "fail new-connection-for-dialog"},
		{"to the Contact", judge.FollowsRoute, called().strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "fail sent-to-private-contact"},
		{"to the Contact too", judge.FollowsRoute, called().in("tls-1", "BYE 2", "Route: "+first+", "+second).strays("udp-2", "private-contact").in("udp-2", "BYE 2"), "fail sent-to-private-contact"},
		{"with no request", judge.FollowsRoute, called(), "inconclusive no-in-dialog-request"},
		{"with no call", judge.FollowsRoute, registered(), "inconclusive not-called"},
	})
}

func TestAnswersWithin(t *testing.T) {
	t.Parallel()
	rule := judge.AnswersWithin(4 * time.Second)
	called := func() *story { return registered().out("tls-1", "INVITE 1") }
	try(t, []trial{
		{"at once", rule, called().in("tls-1", "100 INVITE 1"), "pass answered-in-time"},
		{"by a refusal", rule, called().in("tls-1", "486 INVITE 1"), "pass answered-in-time"},
		{"late", rule, called().later(5*time.Second).in("tls-1", "100 INVITE 1"), "inconclusive late-response"},
		{"never", rule, called().later(5 * time.Second).over(), "fail no-response-in-time"},
		{"not before the end", rule, called().later(3 * time.Second).over(), "inconclusive no-response"},
		{"though it was not called", rule, registered(), "inconclusive not-called"},
	})
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

func TestRejects(t *testing.T) {
	t.Parallel()
	rule := judge.Rejects("bad-key")
	called := func() *story {
		return registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v")))
	}
	taken := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))
	try(t, []trial{
		{"the call", rule, called().in("tls-1", "488 INVITE 1"), "pass rejected-bad-key"},
		{"the stream", rule, called().in("tls-1", "200 INVITE 1", sdp("audio 0 RTP/SAVP")), "pass rejected-bad-key"},
		{"nothing", rule, called().in("tls-1", "200 INVITE 1", taken), "fail accepted-bad-key"},
		{"nothing, without a description", rule, called().in("tls-1", "200 INVITE 1"), "fail accepted-bad-key"},
		{"nothing, with one that cannot be read", rule, called().in("tls-1", "200 INVITE 1", "hello\r\nworld\r\n"), "fail accepted-bad-key"},
		{"the last offer", rule, called().in("tls-1", "200 INVITE 1", taken).out("tls-1", "INVITE 2").in("tls-1", "488 INVITE 2"), "pass rejected-bad-key"},
		{"only the first offer", rule, called().in("tls-1", "488 INVITE 1", taken).out("tls-1", "INVITE 2").in("tls-1", "200 INVITE 2", taken), "fail accepted-bad-key"},
		{"not yet", rule, called().in("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"no call", rule, registered(), "inconclusive not-called"},
	})
}

func TestRejectsWith(t *testing.T) {
	t.Parallel()
	rule := judge.RejectsWith("bad-key", 488)
	called := func() *story { return registered().out("tls-1", "INVITE 1") }
	try(t, []trial{
		{"that status", rule, called().in("tls-1", "488 INVITE 1"), "pass rejected-bad-key"},
		{"another", rule, called().in("tls-1", "500 INVITE 1"), "fail rejected-otherwise"},
		{"the stream", rule, called().in("tls-1", "200 INVITE 1", sdp("audio 0 RTP/SAVP")), "pass rejected-bad-key"},
		{"nothing", rule, called().in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP")), "fail accepted-bad-key"},
		{"no call", rule, registered(), "inconclusive not-called"},
	})
}
