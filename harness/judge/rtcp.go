package judge

import (
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// RTCPWhereSaid asks that the device's RTCP comes where the vendor's description wants it: to the port of RTP if both
// sides have agreed to multiplex (RFC 5761 §5.1.1), else to that of a=rtcp (RFC 3605), else to the next one. It asks
// nothing of a device that sends none.
func RTCPWhereSaid(v *View) Ruling {
	if len(v.audioPorts()) == 0 {
		return open("no-conversation", "the vendor has described no audio to the device")
	}
	right := 0
	for _, e := range v.Media {
		if e.Media.Class != observation.AuthenticRTCP && e.Media.Class != observation.ClearRTCP {
			continue
		}
		if r := v.placed(e); r.Verdict == verdict.Fail {
			return r
		} else if r.Verdict == verdict.Pass {
			right++
		}
	}
	if right == 0 {
		return unbound("no-rtcp", "it sent no RTCP before the scenario ended")
	}
	return pass("rtcp-where-said", "%d packets of RTCP came to the port that the vendor's description has for them", right)
}

// placed fails a packet of RTCP that came to a port for which no description of its call is a reason, and passes one
// that came to the right port. It says nothing of a port that the vendor has not described.
func (v *View) placed(e observation.Event) Ruling {
	port := e.Media.Local.Port()
	var at *audioLine // the vendor's, that has to do with the port
	lines := v.audioLines()
	for i := range lines {
		if l := &lines[i]; l.byMock && (port == l.Port || port == l.Port+1 || port == l.rtcpPort()) {
			at = l
		}
	}
	if at == nil {
		return Ruling{}
	}
	// The device's answer may be behind its first packets, so that its order to them tells nothing.
	device := slices.DeleteFunc(slices.Clone(lines), func(l audioLine) bool { return l.byMock || l.call != at.call })
	some := slices.ContainsFunc(device, func(l audioLine) bool { return l.muxed() })
	every := some && !slices.ContainsFunc(device, func(l audioLine) bool { return !l.muxed() })
	for i := range lines {
		l := &lines[i]
		if l.call == at.call && l.byMock && (l.muxed() && some && port == l.Port || !(l.muxed() && every) && port == l.rtcpPort()) {
			return pass("rtcp-where-said", "it came to port %d", port)
		}
	}
	switch {
	case port == at.Port:
		return fail("rtcp-on-rtp-port", "it sent RTCP to the vendor's port for RTP, and the two sides have not agreed to multiplex").at(e.Seq).
			hint("send RTCP to the next port unless both descriptions have a=rtcp-mux (RFC 5761 §5.1.1)")
	case at.muxed() && every:
		return fail("rtcp-not-multiplexed", "it agreed to multiplex RTP and RTCP, and sent RTCP to port %d instead of %d", port, at.Port).
			at(e.Seq)
	}
	return fail("rtcp-port-ignored", "it sent RTCP to port %d, and the vendor's description says a=rtcp:%d", port, at.rtcpPort()).at(e.Seq).
		hint("read a=rtcp (RFC 3605)")
}
