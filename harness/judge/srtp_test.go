package judge_test

import (
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/media"
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
	badRTP    = observation.MediaInfo{Class: observation.BadTag, Diagnosis: media.StrayMKI, Got: 4}
	badRTCP   = observation.MediaInfo{Class: observation.BadTag, PayloadType: 201, Diagnosis: media.TagLength, Got: 4, Want: 10}
	naked     = observation.MediaInfo{Class: observation.AuthenticRTP, Diagnosis: observation.NotEncrypted}
	withTone  = observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 1004}
	noise     = observation.MediaInfo{Class: observation.AuthenticRTP, Diagnosis: observation.Noise}
	keepAlive = observation.MediaInfo{Class: observation.ClearRTP, Content: observation.HeaderAlone}
	digit     = observation.MediaInfo{Class: observation.ClearRTP, Content: observation.Events}
	otherTone = observation.MediaInfo{Class: observation.AuthenticRTP, Tone: 440}
)

func TestSecureMedia(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"enough of it", judge.SecureMedia, tell().media(3, srtp), "pass secure-media"},
		{"beside what is no media", judge.SecureMedia, tell().media(3, srtp).media(5, foreign).media(2, badRTCP), "pass secure-media"},
		{"RTCP in clear", judge.SecureMedia, tell().media(100, srtp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
		{"RTCP in clear, where RTP is asked about", judge.SecureRTP, tell().media(100, srtp).media(1, rtcp), "pass secure-media"},
		{"one packet in clear", judge.SecureMedia, tell().media(100, srtp).media(1, rtp), "fail clear-media-in-secure-session"},
		{"one packet under no key", judge.SecureMedia, tell().media(100, srtp).media(1, badRTP), "fail media-stray-mki"},
		{"clear outweighs not authentic", judge.SecureMedia, tell().media(1, badRTP).media(1, rtp), "fail clear-media-in-secure-session"},
		{"authentic and not encrypted", judge.SecureMedia, tell().media(3, naked), "fail media-not-encrypted"},
		{"a keep-alive in clear", judge.SecureMedia, tell().media(3, srtp).media(2, keepAlive), "pass secure-media"},
		{"a digit in clear", judge.SecureMedia, tell().media(3, srtp).media(1, digit), "fail clear-dtmf-in-secure-session"},
		{"noise", judge.SecureMedia, tell().media(2, srtp).media(3, noise), "fail media-noise"},
		{"a strange sound", judge.SecureMedia, tell().media(3, srtp).media(2, noise), "pass secure-media"},
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
	report := func(key string, index uint32) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTCP, PayloadType: 200, Key: key, Index: index}
	}
	open := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "a")+" UNENCRYPTED_SRTCP")
	try(t, []trial{
		{"one packet", judge.SecureRTCP, tell().media(9, srtp).media(1, srtcp), "pass secure-rtcp"},
		{"one in clear", judge.SecureRTCP, tell().media(1, srtcp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
		{"one under no key", judge.SecureRTCP, tell().media(1, srtcp).media(1, badRTCP), "fail rtcp-tag-length"},
		{"RTP is another matter", judge.SecureRTCP, tell().media(3, badRTP).media(3, rtp).media(1, srtcp), "pass secure-rtcp"},
		{"not encrypted", judge.SecureRTCP, tell().media(1, observation.MediaInfo{Class: observation.AuthenticRTCP, Diagnosis: observation.NotEncrypted}),
			"fail rtcp-not-encrypted"},
		{"not encrypted, as agreed", judge.SecureRTCP, secured().in("tls-1", "INVITE 1", open).out("tls-1", "200 INVITE 1", open).
			media(1, observation.MediaInfo{Class: observation.AuthenticRTCP, Diagnosis: observation.NotEncrypted}), "pass secure-rtcp"},
		{"no RTCP", judge.SecureRTCP, tell().media(1, observation.MediaInfo{Class: observation.AuthenticRTCP, Diagnosis: observation.NotRTCP}),
			"fail rtcp-not-rtcp"},
		{"an index that rises", judge.SecureRTCP, tell().media(1, report("a", 1)).media(1, report("a", 2)).media(1, report("a", 9)), "pass secure-rtcp"},
		{"an index twice", judge.SecureRTCP, tell().media(1, report("a", 1)).media(1, report("a", 1)), "fail rtcp-index-not-rising"},
		{"an index that falls", judge.SecureRTCP, tell().media(1, report("a", 2)).media(1, report("a", 1)), "fail rtcp-index-not-rising"},
		{"an index under another key", judge.SecureRTCP, tell().media(1, report("a", 1)).media(1, report("b", 1)), "pass secure-rtcp"},
		{"an index that begins late", judge.SecureRTCP, tell().media(1, report("a", 17)), "fail rtcp-index-start"},
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
		{"RTCP", judge.NoClearMedia, tell().media(9, srtp).media(1, rtcp), "fail clear-rtcp-in-secure-session"},
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
	heard := func(tone int) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, Content: observation.Audio, Tone: tone}
	}
	prompt, quiet := heard(0), observation.MediaInfo{Class: observation.AuthenticRTP, Content: observation.Silence}
	clear := heard(700)
	clear.Class = observation.ClearRTP
	first := func() *story { return tell().plays(700) }
	second := func() *story { return first().media(20, quiet).media(1, heard(700)).plays(1900) }
	try(t, []trial{
		{"both tones are back", judge.Decrypts, second().media(9, heard(700)).media(1, heard(1900)), "pass heard"},
		{"they are nearly back", judge.Decrypts, first().media(1, heard(690)).plays(1900).media(1, heard(1910)), "pass heard"},
		{"after an announcement", judge.Decrypts, first().media(400, prompt).media(1, heard(700)).plays(1900).media(1, heard(1900)), "pass heard"},
		{"too low", judge.Decrypts, first().media(100, heard(689)), "fail vendor-media-not-decrypted"},
		{"a tone of its own", judge.Decrypts, first().media(100, heard(1004)), "fail vendor-media-not-decrypted"},
		{"a tone of its own that is the vendor's by chance", judge.Decrypts, second().media(100, heard(700)), "fail vendor-media-not-decrypted"},
		{"the tone was not changed", judge.Decrypts, first().media(400, heard(700)), "inconclusive not-shown-to-hear"},
		{"silence", judge.Decrypts, first().media(100, quiet), "fail vendor-media-not-decrypted"},
		{"an announcement without end", judge.Decrypts, first().media(500, prompt), "fail vendor-media-not-decrypted"},
		{"an announcement", judge.Decrypts, first().media(499, prompt), "inconclusive not-shown-to-hear"},
		{"a while without", judge.Decrypts, first().media(99, quiet), "inconclusive not-shown-to-hear"},
		{"the tone in clear", judge.Decrypts, first().media(100, clear), "inconclusive not-shown-to-hear"},
		{"nothing", judge.Decrypts, tell(), "inconclusive not-shown-to-hear"},
	})
}

func TestDecryptsAgain(t *testing.T) {
	t.Parallel()
	quiet := observation.MediaInfo{Class: observation.AuthenticRTP, Content: observation.Silence}
	again := func() *story {
		return registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").plays(1004).media(40, withTone).
			out("tls-1", "INVITE 2").in("tls-1", "200 INVITE 2")
	}
	try(t, []trial{
		{"the new tone is back", judge.DecryptsAgain, again().media(11, withTone).plays(440).media(1, otherTone), "pass heard"},
		{"the old tone is still there", judge.DecryptsAgain, again().plays(440).media(100, withTone), "fail vendor-media-not-decrypted"},
		{"there is nothing any more", judge.DecryptsAgain, again().media(100, quiet), "fail vendor-media-not-decrypted"},
		{"too little to tell", judge.DecryptsAgain, again().plays(440).media(10, withTone), "inconclusive not-shown-to-hear"},
		{"not answered", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1").
			out("tls-1", "INVITE 2").plays(1004).media(60, withTone), "inconclusive no-final-response"},
		{"no second offer", judge.DecryptsAgain, registered().out("tls-1", "INVITE 1").in("tls-1", "486 INVITE 1"),
			"inconclusive call-refused-486"},
		{"no second offer, though the first was taken", judge.DecryptsAgain,
			registered().out("tls-1", "INVITE 1").in("tls-1", "200 INVITE 1"), "inconclusive no-new-offer"},
		{"no call", judge.DecryptsAgain, tell(), "inconclusive not-called"},
	})
}

// TestRollover: what a sender did with its counter has a name.
func TestRollover(t *testing.T) {
	t.Parallel()
	packet := func(class observation.MediaClass, rollover uint32, got, want int) observation.MediaInfo {
		m := observation.MediaInfo{Class: class, Rollover: rollover, Got: got, Want: want}
		if class == observation.BadTag {
			m.Diagnosis = media.RolloverCounter
		}
		return m
	}
	good := func(rollover uint32) observation.MediaInfo { return packet(observation.AuthenticRTP, rollover, 0, 0) }
	bad := func(got, want int) observation.MediaInfo { return packet(observation.BadTag, 0, got, want) }
	try(t, []trial{
		{"raised", judge.SecureMedia, tell().media(2, good(0)).media(2, good(1)), "pass secure-media"},
		{"not raised", judge.SecureMedia, tell().media(6, good(0)).media(1, bad(0, 1)), "fail rollover-not-raised"},
		{"reset", judge.SecureMedia, tell().media(6, good(0)).media(6, good(1)).media(1, bad(0, 1)), "fail rollover-reset"},
		{"begins with 1", judge.SecureMedia, tell().media(6, bad(1, 0)), "fail rollover-not-zero"},
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
	})
	if judge.MediaAwaited <= judge.MediaEnough || judge.KeyAwaited <= judge.KeyMissed {
		t.Error("a scenario waits for less than its rules need")
	}
}
