package judge_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

func TestCrypto(t *testing.T) {
	t.Parallel()
	a, b := crypto(1, sha80, "a"), crypto(2, sha32, "b")
	for name, c := range map[string]struct {
		body  string
		proto string
		keys  []string
	}{
		"one stream":           {sdp("audio 4000 RTP/SAVP", a, b), "RTP/SAVP", []string{a, b}},
		"the first is refused": {sdp("audio 0 RTP/SAVP", a, "audio 4000 RTP/AVP"), "RTP/AVP", nil},
		"video comes first":    {sdp("video 4000 RTP/SAVP", a, "audio 4002 RTP/SAVP", b), "RTP/SAVP", []string{b}},
		"all are refused":      {sdp("audio 0 RTP/SAVP", a), "", nil},
		"no stream":            {sdp(), "", nil},
		"no description":       {"hello\r\nworld\r\n", "", nil},
		"nothing":              {"", "", nil},
	} {
		v := judge.NewView(secured().in("tls-1", "INVITE 1", c.body).events)
		stream, keys := judge.Crypto(v.Requests("INVITE")[0])
		if (stream != nil) != (c.proto != "") || stream != nil && stream.Proto != c.proto || !slices.Equal(keys, c.keys) {
			t.Errorf("%s: the stream is %v with %q", name, stream, keys)
		}
	}
	if stream, keys := judge.Crypto(nil); stream != nil || keys != nil {
		t.Errorf("no message has %v with %q", stream, keys)
	}
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
		{"the vendor's key over UDP", judge.NoKeysInClear, tell().opens("udp-1").out("udp-1", "INVITE 1", keyed), "inconclusive did-not-act"},
	})
}

func TestNoKeysUnderNull(t *testing.T) {
	t.Parallel()
	keyed, clear := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a")), sdp("audio 4000 RTP/AVP")
	under := func(suite uint16) *story {
		h := observation.HandshakeInfo{Role: "server", Complete: true, Version: tls12, Suite: suite}
		return tell().opens("tls-1").finishes("tls-1", h)
	}
	const nullSHA, nullSHA256, aes = 0x0002, 0x003b, 0x002f
	try(t, []trial{
		{"keys", judge.NoKeysUnderNull, under(nullSHA).in("tls-1", "INVITE 1", keyed), "fail keys-under-null-cipher"},
		{"keys in an answer", judge.NoKeysUnderNull, under(nullSHA256).out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1", keyed), "fail keys-under-null-cipher"},
		{"no keys", judge.NoKeysUnderNull, under(nullSHA).in("tls-1", "INVITE 1", clear), "pass no-key-under-null-cipher"},
		{"the vendor's keys", judge.NoKeysUnderNull, under(nullSHA).out("tls-1", "INVITE 1", keyed).in("tls-1", "488 INVITE 1"), "pass no-key-under-null-cipher"},
		{"silence", judge.NoKeysUnderNull, under(nullSHA), "inconclusive did-not-act"},
		{"keys, encrypted", judge.NoKeysUnderNull, under(aes).in("tls-1", "INVITE 1", keyed), "not-applicable no-null-cipher"},
		{"a handshake that failed", judge.NoKeysUnderNull,
			tell().opens("tls-1").hello("tls-1", observation.HelloInfo{Suites: []uint16{aes}}).breaks("tls-1", "no suite"), "not-applicable no-null-cipher"},
	})
}

// TestKeysInParts: a key in a part of a body, whatever it is part of, is as much in clear as one in the body.
func TestKeysInParts(t *testing.T) {
	t.Parallel()
	keyed, clear := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a")), sdp("audio 4000 RTP/AVP")
	with := func(protocol, kind string, parts ...string) *story {
		body := ""
		for _, part := range parts {
			body += "--b\r\nContent-Type: application/sdp\r\n\r\n" + part + "\r\n"
		}
		text := strings.Replace(sip("INVITE 1", body+"--b--\r\n"), "application/sdp", kind+";boundary=b", 1)
		return tell().opens(protocol+"-1").raw(protocol+"-1", observation.In, text)
	}
	invites := judge.OffersCrypto("x", func(sdes.Attribute) bool { return true })
	try(t, []trial{
		{"mixed over UDP", judge.NoKeysInClear, with("udp", "multipart/mixed", keyed), "fail keys-in-clear"},
		{"the second part over TCP", judge.NoKeysInClear, with("tcp", "Multipart/Alternative", clear, keyed), "fail keys-in-clear"},
		{"no key", judge.NoKeysInClear, with("udp", "multipart/mixed", clear), "pass keys-protected"},
		{"as a capability", judge.NoKeysInClear, tell().opens("udp-1").in("udp-1", "INVITE 1", clear+"a=acap:1 crypto:"+crypto(1, sha80, "a")+"\r\n"),
			"fail keys-in-clear"},
		{"over TLS", judge.NoKeysInClear, with("tls", "multipart/mixed", keyed), "pass keys-protected"},
		{"an offer in a part", invites, with("tls", "multipart/mixed", keyed), "pass crypto-offered"},
		{"that parses", judge.ParsableOffer, with("tls", "multipart/mixed", keyed), "pass offer-parses"},
	})
}

// TestOffersLate: the vendor's INVITE has no offer.
func TestOffersLate(t *testing.T) {
	t.Parallel()
	answered := func(line string, more ...string) *story {
		return secured().out("tls-1", "INVITE 1").in("tls-1", line, more...)
	}
	try(t, []trial{
		{"offered", judge.OffersLate, answered("200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a"))), "pass crypto-offered"},
		{"offered in clear", judge.OffersLate, answered("200 INVITE 1", sdp("audio 4000 RTP/AVP")), "fail no-secure-offer"},
		{"nothing offered", judge.OffersLate, answered("200 INVITE 1"), "fail no-offer"},
		{"refused", judge.OffersLate, answered("488 INVITE 1"), "fail call-refused-488"},
	})
}

