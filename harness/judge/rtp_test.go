package judge_test

import (
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Where media comes to and from in the stories: the vendor describes port 4000, and the device 5000.
var (
	vendorRTP  = netip.MustParseAddrPort("127.0.0.1:4000")
	vendorRTCP = netip.MustParseAddrPort("127.0.0.1:4001")
	deviceRTP  = netip.MustParseAddrPort("127.0.0.2:5000")
)

// conversing is a call of the device's in which both sides have agreed to send SRTP.
func conversing() *story {
	return secured().in("tls-1", "INVITE 1", sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a"))).
		out("tls-1", "200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "b"))).in("tls-1", "ACK 1")
}

// speaks is n packets of SRTP with 20 ms of audio each. Change, unless nil, spoils the packet of that number.
func (s *story) speaks(n int, change func(i int, m *observation.MediaInfo)) *story {
	for i := range n {
		m := observation.MediaInfo{
			Class: observation.AuthenticRTP, Local: vendorRTP, Remote: deviceRTP, SSRC: 7, Key: "k",
			Sequence: uint16(65530 + i), Timestamp: 1<<32 - 320 + uint32(160*i), Marker: i == 0, Payload: 160,
			Content: observation.Audio, Rollover: uint32((65530 + i) >> 16),
		}
		if change != nil {
			change(i, &m)
		}
		s.media(1, m)
	}
	return s
}

func TestSoundRTP(t *testing.T) {
	t.Parallel()
	try(t, []trial{
		{"one after the other, over a wrap", judge.SoundRTP, conversing().speaks(30, nil), "pass sound-rtp"},
		{"too few", judge.SoundRTP, conversing().speaks(10, nil), "inconclusive no-media"},
		{"none", judge.SoundRTP, conversing(), "inconclusive no-media"},
		{"not authentic", judge.SoundRTP, conversing().media(30, badRTP), "inconclusive no-media"},
	})
	type spoils = func(i int, m *observation.MediaInfo)
	for name, c := range map[string]struct {
		change spoils
		want   string
	}{
		"another payload type": {func(i int, m *observation.MediaInfo) { m.PayloadType = 18 }, "fail payload-type-not-agreed"},
		"another payload type now and then": {func(i int, m *observation.MediaInfo) {
			if i%10 == 5 {
				m.PayloadType = 18
			}
		}, "fail payload-type-not-agreed"},
		"two packets of another payload type": {func(i int, m *observation.MediaInfo) {
			if i == 5 || i == 20 {
				m.PayloadType = 20
			}
		}, "pass sound-rtp"},
		"bare headers of another payload type": {func(i int, m *observation.MediaInfo) {
			if i%4 == 3 {
				m.PayloadType, m.Payload = 20, 0
			}
		}, "pass sound-rtp"},
		"comfort noise that was not agreed": {func(i int, m *observation.MediaInfo) {
			if i%4 == 3 {
				m.PayloadType, m.Payload = 13, 1
			}
		}, "pass sound-rtp"},
		"in clear": {func(i int, m *observation.MediaInfo) { m.Class, m.PayloadType = observation.ClearRTP, 18 }, "fail payload-type-not-agreed"},

		"one timestamp":          {func(i int, m *observation.MediaInfo) { m.Timestamp = 7 }, "fail timestamp-stuck"},
		"half the step":          {func(i int, m *observation.MediaInfo) { m.Timestamp = uint32(80 * i) }, "fail timestamp-step"},
		"backwards":              {func(i int, m *observation.MediaInfo) { m.Timestamp = -uint32(160 * i) }, "fail timestamp-step"},
		"twice the step, silent": {func(i int, m *observation.MediaInfo) { m.Timestamp = uint32(320 * i) }, "pass sound-rtp"},
		"by a clock that jitters": {func(i int, m *observation.MediaInfo) {
			m.Timestamp = uint32(160*i - 5*(i%2))
		}, "pass sound-rtp"},
		"nine short steps": {func(i int, m *observation.MediaInfo) { m.Timestamp = uint32(80*min(i, 9) + 160*max(i-9, 0)) }, "pass sound-rtp"},
		"short steps before packets that are marked": {func(i int, m *observation.MediaInfo) {
			m.Timestamp, m.Marker = uint32(80*i), true
		}, "pass sound-rtp"},

		"one sequence number": {func(i int, m *observation.MediaInfo) { m.Sequence = 9 }, "fail sequence-stuck"},
		"counting down":       {func(i int, m *observation.MediaInfo) { m.Sequence = uint16(-i) }, "fail sequence-backwards"},
		"each packet twice": {func(i int, m *observation.MediaInfo) {
			m.Sequence, m.Timestamp = uint16(i/2), uint32(i/2*160)
		}, "pass sound-rtp"},
		"a third of it lost": {func(i int, m *observation.MediaInfo) {
			m.Sequence, m.Timestamp = uint16(i+i/2), uint32(160*(i+i/2))
		}, "pass sound-rtp"},
		"swapped pairs": {func(i int, m *observation.MediaInfo) {
			m.Sequence, m.Timestamp, m.Marker = uint16(i^1), uint32(160*(i^1)), false
		}, "pass sound-rtp"},
		"bursts in reverse order": {func(i int, m *observation.MediaInfo) {
			m.Sequence, m.Timestamp, m.Marker = uint16(14-i), uint32(160*(14-i)), false
		}, "pass sound-rtp"},
		"another source in the middle": {func(i int, m *observation.MediaInfo) {
			if i > 14 {
				m.SSRC, m.Sequence, m.Timestamp = 8, uint16(i-3000), uint32(i*160)
			}
		}, "pass sound-rtp"},
	} {
		try(t, []trial{{name, judge.SoundRTP, conversing().speaks(30, c.change), c.want}})
	}
}

// TestUnplayable: whether a device hears is not shown by packets that no receiver plays.
func TestUnplayable(t *testing.T) {
	t.Parallel()
	stuck := func(_ int, m *observation.MediaInfo) { m.Sequence, m.Content = 9, observation.Silence }
	sound := func(_ int, m *observation.MediaInfo) { m.Content = observation.Silence }
	try(t, []trial{
		{"one sequence number", judge.Decrypts, conversing().plays(700).speaks(judge.ToneMissed, stuck), "inconclusive sequence-stuck"},
		{"sound packets", judge.Decrypts, conversing().plays(700).speaks(judge.ToneMissed, sound), "fail vendor-media-not-decrypted"},
		{"packets with all that they can have", judge.HearsDressed, conversing().plays(700).speaks(judge.ToneMissed, sound),
			"fail dressed-media-not-heard"},
	})
}

// TestClean: a tone that comes back now and then, among what is no tone, is not what the vendor sent.
func TestClean(t *testing.T) {
	t.Parallel()
	every := func(n int) func(int, *observation.MediaInfo) {
		return func(i int, m *observation.MediaInfo) {
			if m.Content = observation.Audio; i%n == 0 {
				m.Tone = 700
			}
		}
	}
	try(t, []trial{
		{"each packet", judge.HearsDressed, conversing().plays(900).speaks(20, func(_ int, m *observation.MediaInfo) { m.Tone = 900 }).
			plays(700).speaks(judge.ToneHeard, every(1)), "pass heard"},
		{"too few yet", judge.HearsDressed, conversing().plays(900).plays(700).speaks(judge.ToneHeard-1, every(1)), "inconclusive not-shown-to-hear"},
		{"one of two", judge.HearsDressed, conversing().plays(900).plays(700).speaks(judge.ToneLately, every(2)), "pass heard"},
		{"one of three", judge.HearsDressed, conversing().plays(900).plays(700).speaks(judge.PromptMost, every(3)),
			"fail dressed-media-not-heard"},
		{"one of three, which will do elsewhere", judge.Decrypts, conversing().plays(900).plays(700).speaks(3, every(3)), "pass heard"},
	})
}

func TestNoIndexTwice(t *testing.T) {
	t.Parallel()
	again := func(every int, change func(m *observation.MediaInfo)) *story {
		s := conversing()
		for i := range 30 {
			one := func(_ int, m *observation.MediaInfo) { m.Sequence, m.Timestamp = uint16(i), uint32(160*i) }
			s.speaks(1, one)
			if i%every == 1 {
				s.speaks(1, func(n int, m *observation.MediaInfo) { one(n, m); change(m) })
			}
		}
		return s
	}
	far := netip.MustParseAddrPort("192.0.2.1:5000")
	clear := sdp("audio 4000 RTP/AVP")
	try(t, []trial{
		{"each once", judge.NoIndexTwice, conversing().speaks(30, nil), "pass no-index-twice"},
		{"each twice", judge.NoIndexTwice, again(2, func(*observation.MediaInfo) {}), "fail packet-replayed"},
		{"two of them twice", judge.NoIndexTwice, again(15, func(*observation.MediaInfo) {}), "pass no-index-twice"},
		{"one with another timestamp", judge.NoIndexTwice, again(40, func(m *observation.MediaInfo) { m.Timestamp++ }),
			"fail index-reused"},
		{"one with other contents", judge.NoIndexTwice, again(40, func(m *observation.MediaInfo) { m.Payload = 4 }),
			"fail index-reused"},
		{"one under another key", judge.NoIndexTwice, again(2, func(m *observation.MediaInfo) { m.Key = "l" }), "pass no-index-twice"},
		{"one of another source", judge.NoIndexTwice, again(2, func(m *observation.MediaInfo) { m.SSRC = 9 }), "pass no-index-twice"},
		{"after a rollover", judge.NoIndexTwice, again(2, func(m *observation.MediaInfo) { m.Rollover++ }), "pass no-index-twice"},
		{"through a network", judge.NoIndexTwice, conversing().speaks(4, func(i int, m *observation.MediaInfo) {
			m.Remote, m.Sequence, m.Timestamp, m.Marker = far, 1, 1, false
		}), "inconclusive packets-came-twice"},
		{"in clear", judge.NoIndexTwice, secured().in("tls-1", "INVITE 1", clear).out("tls-1", "200 INVITE 1", clear).media(9, rtp),
			"not-applicable agreed-in-clear"},
		{"none", judge.NoIndexTwice, conversing(), "inconclusive no-media"},
	})
}

func TestFallsSilent(t *testing.T) {
	t.Parallel()
	ended := func() *story { return conversing().speaks(5, nil).in("tls-1", "BYE 2").out("tls-1", "200 BYE 2") }
	bye := conversing().speaks(5, nil).out("tls-1", "BYE 2").speaks(20, nil).in("tls-1", "200 BYE 2")
	other := ended().in("tls-1", "INVITE 1", "Call-ID: b", sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "c"))).
		out("tls-1", "200 INVITE 1", "Call-ID: b", sdp("audio 4002 RTP/SAVP", crypto(1, sha80, "d")))
	try(t, []trial{
		{"silent", judge.FallsSilent, ended(), "pass silent-after-bye"},
		{"a few on their way", judge.FallsSilent, ended().speaks(24, nil), "pass silent-after-bye"},
		{"is read late", judge.FallsSilent, ended().speaks(50, func(_ int, m *observation.MediaInfo) { m.Arrived = 1 }), "pass silent-after-bye"},
		{"goes on", judge.FallsSilent, ended().speaks(25, nil), "fail media-after-bye"},
		{"goes on under another key", judge.FallsSilent, ended().speaks(25, func(_ int, m *observation.MediaInfo) {
			m.Class = observation.BadTag
		}), "fail media-after-bye"},
		{"goes on until it answers", judge.FallsSilent, bye, "pass silent-after-bye"},
		{"goes on with reports", judge.FallsSilent, ended().media(50, observation.MediaInfo{Class: observation.AuthenticRTCP, Local: vendorRTCP}),
			"pass silent-after-bye"},
		{"goes on in another call", judge.FallsSilent, other.speaks(25, func(_ int, m *observation.MediaInfo) {
			m.Local = netip.MustParseAddrPort("127.0.0.1:4002")
		}), "pass silent-after-bye"},
		{"was silent before", judge.FallsSilent, conversing().in("tls-1", "BYE 2").out("tls-1", "200 BYE 2"), "inconclusive no-media"},
		{"a BYE that is refused", judge.FallsSilent, conversing().in("tls-1", "BYE 2").out("tls-1", "481 BYE 2").speaks(50, nil),
			"not-applicable not-ended"},
		{"a second fork's BYE", judge.FallsSilent, conversing().speaks(5, nil).
			out("tls-1", "BYE 2", `Reason: SIP ;cause=200 ;text="Call completed elsewhere"`).in("tls-1", "200 BYE 2").speaks(50, nil),
			"not-applicable not-ended"},
		{"a BYE of the device's that says so", judge.FallsSilent, conversing().speaks(5, nil).
			in("tls-1", "BYE 2", "Reason: SIP ;cause=200").out("tls-1", "200 BYE 2").speaks(50, nil), "fail media-after-bye"},
		{"does not end", judge.FallsSilent, conversing().speaks(50, nil), "not-applicable not-ended"},
	})
}
