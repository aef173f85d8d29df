package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
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
		{"beside what is no media", judge.SecureMedia, tell().media(3, srtp).media(5, foreign).media(2, badRTCP), "pass secure-media"},
		{"RTCP in clear", judge.SecureMedia, tell().media(100, srtp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
		{"RTCP in clear, where RTP is asked about", judge.SecureRTP, tell().media(100, srtp).media(1, rtcp), "pass secure-media"},
		{"one packet in clear", judge.SecureMedia, tell().media(100, srtp).media(1, rtp), "fail clear-media-in-secure-session"},
		{"one packet under no key", judge.SecureMedia, tell().media(100, srtp).media(1, badRTP), "fail media-not-authentic"},
		{"clear outweighs not authentic", judge.SecureMedia, tell().media(1, badRTP).media(1, rtp), "fail clear-media-in-secure-session"},
		{"authentic and not encrypted", judge.SecureMedia, tell().media(3, naked), "fail media-not-encrypted"},
		{"too little", judge.SecureMedia, tell().media(2, srtp), "inconclusive no-media"},
		{"RTCP alone", judge.SecureMedia, tell().media(9, srtcp), "inconclusive no-media"},
		{"none", judge.SecureMedia, tell(), "inconclusive no-media"},
	})
}

func TestAgreedInClear(t *testing.T) {
	t.Parallel()
	agreed := func(offer, answer string) *story {
		return secured().in("tls-1", "INVITE 1", offer).out("tls-1", "200 INVITE 1", answer).media(5, rtp).media(1, rtcp)
	}
	key := crypto(1, sha80, "a")
	clear, secure := sdp("audio 4000 RTP/AVP"), sdp("audio 4000 RTP/SAVP", key)
	called := registered().out("tls-1", "INVITE 1", secure).in("tls-1", "200 INVITE 1", clear).media(5, rtp)
	try(t, []trial{
		{"RTP", judge.SecureMedia, agreed(clear, clear), "inconclusive agreed-in-clear"},
		{"its RTCP", judge.SecureRTCP, agreed(clear, clear), "inconclusive agreed-in-clear"},
		{"RTP of both that were offered", judge.SecureMedia,
			agreed(sdp("audio 4000 RTP/SAVP", key, "audio 4002 RTP/AVP"), sdp("audio 0 RTP/SAVP", "audio 5000 RTP/AVP")), "inconclusive agreed-in-clear"},
		{"SRTP of both that were offered", judge.SecureMedia,
			agreed(sdp("audio 4002 RTP/AVP", "audio 4000 RTP/SAVP", key), sdp("audio 0 RTP/AVP", "audio 5000 RTP/SAVP", key)), "fail clear-media-in-secure-session"},
		{"SRTP", judge.SecureMedia, agreed(secure, secure), "fail clear-media-in-secure-session"},
		{"SRTP without saying so", judge.SecureMedia, agreed(sdp("audio 4000 RTP/AVP", key), sdp("audio 5000 RTP/AVP", key)), "fail clear-media-in-secure-session"},
		{"SRTP, which the device answered in clear", judge.SecureMedia, called, "fail clear-media-in-secure-session"},
		{"nothing, for the offer is not there", judge.SecureMedia,
			secured().in("tls-1", "INVITE 1").out("tls-1", "200 INVITE 1", clear).media(5, rtp), "fail clear-media-in-secure-session"},
		{"SRTP in the end", judge.SecureMedia, secured().in("tls-1", "INVITE 1", clear).out("tls-1", "200 INVITE 1", clear).
			in("tls-1", "INVITE 2", secure).out("tls-1", "200 INVITE 2", secure).media(5, srtp), "pass secure-media"},
	})
}

