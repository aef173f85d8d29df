package judge_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestCalled(t *testing.T) {
	t.Parallel()
	answered := func() *story { return secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1") }
	call := func() *story { return answered().in("tls-1", "ACK 1") }
	try(t, []trial{
		{"answered and acknowledged", judge.Called, call(), "pass call-answered"},
		{"told to hang up", judge.Called, call().device("action", "hang-up").in("tls-1", "BYE 2"), "pass call-answered"},
		{"the vendor hangs up", judge.Called, call().out("tls-1", "BYE 9").in("tls-1", "200 BYE 9"), "pass call-answered"},
		{"hangs up by itself", judge.Called, call().in("tls-1", "BYE 2"), "fail ended-by-itself"},
		{"told after it had hung up", judge.Called, call().in("tls-1", "BYE 2").device("action", "hang-up"), "fail ended-by-itself"},
		{"told something else", judge.Called, call().device("action", "call").in("tls-1", "BYE 2"), "fail ended-by-itself"},
		{"not acknowledged", judge.Called, answered().device(observation.DeviceSettled, ""), "fail no-ack"},
		{"not acknowledged yet", judge.Called, answered(), "inconclusive no-ack"},
		{"refused", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "488 INVITE 1").in("tls-1", "ACK 1"), "fail refused-488"},
		{"redirected", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "302 INVITE 1").in("tls-1", "ACK 1"), "fail refused-302"},
		{"rings", judge.Called, secured().in("tls-1", "INVITE 1").out("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"did not call", judge.Called, secured(), "inconclusive no-sip"},
	})
}

func TestNoneServed(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"none", judge.NoneServed("INVITE"), secured(), "pass none-served"},
		{"refused", judge.NoneServed("INVITE"), secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1"), "pass none-served"},
		{"rings", judge.NoneServed("INVITE"), secured().in("tls-1", "INVITE 1").out("tls-1", "180 INVITE 1"), "pass none-served"},
		{"set up", judge.NoneServed("INVITE"), secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1"), "fail served-anyway"},
		{"set up in clear, after a refusal", judge.NoneServed("INVITE"), secured().in("tls-1", "INVITE 1").out("tls-1", "403 INVITE 1").
			opens("udp-2").in("udp-2", "INVITE 1", "Call-ID: b").out("udp-2", "200 INVITE 1", "Call-ID: b"), "fail served-anyway"},
		{"of the vendor's", judge.NoneServed("INVITE"), registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "pass none-served"},
	})
}

