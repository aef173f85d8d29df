package judge_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// back is a packet with a tone of the vendor's in it.
var back = observation.MediaInfo{Class: observation.AuthenticRTP, Content: observation.Audio, Tone: 1000}

// before is a packet that came at the beginning, whenever it was read.
var before = observation.MediaInfo{Class: observation.AuthenticRTP, Arrived: time.Nanosecond}

// held is a call from the vendor with media, and an offer and answer that change it.
func held(offer, answer string) *story {
	return talking().out("tls-1", "INVITE 2", offer).in("tls-1", "200 INVITE 2", answer)
}

func talking() *story {
	plain := sdp("audio 4000 RTP/SAVP")
	return registered().out("tls-1", "INVITE 1", plain).in("tls-1", "200 INVITE 1", plain).plays(1000).media(5, back)
}

func TestHolds(t *testing.T) {
	t.Parallel()
	plain := sdp("audio 4000 RTP/SAVP")
	sendonly, recvonly, inactive := plain+"a=sendonly\r\n", plain+"a=recvonly\r\n", plain+"a=inactive\r\n"
	nowhere := strings.Replace(plain, "c=IN IP4 127.0.0.2", "c=IN IP4 0.0.0.0", 1)
	resumed := func(s *story) *story { return s.out("tls-1", "INVITE 3", plain).in("tls-1", "200 INVITE 3", plain) }
	keepAlive := observation.MediaInfo{Class: observation.AuthenticRTP, Content: observation.HeaderAlone}
	silent := func(s *story) *story { return s.later(6 * time.Second).over() }
	calling := func() *story {
		return secured().in("tls-1", "INVITE 1", plain).out("tls-1", "200 INVITE 1", plain).plays(1000).media(5, back)
	}
	holding := func(offer, answer string) *story {
		return calling().in("tls-1", "INVITE 2", offer).out("tls-1", "200 INVITE 2", answer)
	}
	ends := func(s *story) *story { return s.in("tls-1", "INVITE 3", plain).out("tls-1", "200 INVITE 3", plain) }
	try(t, []trial{
		{"sendonly", judge.Holds, resumed(held(sendonly, recvonly).media(9, srtp)).media(3, srtp), "pass resumed"},
		{"sendonly, answered with inactive", judge.Holds, resumed(held(sendonly, inactive)).media(3, srtp), "pass resumed"},
		{"inactive", judge.Holds, resumed(held(inactive, inactive)).media(3, srtp), "pass resumed"},
		{"no address", judge.Holds, resumed(held(nowhere, plain)).media(3, srtp), "pass resumed"},
		{"with RTCP", judge.Holds, resumed(held(sendonly, recvonly).media(90, srtcp)).media(3, srtp), "pass resumed"},
		{"with ports kept open", judge.Holds, resumed(held(sendonly, recvonly).media(90, keepAlive)).media(3, srtp), "pass resumed"},
		{"sent while sendonly", judge.Holds, resumed(held(sendonly, recvonly).media(judge.HeldTolerated+1, srtp)).media(3, srtp), "fail sent-while-sendonly"},
		{"sent while sendonly, as it says", judge.Holds, held(sendonly, plain).media(judge.HeldTolerated+1, srtp), "fail sent-while-sendonly"},
		{"sent while inactive", judge.Holds, held(inactive, inactive).media(judge.HeldTolerated+1, srtp), "fail sent-while-inactive"},
		{"sent in clear while inactive", judge.Holds, held(inactive, inactive).media(judge.HeldTolerated+1, rtp), "fail sent-while-inactive"},
		{"sent to no address", judge.Holds, held(nowhere, plain).media(judge.HeldTolerated+1, srtp), "fail sent-while-no-address"},
		{"what it may answer it obeys", judge.Holds, held(plain, recvonly).media(judge.HeldTolerated+1, srtp), "fail sent-while-recvonly"},
		{"read after its answer, and sent before", judge.Holds, resumed(held(inactive, inactive).media(50, before)).media(3, srtp), "pass resumed"},
		{"sent before its answer", judge.Holds, resumed(talking().out("tls-1", "INVITE 2", inactive).media(50, srtp).
			in("tls-1", "200 INVITE 2", inactive)).media(3, srtp), "pass resumed"},
		{"sent before its answer to the new offer", judge.Holds, held(inactive, inactive).out("tls-1", "INVITE 3", plain).media(50, srtp).
			in("tls-1", "200 INVITE 3", plain).media(3, srtp), "pass resumed"},
		{"held by the device", judge.Holds, ends(holding(sendonly, recvonly)).media(3, srtp), "pass resumed"},
		{"held by the device, with music", judge.Holds, ends(holding(sendonly, recvonly).media(50, srtp)).media(3, srtp), "pass resumed"},
		{"held by the device without an address", judge.Holds, ends(holding(nowhere, plain).media(50, srtp)).media(3, srtp), "pass resumed"},
		{"held by the device, and sent on", judge.Holds, holding(inactive, inactive).media(judge.HeldTolerated+1, srtp), "fail sent-while-inactive"},
		{"held by the device for good", judge.Holds, silent(ends(holding(sendonly, recvonly))), "fail not-resumed"},
		{"the vendor refused to be held", judge.Holds, calling().in("tls-1", "INVITE 2", sendonly, "To: <sip:a@b>;tag=1").out("tls-1", "488 INVITE 2"),
			"inconclusive hold-refused"},
		{"not resumed", judge.Holds, silent(resumed(held(inactive, inactive))), "fail not-resumed"},
		{"not resumed by one that may suppress silence", judge.Holds, silent(resumed(registered().out("tls-1", "INVITE 1", plain).
			in("tls-1", "200 INVITE 1", plain).plays(1000).media(5, srtp).out("tls-1", "INVITE 2", inactive).in("tls-1", "200 INVITE 2", inactive))),
			"inconclusive no-media"},
		{"not resumed, but left", judge.Holds, silent(resumed(held(inactive, inactive)).in("tls-1", "BYE 4")), "inconclusive no-media"},
		{"not resumed until it left", judge.Holds, resumed(held(inactive, inactive)).later(6*time.Second).in("tls-1", "BYE 4").over(), "fail not-resumed"},
		{"not resumed yet", judge.Holds, resumed(held(inactive, inactive)), "inconclusive no-media"},
		{"no new offer yet", judge.Holds, held(inactive, inactive), "inconclusive not-resumed-yet"},
		{"the new offer was refused", judge.Holds, held(inactive, inactive).out("tls-1", "INVITE 3", plain).in("tls-1", "488 INVITE 3"),
			"inconclusive not-resumed-yet"},
		{"silent before", judge.Holds, registered().out("tls-1", "INVITE 1", plain).in("tls-1", "200 INVITE 1", plain).
			out("tls-1", "INVITE 2", inactive).in("tls-1", "200 INVITE 2", inactive), "inconclusive no-media"},
		{"by rejecting the stream", judge.Holds, held(sdp("audio 0 RTP/SAVP"), sdp("audio 0 RTP/SAVP")).media(judge.HeldTolerated+1, srtp), "fail sent-while-no-stream"},
		{"refused", judge.Holds, talking().out("tls-1", "INVITE 2", inactive, "To: <sip:a@b>;tag=1").in("tls-1", "488 INVITE 2"), "inconclusive hold-refused"},
		{"no call", judge.Holds, tell(), "inconclusive not-called"},
	})
}

