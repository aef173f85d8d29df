package judge_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// foreignTo is a datagram of another protocol at a port of the vendor's.
func foreignTo(at netip.AddrPort, protocol string) observation.MediaInfo {
	return observation.MediaInfo{Class: observation.Foreign, Local: at, Remote: deviceRTP, Protocol: protocol}
}

func TestReportsReception(t *testing.T) {
	t.Parallel()
	report := func(received uint32) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTCP, Local: vendorRTCP, PayloadType: 200, Received: received}
	}
	playing := func() *story { return conversing().plays(700) }
	app := report(0)
	app.PayloadType = 204
	try(t, []trial{
		{"some packets", judge.ReportsReception, playing().media(1, report(1)), "pass reported"},
		{"some packets later", judge.ReportsReception, playing().later(judge.ReportDue).media(3, report(0)).media(1, report(1)),
			"pass reported"},
		{"none", judge.ReportsReception, playing().later(judge.ReportDue).media(1, report(0)), "fail vendor-media-not-received"},
		{"none yet", judge.ReportsReception, playing().media(1, report(0)), "not-applicable no-report"},
		{"none before the vendor plays", judge.ReportsReception, conversing().later(judge.ReportDue).media(1, report(0)),
			"not-applicable no-report"},
		{"something else", judge.ReportsReception, playing().later(judge.ReportDue).media(1, app), "not-applicable no-report"},
		{"no report", judge.ReportsReception, playing(), "not-applicable no-report"},
		{"no call", judge.ReportsReception, tell().plays(700).later(judge.ReportDue).media(1, report(0)),
			"inconclusive no-conversation"},
	})
}

func TestOneWay(t *testing.T) {
	t.Parallel()
	long := func(s *story) *story { return s.later(judge.MediaPatience).in("tls-1", "BYE 2").over() }
	aside := func(_ int, m *observation.MediaInfo) { m.Local = vendorRTCP }
	held := strings.Replace(sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a")), "t=0 0\r\n", "t=0 0\r\na=recvonly\r\n", 1)
	nowhere := strings.Replace(sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "a")), "IN IP4 127.0.0.2\r\nt=", "IN IP4 0.0.0.0\r\nt=", 1)
	answer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "b"))
	try(t, []trial{
		{"media", judge.Speaks, long(conversing().speaks(1, nil)), "pass media-came"},
		{"media, of any device", judge.MediaArrives, long(conversing().speaks(1, nil)), "pass media-came"},
		{"media under no known key", judge.Speaks, long(conversing().speaks(9, func(_ int, m *observation.MediaInfo) { m.Class = observation.BadTag })),
			"pass media-came"},
		{"nothing", judge.Speaks, long(conversing()), "fail no-media"},
		{"nothing, of any device", judge.MediaArrives, long(conversing()), "inconclusive no-media"},
		{"nothing yet", judge.Speaks, conversing().later(judge.MediaPatience/2).in("tls-1", "BYE 2").later(judge.MediaPatience).over(),
			"inconclusive no-media"},
		{"nothing in a scene that is over before", judge.Speaks, conversing().over().later(2 * judge.MediaPatience).pings("tls-1"),
			"inconclusive no-media"},
		{"nothing, and no BYE", judge.Speaks, conversing().later(judge.MediaPatience + time.Second).over(), "fail no-media"},
		{"reports alone", judge.Speaks, long(conversing().media(9, observation.MediaInfo{Class: observation.AuthenticRTCP, Local: vendorRTCP})),
			"fail no-media"},
		{"STUN alone", judge.Speaks, long(conversing().media(3, foreignTo(vendorRTP, observation.STUN))), "fail stun-instead"},
		{"STUN alone, of any device", judge.MediaArrives, long(conversing().media(3, foreignTo(vendorRTP, observation.STUN))),
			"inconclusive no-media"},
		{"STUN before media", judge.Speaks, long(conversing().media(3, foreignTo(vendorRTP, observation.STUN)).speaks(1, nil)),
			"pass media-came"},
		{"DTLS alone", judge.MediaArrives, long(conversing().media(1, foreignTo(vendorRTP, observation.DTLS))),
			"fail dtls-instead-of-srtp"},
		{"DTLS beside media", judge.MediaArrives, long(conversing().media(1, foreignTo(vendorRTP, observation.DTLS)).speaks(1, nil)),
			"pass media-came"},
		{"at the port for RTCP", judge.MediaArrives, long(conversing().speaks(5, aside)), "fail media-to-rtcp-port"},
		{"some of it at the port for RTCP", judge.MediaArrives, long(conversing().speaks(1, nil).speaks(5, aside)), "pass media-came"},
		{"of another call", judge.Speaks, long(conversing().speaks(9, func(_ int, m *observation.MediaInfo) {
			m.Local = netip.MustParseAddrPort("127.0.0.1:4010")
		})), "fail no-media"},
		{"on hold", judge.Speaks, long(secured().in("tls-1", "INVITE 1", held).out("tls-1", "200 INVITE 1", answer)),
			"inconclusive no-conversation"},
		{"without an address", judge.Speaks, long(secured().in("tls-1", "INVITE 1", nowhere).out("tls-1", "200 INVITE 1", answer)),
			"inconclusive no-conversation"},
		{"with a stream refused", judge.Speaks, long(secured().in("tls-1", "INVITE 1", held).out("tls-1", "200 INVITE 1", sdp("audio 0 RTP/SAVP"))),
			"inconclusive no-conversation"},
		{"no call", judge.Speaks, secured().in("tls-1", "INVITE 1", held).out("tls-1", "488 INVITE 1"), "inconclusive no-conversation"},
	})
}