// TestSecondStream: the answer to an offer of two streams accepts the second.
func TestSecondStream(t *testing.T) {
	t.Parallel()
	offer := sdp("audio 4000 RTP/AVP", "audio 4002 RTP/SAVP", crypto(1, sha80, "v"))
	answer := sdp("audio 0 RTP/AVP", "audio 5000 RTP/SAVP", crypto(1, sha80, "d"))
	log := secured().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer)
	try(t, []trial{{"accepted", judge.OneCrypto, log, "pass one-crypto"}})
}

func TestOffersCrypto(t *testing.T) {
	t.Parallel()
	rule := judge.OffersCrypto("vendor-suite-not-offered", func(a sdes.Attribute) bool { return a.Suite == sha80 })
	offer := func(lines ...string) *story { return secured().in("tls-1", "INVITE 1", sdp(lines...)) }
	const audio = "audio 4000 RTP/SAVP"
	long := strings.Replace(crypto(1, sha80, "a"), "inline:", "inline:AAAA", 1)
	try(t, []trial{
		{"that", rule, offer(audio, crypto(1, sha80, "a")), "pass crypto-offered"},
		{"that among others", rule, offer(audio, crypto(1, sha32, "a"), crypto(2, sha80, "b")), "pass crypto-offered"},
		{"under SAVPF", rule, offer("audio 4000 RTP/SAVPF", crypto(1, sha80, "a")), "pass crypto-offered"},
		{"others only", rule, offer(audio, crypto(1, sha32, "a")), "fail vendor-suite-not-offered"},
		{"none", rule, offer(audio), "fail vendor-suite-not-offered"},
		{"two of one tag", rule, offer(audio, crypto(1, sha80, "a"), crypto(1, sha32, "b")), "fail offer-duplicate-tag"},
		{"one, and one that is none", rule, offer(audio, crypto(1, sha80, "a"), "2 "+sha32+" inline:short"), "fail offer-bad-base64"},
		{"a key that is too long", rule, offer(audio, long), "fail offer-key-length"},
		{"under AVP", rule, offer("audio 4000 RTP/AVP", crypto(1, sha80, "a")), "fail no-secure-offer"},
		{"no stream", rule, offer(), "fail no-secure-offer"},
		{"no description", rule, secured().in("tls-1", "INVITE 1"), "fail late-offer"},
		{"no description, and the vendor has one", rule,
			secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1", sdp(audio, crypto(1, sha80, "v"))), "not-applicable late-offer"},
		{"in clear before a secure one", rule, offer("audio 4000 RTP/AVP", "audio 4002 RTP/SAVP", crypto(1, sha80, "a")), "pass crypto-offered"},
		{"did not call", rule, secured(), "inconclusive no-sip"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
	})
}

// offered is a device that was called with two attributes.
func offered() *story {
	return registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"), crypto(2, sha32, "w")))
}

func TestOneCrypto(t *testing.T) {
	t.Parallel()
	answer := func(lines ...string) *story { return offered().in("tls-1", "200 INVITE 1", sdp(lines...)) }
	const audio = "audio 4000 RTP/SAVP"
	try(t, []trial{
		{"one", judge.OneCrypto, answer(audio, crypto(1, sha80, "d")), "pass one-crypto"},
		{"the other", judge.OneCrypto, answer(audio, crypto(2, sha32, "d")), "pass one-crypto"},
		{"none", judge.OneCrypto, answer(audio), "fail answer-no-crypto"},
		{"two", judge.OneCrypto, answer(audio, crypto(1, sha80, "d"), crypto(2, sha32, "e")), "fail answer-several-crypto"},
		{"one of another tag", judge.OneCrypto, answer(audio, crypto(3, sha80, "d")), "fail answer-tag-not-offered"},
		{"one with the other's suite", judge.OneCrypto, answer(audio, crypto(1, sha32, "d")), "fail answer-suite-not-offered-for-tag"},
		{"one with the vendor's key", judge.OneCrypto, answer(audio, crypto(1, sha80, "v")), "fail answer-same-key-as-offered"},
		{"one that is none", judge.OneCrypto, answer(audio, "1 "+sha80+" inline:short"), "fail answer-invalid-attribute"},
		{"two of one tag", judge.OneCrypto, answer(audio, crypto(1, sha80, "d"), crypto(1, sha80, "e")), "fail answer-duplicate-tag"},
		{"another profile", judge.OneCrypto, answer("audio 4000 RTP/AVP", crypto(1, sha80, "d")), "fail other-media-profile"},
		{"no stream", judge.OneCrypto, answer("audio 0 RTP/SAVP"), "fail stream-refused"},
		{"no description", judge.OneCrypto, offered().in("tls-1", "200 INVITE 1"), "fail stream-refused"},
		{"no call", judge.OneCrypto, offered().in("tls-1", "486 INVITE 1"), "inconclusive call-refused-486"},
		{"no answer", judge.OneCrypto, offered().in("tls-1", "180 INVITE 1"), "inconclusive no-final-response"},
		{"not called", judge.OneCrypto, registered(), "inconclusive not-called"},
	})
}

func TestChoosesTag(t *testing.T) {
	t.Parallel()
	rule := judge.ChoosesTag(2)
	try(t, []trial{
		{"that", rule, offered().in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(2, sha32, "d"))), "pass one-crypto"},
		{"the other", rule, offered().in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))), "fail other-attribute-chosen"},
		{"none", rule, offered().in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP")), "fail answer-no-crypto"},
		{"of an offer without", rule, registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/AVP")).in("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/AVP")), "fail answer-no-crypto"},
		{"not called", rule, tell(), "inconclusive not-called"},
	})
}