func TestGoesOn(t *testing.T) {
	t.Parallel()
	plain := sdp("audio 4000 RTP/SAVP")
	update := func() *story {
		return held(plain, plain).out("tls-1", "UPDATE 3", plain).in("tls-1", "200 UPDATE 3", plain)
	}
	try(t, []trial{
		{"by INVITE", judge.GoesOn, held(plain, plain).media(3, srtp), "pass refreshed"},
		{"by UPDATE too", judge.GoesOn, update().media(3, srtp), "pass refreshed"},
		{"stopped", judge.GoesOn, held(plain, plain).later(6 * time.Second).over(), "fail stopped-by-refresh"},
		{"stopped by UPDATE", judge.GoesOn, update().later(6 * time.Second).over(), "fail stopped-by-refresh"},
		{"no media yet", judge.GoesOn, held(plain, plain), "inconclusive no-media"},
		{"refused", judge.GoesOn, talking().out("tls-1", "INVITE 2", plain).in("tls-1", "488 INVITE 2"), "inconclusive no-new-offer"},
		{"another offer", judge.GoesOn, held(sdp("audio 4002 RTP/SAVP"), plain).media(3, srtp), "inconclusive no-new-offer"},
	})
}

func TestFollowsPort(t *testing.T) {
	t.Parallel()
	to := func(port uint16) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTP, Local: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port)}
	}
	late := to(4000)
	late.Arrived = time.Nanosecond
	moved := func() *story { return held(sdp("audio 4002 RTP/SAVP"), sdp("audio 5000 RTP/SAVP")) }
	try(t, []trial{
		{"at once", judge.FollowsPort, moved().media(3, to(4002)), "pass followed"},
		{"after some packets", judge.FollowsPort, moved().media(judge.HeldTolerated, to(4000)).media(3, to(4002)), "pass followed"},
		{"after some that were read late", judge.FollowsPort, moved().media(50, late).media(3, to(4002)), "pass followed"},
		{"not", judge.FollowsPort, moved().media(judge.HeldTolerated+1, to(4000)), "fail old-port-in-use"},
		{"with half of it", judge.FollowsPort, moved().media(judge.HeldTolerated+1, to(4000)).media(judge.HeldTolerated+1, to(4002)), "fail old-port-in-use"},
		{"silent", judge.FollowsPort, moved(), "inconclusive no-media"},
		{"not moved", judge.FollowsPort, talking(), "inconclusive no-new-offer"},
	})
}

func TestUnrefused(t *testing.T) {
	t.Parallel()
	plain := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"))
	rule := judge.Unrefused(judge.AnswersAgain)
	try(t, []trial{
		{"refused", rule, talking().out("tls-1", "INVITE 2", plain).in("tls-1", "488 INVITE 2"), "inconclusive new-offer-refused"},
		{"badly answered", rule, held(plain, sdp("audio 4000 RTP/SAVP")), "fail answer-no-crypto"},
	})
}
