package judge_test

import (
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestRTCPWhereSaid(t *testing.T) {
	t.Parallel()
	report := func(port uint16) observation.MediaInfo {
		return observation.MediaInfo{Class: observation.AuthenticRTCP, Local: netip.AddrPortFrom(vendorRTP.Addr(), port), PayloadType: 200}
	}
	call := func(vendor, device string) *story {
		line := func(port, more string) string { return sdp("audio "+port+" RTP/SAVP", crypto(1, sha80, port)) + more }
		return registered().out("tls-1", "INVITE 1", line("4000", vendor)).in("tls-1", "200 INVITE 1", line("5000", device))
	}
	const mux, other = "a=rtcp-mux\r\n", "a=rtcp:4100\r\n"
	again := func(s *story) *story {
		return s.out("tls-1", "INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "x"))).
			in("tls-1", "200 INVITE 2", sdp("audio 5000 RTP/SAVP", crypto(1, sha80, "y")))
	}
	try(t, []trial{
		{"the next port", judge.RTCPWhereSaid, call("", "").media(1, report(4001)), "pass rtcp-where-said"},
		{"the port of RTP", judge.RTCPWhereSaid, call("", "").media(1, report(4000)), "fail rtcp-on-rtp-port"},
		{"a=rtcp", judge.RTCPWhereSaid, call(other, "").media(1, report(4100)), "pass rtcp-where-said"},
		{"a=rtcp that it ignores", judge.RTCPWhereSaid, call(other, "").media(1, report(4001)), "fail rtcp-port-ignored"},
		{"a=rtcp and the port of RTP", judge.RTCPWhereSaid, call(other, "").media(1, report(4000)), "fail rtcp-on-rtp-port"},
		{"mux that it takes", judge.RTCPWhereSaid, call(mux, mux).media(1, report(4000)), "pass rtcp-where-said"},
		{"mux that it takes, in a packet before its answer", judge.RTCPWhereSaid,
			registered().out("tls-1", "INVITE 1", sdp("audio 4000 RTP/SAVP")+mux).media(1, report(4000)).
				in("tls-1", "200 INVITE 1", sdp("audio 5000 RTP/SAVP")+mux),
			"pass rtcp-where-said"},
		{"mux that it takes in vain", judge.RTCPWhereSaid, call(mux+other, mux).media(1, report(4100)), "fail rtcp-not-multiplexed"},
		{"mux that it refuses", judge.RTCPWhereSaid, call(mux+other, "").media(1, report(4100)), "pass rtcp-where-said"},
		{"mux that it refuses and does", judge.RTCPWhereSaid, call(mux, "").media(1, report(4000)), "fail rtcp-on-rtp-port"},
		{"mux that it was not offered", judge.RTCPWhereSaid, call("", mux).media(1, report(4000)), "fail rtcp-on-rtp-port"},
		{"mux until a new offer", judge.RTCPWhereSaid, again(call(mux, mux)).media(1, report(4000)).media(1, report(4001)),
			"pass rtcp-where-said"},
		{"bytes that may be RTCP", judge.RTCPWhereSaid, call("", "").media(1, observation.MediaInfo{Class: observation.BadTag, Local: vendorRTP, PayloadType: 200}),
			"not-applicable no-rtcp"},
		{"at no port of the call", judge.RTCPWhereSaid, call("", "").media(1, report(9)), "not-applicable no-rtcp"},
		{"none", judge.RTCPWhereSaid, call("", ""), "not-applicable no-rtcp"},
		{"no call", judge.RTCPWhereSaid, registered(), "inconclusive no-conversation"},
	})
}