func TestAnswersAgain(t *testing.T) {
	t.Parallel()
	offer, answer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v")), sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))
	offer2, answer2 := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "w")), sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "e"))
	call := func() *story {
		return registered().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer).
			media(9, observation.MediaInfo{Class: observation.AuthenticRTP})
	}
	again := func() *story { return call().out("tls-1", "INVITE 2", offer2) }
	old := observation.MediaInfo{Class: observation.AuthenticRTP, Diagnosis: observation.PreviousKey}
	fingerprint := func(name string) string {
		a, err := sdes.Parse(crypto(1, sha80, name))
		if err != nil {
			t.Fatal(err)
		}
		return media.Fingerprint(a.Keys[0].Material)
	}
	under := func(key string) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, Key: key}
	}
	try(t, []trial{
		{"under the new key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(3, old).media(1, observation.MediaInfo{Class: observation.AuthenticRTP}), "pass new-key-applied"},
		{"under the old key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, old), "fail old-key-in-use"},
		{"under the old key, before the mock has the new one", judge.AnswersAgain, registered().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer).media(9, under("one")).
			out("tls-1", "INVITE 2", offer2).in("tls-1", "200 INVITE 2", answer2).media(1, under("one")).media(60, old), "fail old-key-in-use"},
		{"under the old suite with the same key, before the mock has the new one", judge.AnswersAgain,
			call().out("tls-1", "INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(1, sha32, "w"))).
				in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(1, sha32, "d"))).
				media(1, observation.MediaInfo{Class: observation.AuthenticRTP, Suite: sha80}).media(60, old), "fail old-key-in-use"},
		{"under the old key, and no media before", judge.AnswersAgain, registered().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer).
			out("tls-1", "INVITE 2", offer2).in("tls-1", "200 INVITE 2", answer2).media(1, under(fingerprint("d"))).media(60, old), "fail old-key-in-use"},
		{"under the new key, by its name", judge.AnswersAgain, registered().out("tls-1", "INVITE 1", offer).in("tls-1", "200 INVITE 1", answer).media(9, under("one")).
			out("tls-1", "INVITE 2", offer2).in("tls-1", "200 INVITE 2", answer2).media(2, under("one")).media(1, under("two")), "pass new-key-applied"},
		{"a while under the old key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(3, old), "inconclusive no-media"},
		{"in silence", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, srtcp), "inconclusive no-media"},
		{"under no key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(60, badRTP), "fail media-stray-mki"},
		{"under a key that is not known yet", judge.AnswersAgain, again().media(9, badRTP).in("tls-1", "200 INVITE 2", answer2).media(1, srtp), "pass new-key-applied"},
		{"in clear", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", answer2).media(1, rtp).media(9, srtp), "fail clear-media-in-secure-session"},
		{"refused", judge.AnswersAgain, again().in("tls-1", "488 INVITE 2"), "fail new-offer-refused"},
		{"without a key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/SAVP")), "fail answer-no-crypto"},
		{"with the vendor's key", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", offer2), "fail answer-same-key-as-offered"},
		{"with another tag", judge.AnswersAgain, again().in("tls-1", "200 INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(3, sha80, "e"))), "fail answer-tag-not-offered"},
		{"not yet", judge.AnswersAgain, again().in("tls-1", "100 INVITE 2"), "inconclusive no-final-response"},
		{"there was no second offer", judge.AnswersAgain, call(), "inconclusive no-new-offer"},
		{"there was no second offer, for the first was refused", judge.AnswersAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "inconclusive call-refused-486"},
		{"there was no call", judge.AnswersAgain, tell(), "inconclusive not-called"},
	})
}

func TestEndsBadAnswer(t *testing.T) {
	t.Parallel()
	rule := judge.EndsBadAnswer("other-tag")
	answered := func() *story {
		return secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(9, sha80, "v")))
	}
	acked := func() *story { return answered().in("tls-1", "ACK 1") }
	try(t, []trial{
		{"at once", rule, acked().in("tls-1", "BYE 2"), "pass refused-other-tag"},
		{"without ACK", rule, answered().in("tls-1", "BYE 2"), "pass refused-other-tag"},
		{"beside a STUN packet", rule, acked().media(1, foreign).in("tls-1", "BYE 2"), "pass refused-other-tag"},
		{"after a report", rule, acked().media(1, rtcp).device("action", "hang-up").in("tls-1", "BYE 2"), "pass no-media-under-other-tag"},
		{"after it was told to", rule, acked().device("action", "hang-up").in("tls-1", "BYE 2"), "pass no-media-under-other-tag"},
		{"after it sent media", rule, acked().media(1, srtp).in("tls-1", "BYE 2"), "fail accepted-other-tag"},
		{"after it sent media under some key", rule, acked().media(1, badRTP).in("tls-1", "BYE 2"), "fail accepted-other-tag"},
		{"after it sent media in clear", rule, acked().media(1, rtp).in("tls-1", "BYE 2"), "fail accepted-other-tag"},
		{"after it sent media before the answer", rule, secured().media(1, srtp).in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1").in("tls-1", "BYE 2"), "pass refused-other-tag"},
		{"not", rule, acked(), "inconclusive undecided"},
		{"and says nothing", rule, answered(), "inconclusive no-ack"},
		{"was refused", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "488 INVITE 1"), "inconclusive refused-488"},
		{"did not call", rule, secured(), "inconclusive no-sip"},
	})
}
