package judge_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// Datagrams as the mock's endpoint classes them. Of bad tags, the packet type
// tells RTP (0, PCMU) from RTCP (200, sender report).
var (
	srtp      = observation.MediaInfo{Class: observation.AuthenticRTP}
	srtcp     = observation.MediaInfo{Class: observation.AuthenticRTCP, PayloadType: 200}
	rtp       = observation.MediaInfo{Class: observation.ClearRTP}
	rtcp      = observation.MediaInfo{Class: observation.ClearRTCP, PayloadType: 200}
	foreign   = observation.MediaInfo{Class: observation.Foreign}
	badRTP    = observation.MediaInfo{Class: observation.BadTag, Diagnosis: "stray MKI of 4 bytes"}
	badRTCP   = observation.MediaInfo{Class: observation.BadTag, PayloadType: 201}
	naked     = observation.MediaInfo{Class: observation.AuthenticRTP, Diagnosis: observation.NotEncrypted}
	withTone  = observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 1004}
	otherTone = observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 440}
	clearTone = observation.MediaInfo{Class: observation.ClearRTP, Tone: 1004}
)

func TestSecureMedia(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"enough of it", judge.SecureMedia, tell().media(3, srtp), "pass secure-media"},
		{"beside what is no media", judge.SecureMedia, tell().media(3, srtp).media(5, foreign).media(2, badRTCP).media(1, rtcp), "pass secure-media"},
		{"one packet in clear", judge.SecureMedia, tell().media(100, srtp).media(1, rtp), "fail clear-media-in-secure-session"},
		{"one packet under no key", judge.SecureMedia, tell().media(100, srtp).media(1, badRTP), "fail media-not-authentic"},
		{"clear outweighs not authentic", judge.SecureMedia, tell().media(1, badRTP).media(1, rtp), "fail clear-media-in-secure-session"},
		{"authentic and not encrypted", judge.SecureMedia, tell().media(3, naked), "fail media-not-encrypted"},
		{"too little", judge.SecureMedia, tell().media(2, srtp), "inconclusive no-media"},
		{"RTCP alone", judge.SecureMedia, tell().media(9, srtcp), "inconclusive no-media"},
		{"none", judge.SecureMedia, tell(), "inconclusive no-media"},
	})
}

func TestSecureControl(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"one packet", judge.SecureControl, tell().media(9, srtp).media(1, srtcp), "pass secure-rtcp"},
		{"one in clear", judge.SecureControl, tell().media(3, srtcp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
		{"one under no key", judge.SecureControl, tell().media(3, srtcp).media(1, badRTCP), "fail rtcp-not-authentic"},
		{"RTP is another matter", judge.SecureControl, tell().media(3, badRTP).media(3, rtp).media(1, srtcp), "pass secure-rtcp"},
		{"none", judge.SecureControl, tell().media(9, srtp), "inconclusive no-rtcp"},
	})
}

func TestClearMedia(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"enough of it", judge.ClearMedia, tell().media(3, rtp), "pass clear-media"},
		{"too little", judge.ClearMedia, tell().media(2, rtp).media(5, rtcp), "inconclusive no-media"},
		{"none", judge.ClearMedia, tell().media(9, srtp), "inconclusive no-media"},
	})
}

func TestNoClearMedia(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"none", judge.NoClearMedia, tell(), "pass no-clear-media"},
		{"all of it secure", judge.NoClearMedia, tell().media(9, srtp).media(1, badRTP).media(1, foreign), "pass no-clear-media"},
		{"RTP", judge.NoClearMedia, tell().media(9, srtp).media(1, rtp), "fail clear-media-in-secure-session"},
		{"RTCP", judge.NoClearMedia, tell().media(9, srtp).media(1, rtcp), "fail clear-media-in-secure-session"},
	})
}

func TestDecrypts(t *testing.T) {
	t.Parallel()
	nearly, hardly := observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 994}, observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 993}
	try(t, []trial{
		{"the tone is back", judge.Decrypts, tell().media(20, srtp).media(1, withTone), "pass heard"},
		{"the tone is nearly back", judge.Decrypts, tell().media(1, nearly), "pass heard"},
		{"too low", judge.Decrypts, tell().media(100, hardly), "fail vendor-media-not-decrypted"},
		{"another tone", judge.Decrypts, tell().media(100, otherTone), "fail vendor-media-not-decrypted"},
		{"a while without", judge.Decrypts, tell().media(99, srtp), "inconclusive not-shown-to-hear"},
		{"the tone in clear", judge.Decrypts, tell().media(100, clearTone), "inconclusive not-shown-to-hear"},
		{"silence", judge.Decrypts, tell(), "inconclusive not-shown-to-hear"},
	})
}

func TestDecryptsAgain(t *testing.T) {
	t.Parallel()
	again := func() *story {
		return registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").media(40, withTone).out("tls-1", "INVITE 2").in("tls-1", "200 INVITE 2")
	}
	try(t, []trial{
		{"the tone is still there", judge.DecryptsAgain, again().media(11, withTone), "pass heard"},
		{"the tone is what is left of before", judge.DecryptsAgain, again().media(10, withTone).media(90, otherTone), "fail vendor-media-not-decrypted"},
		{"too little to tell", judge.DecryptsAgain, again().media(10, withTone), "inconclusive not-shown-to-hear"},
		{"not answered", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").out("tls-1", "INVITE 2").media(60, withTone), "inconclusive no-final-response"},
		{"no second offer", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
		{"no call", judge.DecryptsAgain, tell(), "inconclusive not-called"},
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
		{"no call", judge.OneCrypto, offered().in("tls-1", "486 INVITE 1"), "fail call-refused-486"},
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
		{"no description", rule, secured().in("tls-1", "INVITE 1"), "fail no-secure-offer"},
		{"did not call", rule, secured(), "inconclusive no-sip"},
		{"never connected", rule, tell(), "inconclusive never-connected"},
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
		{"was refused", rule, secured().in("tls-1", "INVITE 1").out("tls-1", "488 INVITE 1"), "fail refused-488"},
		{"did not call", rule, secured(), "inconclusive no-sip"},
	})
}