func TestSecureRTCP(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"one packet", judge.SecureRTCP, tell().media(9, srtp).media(1, srtcp), "pass secure-rtcp"},
		{"one in clear", judge.SecureRTCP, tell().media(3, srtcp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
		{"one under no key", judge.SecureRTCP, tell().media(3, srtcp).media(1, badRTCP), "fail rtcp-not-authentic"},
		{"RTP is another matter", judge.SecureRTCP, tell().media(3, badRTP).media(3, rtp).media(1, srtcp), "pass secure-rtcp"},
		{"none", judge.SecureRTCP, tell().media(9, srtp), "inconclusive no-rtcp"},
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
		{"none", judge.NoClearMedia, secured(), "pass no-clear-media"},
		{"no device", judge.NoClearMedia, tell(), "inconclusive did-not-act"},
		{"all of it secure", judge.NoClearMedia, secured().media(9, srtp).media(1, badRTP).media(1, foreign), "pass no-clear-media"},
		{"RTP", judge.NoClearMedia, tell().media(9, srtp).media(1, rtp), "fail clear-media-in-secure-session"},
		{"RTCP", judge.NoClearMedia, tell().media(9, srtp).media(1, rtcp), "fail clear-media-in-secure-session"},
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

func TestGoesBackToRTP(t *testing.T) {
	t.Parallel()
	offered := func() *story {
		return registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").out("tls-1", "INVITE 2", sdp("audio 4000 RTP/AVP"))
	}
	answer := func(body ...string) *story { return offered().in("tls-1", "200 INVITE 2", body...) }
	try(t, []trial{
		{"follows", judge.GoesBackToRTP, answer(sdp("audio 4000 RTP/AVP")), "pass followed"},
		{"refuses the offer", judge.GoesBackToRTP, offered().in("tls-1", "488 INVITE 2"), "pass new-offer-refused"},
		{"refuses the stream", judge.GoesBackToRTP, answer(sdp()), "pass stream-refused"},
		{"ends the call", judge.GoesBackToRTP, offered().in("tls-1", "BYE 3"), "pass call-ended"},
		{"stays secure", judge.GoesBackToRTP, answer(sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))), "fail other-media-profile"},
		{"says nothing of it", judge.GoesBackToRTP, answer(), "fail bad-sdp"},
		{"is silent", judge.GoesBackToRTP, offered(), "inconclusive no-final-response"},
		{"was not asked, for it took no call", judge.GoesBackToRTP, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "inconclusive call-refused-486"},
		{"was not asked", judge.GoesBackToRTP, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "inconclusive no-new-offer"},
		{"was not called", judge.GoesBackToRTP, tell(), "inconclusive not-called"},
	})
}

func TestDecrypts(t *testing.T) {
	t.Parallel()
	nearly := observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 994}
	hardly := observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 993}
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
		return registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").media(40, withTone).
			out("tls-1", "INVITE 2").in("tls-1", "200 INVITE 2")
	}
	try(t, []trial{
		{"the tone is still there", judge.DecryptsAgain, again().media(11, withTone), "pass heard"},
		{"the tone is what is left of before", judge.DecryptsAgain, again().media(10, withTone).media(90, otherTone), "fail vendor-media-not-decrypted"},
		{"too little to tell", judge.DecryptsAgain, again().media(10, withTone), "inconclusive not-shown-to-hear"},
		{"not answered", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").out("tls-1", "INVITE 2").media(60, withTone), "inconclusive no-final-response"},
		{"no second offer", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"), "inconclusive call-refused-486"},
		{"no second offer, though the first was taken", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "inconclusive no-new-offer"},
		{"no call", judge.DecryptsAgain, tell(), "inconclusive not-called"},
	})
}

// TestKindsOfMedia: RTP and RTCP are told apart whatever protects them.
func TestKindsOfMedia(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of        observation.MediaInfo
		rtp, rtcp bool
	}{
		"SRTP": {srtp, true, false}, "RTP": {rtp, true, false}, "RTP with a bad tag": {badRTP, true, false},
		"SRTCP": {srtcp, false, true}, "RTCP": {rtcp, false, true}, "RTCP with a bad tag": {badRTCP, false, true},
		"STUN": {foreign, false, false},
	} {
		if isRTP, isRTCP := judge.IsRTP(&c.of), judge.IsRTCP(&c.of); isRTP != c.rtp || isRTCP != c.rtcp {
			t.Errorf("%s: RTP %t, RTCP %t", name, isRTP, isRTCP)
		}
	}
}

// TestAmounts: what scenarios wait for is enough for the rules, by a margin.
func TestAmounts(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"media that was awaited", judge.SecureMedia, tell().media(judge.MediaAwaited, srtp), "pass secure-media"},
		{"a tone that was awaited in vain", judge.Decrypts, tell().media(judge.ToneAwaited, otherTone), "fail vendor-media-not-decrypted"},
	})
	if judge.MediaAwaited <= judge.MediaEnough || judge.ToneAwaited < judge.ToneMissed+judge.ToneWindow {
		t.Error("a scenario waits for less than its rules need")
	}
}
