package judge_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestUnserved(t *testing.T) {
	t.Parallel()
	good, bad := judge.Unserved(says(verdict.Pass, "took-it")), judge.Unserved(says(verdict.Pass, "took-it"), says(verdict.Fail, "did-not"))
	refused := func() *story {
		return tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}).breaks("tls-1", "no common suite")
	}
	try(t, []trial{
		{"and takes it well", good, refused(), "pass took-it"},
		{"and does not", bad, refused(), "fail did-not"},
		{"after it tried to no end", good, tell().opens("tls-1").opens("tls-2").hello("tls-2", observation.HelloInfo{}).breaks("tls-2", "no common suite"), "pass took-it"},
		{"but was served", bad, secured(), "inconclusive refusal-not-provoked"},
		{"but is being served", bad, tell().opens("tls-1").hello("tls-1", observation.HelloInfo{}), "inconclusive handshake-unfinished"},
		{"but went in clear at once", bad, tell().opens("udp-1").in("udp-1", "REGISTER 1"), "inconclusive no-ClientHello"},
		{"but never connected", bad, tell(), "inconclusive never-connected"},
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

func TestServedUnder(t *testing.T) {
	t.Parallel()
	rule := judge.ServedUnder("REGISTER", 2)
	first := func() *story {
		return tell().opens("tls-1").shakes("tls-1", tls12, "old").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1").closes("tls-1", "local")
	}
	try(t, []trial{
		{"both", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2").out("tls-2", "200 REGISTER 2"), "pass leaf-not-pinned"},
		{"the first, and refuses the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").alerts("tls-2", 46), "fail refused-renewed-certificate"},
		{"the first, and hangs up on the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").closes("tls-2", "eof"), "fail refused-renewed-certificate"},
		{"the first, and does not come back", rule, first(), "inconclusive renewal-not-met"},
		{"the first, twice", rule, first().opens("tls-2").shakes("tls-2", tls12, "old").in("tls-2", "REGISTER 2").out("tls-2", "200 REGISTER 2"), "inconclusive renewal-not-met"},
		{"the first, and is refused under the second", rule, first().opens("tls-2").shakes("tls-2", tls12, "new").in("tls-2", "REGISTER 2").out("tls-2", "403 REGISTER 2"), "inconclusive renewal-not-met"},
		{"the first, and thinks about the second", rule, first().opens("tls-2"), "inconclusive renewal-not-met"},
		{"none", rule, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"nothing", rule, tell(), "inconclusive never-connected"},
		{"the first, over the vendor's own connection", rule, tell().dials("tls-1").shakes("tls-1", tls12, "old").in("tls-1", "REGISTER 1").out("tls-1", "200 REGISTER 1"), "inconclusive renewal-not-met"},
		{"none, for it was served in clear", rule, tell().opens("tcp-1").in("tcp-1", "REGISTER 1").out("tcp-1", "200 REGISTER 1"), "inconclusive no-leaf-shown"},
	})
}

func TestAnswersAgain(t *testing.T) {
	t.Parallel()
	offer, answer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v")), sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))
	offer2, answer2 := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "w")), sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "e"))
	call := func() *story {
		return registered().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer).media(9, observation.MediaInfo{Class: observation.AuthenticRTP})
	}
	again := func() *story { return call().out("tls-1", "INVITE 2", offer2) }
	old := observation.MediaInfo{Class: observation.AuthenticRTP, Diagnosis: observation.PreviousKey}
	try(t, []trial{
		{"under the new key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(3, old).media(1, observation.MediaInfo{Class: observation.AuthenticRTP}), "pass new-key-applied"},
		{"under the old key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, old), "fail old-key-in-use"},
		{"a while under the old key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(3, old), "inconclusive no-media"},
		{"in silence", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, srtcp), "inconclusive no-media"},
		{"under no key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, badRTP), "fail media-not-authentic"},
		{"under a key that is not known yet", judge.AnswersAgain, again().media(9, badRTP).in("tls-1", "200 INVITE 2", answer2).media(1, srtp), "pass new-key-applied"},
		{"in clear", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(1, rtp).media(9, srtp), "fail clear-media-in-secure-session"},
		{"refused", judge.AnswersAgain, again().in("tls-1", "488 INVITE 2"), "fail new-offer-refused"},
		{"without a key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/SAVP")), "fail answer-no-crypto"},
		{"with the vendor's key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", offer2), "fail answer-same-key-as-offered"},
		{"with another tag", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(3, sha80, "e"))), "fail answer-tag-not-offered"},
		{"not yet", judge.AnswersAgain, again().in("tls-1", "100 INVITE 2"), "inconclusive no-final-response"},
		{"there was no second offer, for the first was refused", judge.AnswersAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
		{"there was no call", judge.AnswersAgain, tell(), "inconclusive not-called"},
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
		{"but is not registered", judge.Refreshes, secured().in("tls-1", "REGISTER 1").out("tls-1", "403 REGISTER 1"), "fail refused-403"},
		{"but never connected", judge.Refreshes, tell(), "inconclusive never-connected"},
	})
}
