package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
)

// In the responses below, a and b are the tags of two forks of the device.
const (
	fromA, fromB = "To: <sip:a@b.c>;tag=a", "To: <sip:a@b.c>;tag=b"
	rel          = "Require: 100rel"
	rseq         = "RSeq: 1"
)

func TestOneAnswer(t *testing.T) {
	t.Parallel()
	offer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"), crypto(2, sha32, "w"))
	answer := func(lines ...string) string { return sdp(append([]string{"audio 5000 RTP/SAVP"}, lines...)...) }
	own, other := answer(crypto(1, sha80, "a")), answer(crypto(1, sha80, "b"))
	called := func() *story { return registered().out("tls-1", "INVITE 1", offer) }
	early := func(second string, more ...string) *story {
		return called().in("tls-1", "183 INVITE 1", fromA, own).in("tls-1", "200 INVITE 1", append([]string{fromA, second}, more...)...)
	}
	try(t, []trial{
		{"in the final response", judge.OneAnswer, called().in("tls-1", "180 INVITE 1", fromA).in("tls-1", "200 INVITE 1", fromA, own),
			"pass one-answer"},
		{"and before", judge.OneAnswer, early(own), "pass one-answer"},
		{"with a lifetime written otherwise", judge.OneAnswer, early(answer(crypto(1, sha80, "a") + "|2^48")),
			"pass one-answer"},
		{"another key", judge.OneAnswer, early(other), "fail answers-differ"},
		{"another tag", judge.OneAnswer, early(answer(crypto(2, sha80, "a"))), "fail answers-differ"},
		{"another suite", judge.OneAnswer, early(answer(crypto(1, sha32, "a"))), "fail answers-differ"},
		{"no key", judge.OneAnswer, early(answer()), "fail answers-differ"},
		{"an odd key", judge.OneAnswer, early(answer("1 odd")), "fail answers-differ"},
		{"another profile", judge.OneAnswer, early(sdp("audio 5000 RTP/AVP")), "fail answers-differ"},
		{"stream refused", judge.OneAnswer, early(sdp("audio 0 RTP/SAVP")), "fail answers-differ"},
		{"one stream more", judge.OneAnswer, early(sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a"), "video 0 RTP/SAVP")),
			"fail answers-differ"},
		{"stream refused twice", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, sdp("audio 0 RTP/SAVP")).
			in("tls-1", "200 INVITE 1", fromA, sdp("audio 0 RTP/AVP")), "pass one-answer"},
		{"two provisional ones differ", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).
			in("tls-1", "183 INVITE 1", fromA, other).in("tls-1", "200 INVITE 1", fromA, other), "fail answers-differ"},
		{"forks differ", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).in("tls-1", "200 INVITE 1", fromB, other),
			"pass one-answer"},
		{"before alone", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).in("tls-1", "200 INVITE 1", fromA),
			"fail answer-not-in-final"},
		{"before alone, acknowledged", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, rel, rseq, own).
			in("tls-1", "200 INVITE 1", fromA), "pass one-answer"},
		{"acknowledged the second time", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).
			in("tls-1", "183 INVITE 1", fromA, rel, rseq, own).in("tls-1", "200 INVITE 1", fromA), "pass one-answer"},
		{"acknowledged of the other fork", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).
			in("tls-1", "183 INVITE 1", fromB, rel, rseq, other).in("tls-1", "200 INVITE 1", fromA),
			"fail answer-not-in-final"},
		{"none", judge.OneAnswer, called().in("tls-1", "200 INVITE 1", fromA), "pass one-answer"}, // which others blame
		{"to a later offer", judge.OneAnswer, early(own).out("tls-1", "INVITE 2", offer).in("tls-1", "200 INVITE 2", fromA, other),
			"pass one-answer"},
		{"two to a later offer", judge.OneAnswer, early(own).out("tls-1", "INVITE 2", offer).in("tls-1", "183 INVITE 2", fromA, own).
			in("tls-1", "200 INVITE 2", fromA, other), "fail answers-differ"},
		{"refused after an answer", judge.OneAnswer, called().in("tls-1", "183 INVITE 1", fromA, own).in("tls-1", "486 INVITE 1", fromA),
			"inconclusive call-refused-486"},
		{"no offer", judge.OneAnswer, registered().out("tls-1", "INVITE 1").in("tls-1", "183 INVITE 1", fromA, own).
			in("tls-1", "200 INVITE 1", fromA, other), "pass one-answer"},
	})
}