func TestAnswered(t *testing.T) {
	t.Parallel()
	called := func() *story { return registered().out("tls-1", "INVITE 1") }
	try(t, []trial{
		{"taken", judge.Answered, called().in("tls-1", "180 INVITE 1").in("tls-1", "200 INVITE 1"), "pass call-taken"},
		{"busy", judge.Answered, called().in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
		{"moved", judge.Answered, called().in("tls-1", "302 INVITE 1"), "fail call-refused-302"},
		{"rings", judge.Answered, called().in("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"hangs up on it", judge.Answered, called().closes("tls-1", "eof"), "fail closed-on-call"},
		{"the vendor gives up", judge.Answered, called().closes("tls-1", "local"), "inconclusive no-final-response"},
		{"hangs up when all is over", judge.Answered, called().over().closes("tls-1", "eof"), "inconclusive no-final-response"},
		{"not called though it registered", judge.Answered, registered(), "inconclusive not-called"},
		{"could not register", judge.Answered, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "inconclusive refused-403"},
		{"its registration is under way", judge.Answered, secured().in("tls-1", "REGISTER 1"), "inconclusive no-final-response"},
		{"nobody knows it", judge.Answered, tell(), "inconclusive not-called"},
		{"its server refuses", judge.Answered, tell().dials("tls-1").alerts("tls-1", 40).breaks("tls-1", "remote error"), "fail handshake-refused"},
		{"its server fails", judge.Answered, tell().dials("tls-1").breaks("tls-1", "EOF"), "fail handshake-failed"},
		{"its server is slow", judge.Answered, tell().dials("tls-1"), "inconclusive not-called"},
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

func TestUncalled(t *testing.T) {
	t.Parallel()
	rule := judge.Uncalled("32011")
	try(t, []trial{
		{"and the console says so", rule, tell().console("13223").console("32011"), "pass vendor-cannot-call"},
		{"and the console says so of a call that was refused", rule, registered().out("tls-1", "INVITE 1").in("tls-1", "488 INVITE 1").console("32011"), "pass vendor-cannot-call"},
		{"but it took a call", rule, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").console("32011"), "fail call-taken"},
		{"and the console says something else", rule, tell().console("13223"), "inconclusive not-called"},
		{"and the console says nothing", rule, tell(), "inconclusive not-called"},
	})
}

func TestRefusesCall(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesCall("bad-key")
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
		{"as it does every call", rule, called().in("tls-1", "603 INVITE 1"), "pass rejected-bad-key"},
		{"for it does not know the user", rule, called().in("tls-1", "404 INVITE 1"), "inconclusive refused-otherwise"},
		{"for it is busy", rule, called().in("tls-1", "486 INVITE 1"), "inconclusive refused-otherwise"},
	})
}

func TestRefusesCallOr(t *testing.T) {
	t.Parallel()
	good, bad := says(verdict.Pass, "coped"), says(verdict.Fail, "did-not")
	answer := func(status string) *story {
		return secured().out("tls-1", "INVITE 1").in("tls-1", status+" INVITE 1", sdp("audio 4000 RTP/SAVP"))
	}
	try(t, []trial{
		{"refused", judge.RefusesCallOr("x", bad), answer("488"), "pass rejected-x"},
		{"taken, and it copes", judge.RefusesCallOr("x", good), answer("200"), "pass coped"},
		{"taken, and it does not", judge.RefusesCallOr("x", bad), answer("200"), "fail did-not"},
		{"not answered", judge.RefusesCallOr("x", good), secured().out("tls-1", "INVITE 1"), "inconclusive no-final-response"},
		{"not called", judge.RefusesCallOr("x", good), tell(), "inconclusive not-called"},
	})
}

func TestRefusesCallWith(t *testing.T) {
	t.Parallel()
	rule := judge.RefusesCallWith("bad-key", 488)
	called := func() *story { return registered().out("tls-1", "INVITE 1") }
	try(t, []trial{
		{"that status", rule, called().in("tls-1", "488 INVITE 1"), "pass rejected-bad-key"},
		{"another", rule, called().in("tls-1", "500 INVITE 1"), "fail rejected-otherwise"},
		{"the stream", rule, called().in("tls-1", "200 INVITE 1", sdp("audio 0 RTP/SAVP")), "pass rejected-bad-key"},
		{"nothing", rule, called().in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP")), "fail accepted-bad-key"},
		{"no call", rule, registered(), "inconclusive not-called"},
	})
}

func TestParsableOffer(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"good", judge.ParsableOffer, secured().in("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP")), "pass offer-parses"},
		{"none", judge.ParsableOffer, secured().in("tls-1", "INVITE 1"), "fail empty-body"},
		{"no description", judge.ParsableOffer, secured().in("tls-1", "INVITE 1", "hello\r\nworld\r\n"), "fail bad-sdp"},
		{"no stream", judge.ParsableOffer, secured().in("tls-1", "INVITE 1", sdp()), "fail no-stream-offered"},
		{"a bad port", judge.ParsableOffer, secured().in("tls-1", "INVITE 1", sdp("audio x RTP/SAVP")), "fail bad-sdp"},
		{"did not call", judge.ParsableOffer, secured(), "inconclusive no-sip"},
	})
}

func TestAnswersEachStream(t *testing.T) {
	t.Parallel()
	called := func() *story {
		return registered().out("tls-1", "INVITE 1", sdp("video 4002 RTP/SAVP", "audio 4000 RTP/SAVP"))
	}
	answer := func(lines ...string) *story { return called().in("tls-1", "200 INVITE 1", sdp(lines...)) }
	try(t, []trial{
		{"refusing one", judge.AnswersEachStream, answer("video 0 RTP/SAVP", "audio 4000 RTP/SAVP"), "pass each-stream-answered"},
		{"leaving one out", judge.AnswersEachStream, answer("audio 4000 RTP/SAVP"), "fail streams-do-not-match"},
		{"adding one", judge.AnswersEachStream, answer("video 0 RTP/SAVP", "audio 4000 RTP/SAVP", "audio 4002 RTP/SAVP"), "fail streams-do-not-match"},
		{"refusing both", judge.AnswersEachStream, answer("video 0 RTP/SAVP", "audio 0 RTP/SAVP"), "fail refused-whole-session"},
		{"without a description", judge.AnswersEachStream, called().in("tls-1", "200 INVITE 1"), "fail streams-do-not-match"},
		{"refusing the call", judge.AnswersEachStream, called().in("tls-1", "488 INVITE 1"), "fail call-refused-488"},
		{"not called", judge.AnswersEachStream, tell(), "inconclusive not-called"},
	})
}
