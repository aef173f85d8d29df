package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// MediaArrives asks that the device's RTP comes to the port that the vendor described, in a call in which both sides
// have agreed to send. It fails a device that sends its RTP to the port for RTCP, or that speaks DTLS where SDES was
// agreed on. Why else nothing comes it leaves open: a device may suppress silence, or wait for its user.
func MediaArrives(v *View) Ruling { return arrives(v, false) }

// Speaks is [MediaArrives] for a device that sends back what it hears. Such a device has no reason to be silent.
func Speaks(v *View) Ruling { return arrives(v, true) }

func arrives(v *View, speaks bool) Ruling {
	talks := v.conversations()
	if len(talks) == 0 {
		return open("no-conversation", "no call was agreed on in which both sides send audio")
	}
	var came Ruling
	for _, talk := range talks {
		if came = talk.heard(v, speaks); came.Verdict != verdict.Pass {
			break
		}
	}
	return came
}

// ReportsReception asks that the reports of the device count packets of the vendor's, in a call in which both sides send
// (RFC 3550 §6.4): they show that the vendor is heard, even by a device that sends nothing back. A report that the device
// sends before it can have heard anything counts for nothing.
func ReportsReception(v *View) Ruling {
	if len(v.conversations()) == 0 {
		return open("no-conversation", "no call was agreed on in which both sides send audio")
	}
	began := slices.IndexFunc(v.Sound, func(e observation.Event) bool { return e.Kind == observation.Playing })
	var reports []int
	for _, e := range v.Media {
		m := e.Media
		switch {
		case m.Class != observation.AuthenticRTCP && m.Class != observation.ClearRTCP:
		case m.Received > 0:
			return pass("reported", "its report says that it has received %d packets of the vendor's", m.Received).at(e.Seq)
		case began >= 0 && e.At > v.Sound[began].At+ReportDue && (m.PayloadType == 200 || m.PayloadType == 201):
			reports = append(reports, e.Seq)
		}
	}
	if len(reports) == 0 {
		return unbound("no-report", "it sent no report after the vendor had begun to send")
	}
	return fail("vendor-media-not-received", "%d of its reports, sent more than %v after the vendor had begun to send, count none of its "+
		"packets: the device receives none, or does not say so", len(reports), ReportDue).at(reports...).deaf()
}

// heard rules on what came from the device in one call.
func (t conversation) heard(v *View, speaks bool) Ruling {
	var rtp, aside, dtls, stun []observation.Event
	for _, e := range v.Media {
		switch port := e.Media.Local.Port(); {
		case slices.Contains(t.ports, port) && IsRTP(e.Media):
			rtp = append(rtp, e)
		case slices.Contains(t.ports, port-1) && IsRTP(e.Media):
			aside = append(aside, e)
		case !slices.Contains(t.ports, port) && !slices.Contains(t.ports, port-1):
		case e.Media.Protocol == observation.DTLS:
			dtls = append(dtls, e)
		case e.Media.Protocol == observation.STUN:
			stun = append(stun, e)
		}
	}
	const way = "from the device to the vendor"
	lasted := t.lasted.Round(100 * time.Millisecond)
	switch {
	case len(rtp) > 0:
		return pass("media-came", "%d packets of RTP came %s%s", len(rtp), way, t.elsewhere(rtp[0])).at(rtp[0].Seq)
	case len(aside) >= MediaEnough:
		return fail("media-to-rtcp-port", "no RTP came %s at the port that the vendor described, and %d packets at the next one, "+
			"which is for RTCP", way, len(aside)).at(aside[0].Seq)
	case t.lasted < MediaPatience:
		return open("no-media", "no RTP came %s in the %v for which the call was up", way, lasted).at(t.answered).deaf()
	case len(dtls) > 0:
		return fail("dtls-instead-of-srtp", "no RTP came %s in %v, but %d datagrams of DTLS: the call has SDES keys", way, lasted, len(dtls)).
			at(dtls[0].Seq).hint("turn DTLS-SRTP off, or let the answer decide between the two")
	case !speaks:
		return open("no-media", "no RTP came %s in %v%s", way, lasted, beside(stun)).at(t.answered).deaf()
	case len(stun) > 0:
		return fail("stun-instead", "no RTP came %s in %v, but %d datagrams of STUN: the vendor described no ICE", way, lasted, len(stun)).
			at(stun[0].Seq).hint("send media at once to a peer whose description has no ICE (RFC 8839 §4.2.5)")
	}
	return fail("no-media", "nothing came %s in %v, although both agreed to send", way, lasted).at(t.answered).deaf()
}

// beside names what came beside nothing.
func beside(stun []observation.Event) string {
	if len(stun) == 0 {
		return ""
	}
	return fmt.Sprintf(", but %d datagrams of STUN", len(stun))
}

// elsewhere says where a packet came from, if the device wants media at another address. That is legal: symmetry is a
// recommendation (RFC 4961).
func (t conversation) elsewhere(e observation.Event) string {
	for _, line := range t.lines {
		if at, ok := line.session.RTP(line.Media); ok && !line.byMock && at == e.Media.Remote {
			return ""
		}
	}
	return fmt.Sprintf(", from %v, which is not where its description wants media", e.Media.Remote)
}