// TestEarlyAnswer: what judges the answer looks at the first in the dialog that was
// confirmed.
func TestEarlyAnswer(t *testing.T) {
	t.Parallel()
	offer, video := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v")), sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"), "video 4002 RTP/SAVP")
	good, bad := sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a")), sdp("audio 5000 RTP/SAVP", crypto(2, sha80, "a"))
	taken := func(offer, early string, final ...string) *story {
		return registered().out("tls-1", "INVITE 1", offer).in("tls-1", "183 INVITE 1", fromA, rel, rseq, early).
			in("tls-1", "200 INVITE 1", append([]string{fromA}, final...)...)
	}
	loser := registered().out("tls-1", "INVITE 1", offer).in("tls-1", "183 INVITE 1", fromB, bad).in("tls-1", "200 INVITE 1", fromA, good)
	late := registered().out("tls-1", "INVITE 1").in("tls-1", "183 INVITE 1", fromA, good)
	try(t, []trial{
		{"good", judge.OneCrypto, taken(offer, good), "pass one-crypto"},
		{"chosen", judge.ChoosesTag(1), taken(offer, good), "pass one-crypto"},
		{"bad", judge.OneCrypto, taken(offer, bad, good), "fail answer-tag-not-offered"},
		{"bad of a fork that lost", judge.OneCrypto, loser, "pass one-crypto"},
		{"stream refused", judge.RefusesCall("x"), taken(offer, sdp("audio 0 RTP/SAVP")), "pass rejected-x"},
		{"stream taken", judge.RefusesCall("x"), taken(offer, good), "fail accepted-x"},
		{"each stream", judge.AnswersEachStream, taken(video, sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a"), "video 0 RTP/SAVP")),
			"pass each-stream-answered"},
		{"streams in another order", judge.AnswersEachStream,
			taken(video, sdp("video 0 RTP/SAVP", "audio 5000 RTP/SAVP", crypto(1, sha80, "a"))),
			"fail streams-do-not-match"},
		{"offer of the device's", judge.OffersLate, taken("Subject: none", good), "pass crypto-offered"},
		{"offer that is not reliable", judge.OffersLate, late.in("tls-1", "200 INVITE 1", fromA), "fail no-offer"},
		{"in clear", judge.SecureMedia, taken(sdp("audio 4000 RTP/AVP"), sdp("audio 5000 RTP/AVP")).media(5, rtp),
			"inconclusive agreed-in-clear"},
		{"secure", judge.SecureMedia, taken(offer, good).media(5, srtp), "pass secure-media"},
	})
}

func TestFitsEachStream(t *testing.T) {
	t.Parallel()
	rule := judge.FitsEachStream
	answered := func(lines ...string) *story {
		return registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"), "video 4002 RTP/SAVP", crypto(1, sha80, "w"),
			"audio 4004 RTP/SAVP", crypto(5, sha80, "x"), crypto(6, sha32, "y"), "audio 4006 RTP/AVP")).in("tls-1", "200 INVITE 1", sdp(lines...))
	}
	first, video := []string{"audio 5000 RTP/SAVP", crypto(1, sha80, "a")}, "video 0 RTP/SAVP"
	two := func(lines ...string) *story {
		return answered(append(append(first[:2:2], video, "audio 5004 RTP/SAVP"), lines...)...)
	}
	try(t, []trial{
		{"one taken", rule, answered(append(first[:2:2], video, "audio 0 RTP/SAVP", "audio 0 RTP/AVP")...), "pass each-key-fits"},
		{"two taken", rule, two(crypto(6, sha32, "b"), "audio 5006 RTP/AVP"), "pass each-key-fits"},
		{"one without key", rule, two("audio 0 RTP/AVP"), "fail answer-no-crypto"},
		{"one with the tag of the other", rule, two(crypto(1, sha80, "b")), "fail answer-tag-not-offered"},
		{"one in clear", rule, answered("audio 5000 RTP/AVP", video, "audio 0 RTP/SAVP", "audio 0 RTP/AVP"), "fail other-media-profile"},
		{"one with two keys", rule, two(crypto(5, sha80, "b"), crypto(6, sha32, "c")), "fail answer-several-crypto"},
		{"one with the key that was offered", rule, two(crypto(5, sha80, "x")), "fail answer-same-key-as-offered"},
		{"none taken", rule, answered("audio 0 RTP/SAVP", video, "audio 0 RTP/SAVP", "audio 5006 RTP/AVP"), "inconclusive no-stream-taken"},
		{"no answer", rule, registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP")).in("tls-1", "200 INVITE 1"), "inconclusive no-answer"},
		{"refused", rule, registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP")).in("tls-1", "488 INVITE 1"), "inconclusive call-refused-488"},
	})
}

func TestFollowsOSRTP(t *testing.T) {
	t.Parallel()
	key := crypto(1, sha80, "v")
	called := func(line string, more ...string) *story {
		return registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/AVP", key)).in("tls-1", line, more...)
	}
	answered := func(lines ...string) *story { return called("200 INVITE 1", sdp(lines...)) }
	keyed := func() *story { return answered("audio 5000 RTP/AVP", crypto(1, sha80, "a")) }
	rule := judge.FollowsOSRTP
	try(t, []trial{
		{"taken", rule, keyed().media(5, srtp), "pass secure-media"},
		{"taken, in clear", rule, keyed().media(5, rtp), "fail clear-media-in-secure-session"},
		{"ignored", rule, answered("audio 5000 RTP/AVP").media(5, rtp), "pass clear-media"},
		{"ignored, no media", rule, answered("audio 5000 RTP/AVP"), "inconclusive no-media"},
		{"refused", rule, called("488 INVITE 1"), "not-applicable not-taken"},
		{"stream refused", rule, answered("audio 0 RTP/AVP"), "not-applicable not-taken"},
		{"another profile", rule, answered("audio 5000 RTP/SAVP", crypto(1, sha80, "a")), "fail other-media-profile"},
		{"another tag", rule, answered("audio 5000 RTP/AVP", crypto(2, sha80, "a")), "fail answer-tag-not-offered"},
		{"no answer", rule, called("180 INVITE 1"), "inconclusive no-final-response"},
		{"a key that was not asked for", judge.SecureMedia, registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/AVP")).
			in("tls-1", "200 INVITE 1", sdp("audio 5000 RTP/AVP", crypto(1, sha80, "a"))).media(5, rtp),
			"inconclusive agreed-in-clear"},
	})
}
