package judge

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// SecureMedia asks that the device's RTP authenticates under the negotiated keys
// and is encrypted, and that no packet of it is in clear, RTCP included. It asks
// nothing of a session that both sides agreed on in clear.
func SecureMedia(v *View) Ruling { return secureMedia(v, true) }

// SecureRTP is [SecureMedia] without an eye on RTCP: it is for what an offer or an answer
// comes to, where how the device protects its reports is not the question.
func SecureRTP(v *View) Ruling { return secureMedia(v, false) }

func secureMedia(v *View, reports bool) Ruling {
	if m := agreedInClear(v); m != nil {
		return open("agreed-in-clear", "offer and answer agreed on RTP/AVP, so its media need not be secure").at(m.Event.Seq)
	}
	authentic, noise, clear, other := 0, 0, 0, 0
	var bad, sealed, noisy *observation.Event // sealed is the first that does not look as if it were in clear
	for i, e := range v.Media {
		switch m := e.Media; {
		case inClear(m):
			return clearRTP(e)
		case m.Class == observation.ClearRTCP && reports:
			return plainRTCP(e)
		case m.Class == observation.BadTag && !IsRTCP(m):
			if bad == nil {
				bad = &v.Media[i]
			}
			if m.Diagnosis == observation.NotEncrypted {
				clear++
			} else if other++; sealed == nil {
				sealed = &v.Media[i]
			}
		case m.Class != observation.AuthenticRTP:
		case m.Diagnosis == observation.NotEncrypted:
			return v.unopened("media", e)
		case m.Diagnosis == observation.Noise:
			noise++
			noisy = &v.Media[i]
		default:
			authentic++
		}
	}
	switch {
	case bad != nil && bad.Media.Diagnosis == observation.NotEncrypted && other > clear: // a packet may look so by chance
		return v.unopened("media", *sealed)
	case bad != nil:
		return v.unopened("media", *bad)
	case noise >= MediaEnough && noise > authentic: // one packet may be a strange sound
		return v.unopened("media", *noisy)
	case authentic >= MediaEnough:
		return pass("secure-media", "%d of its packets authenticated", authentic)
	}
	return open("no-media", "only %d of its packets authenticated, too few to judge by", authentic).deaf()
}

// inClear reports whether a datagram is media in clear. A header without payload keeps an address alive (RFC 6263 §4)
// and gives nothing away.
func inClear(m *observation.MediaInfo) bool {
	return m.Class == observation.ClearRTP && m.Content != observation.HeaderAlone
}

// clearRTP fails a device for a packet of media in clear.
func clearRTP(e observation.Event) Ruling {
	if e.Media.Content == observation.Events {
		return fail("clear-dtmf-in-secure-session", "it sent a digit in plain RTP in a secure session").at(e.Seq).
			hint("protect telephone-events like all RTP of the stream: who listens reads PINs from them (RFC 4733 §5)")
	}
	return fail("clear-media-in-secure-session", "it sent a plain RTP packet in a secure session").at(e.Seq)
}

// plainRTCP fails a device for a packet of RTCP in clear.
func plainRTCP(e observation.Event) Ruling {
	return fail("clear-rtcp-in-secure-session", "it sent plain RTCP, packet type %d, in a secure session", e.Media.PayloadType).at(e.Seq)
}

// agreedInClear returns the answer of the newest call if none of the streams that were
// accepted is secure, nil if one is or there is no answer. RTP/AVP is secure if offer and
// answer have keys (RFC 8643).
func agreedInClear(v *View) *Message {
	offer, answer := newestAnswer(v)
	if answer == nil || answer.SDP == nil || offer.SDP == nil {
		return nil
	}
	accepted := false
	for i := range min(len(offer.SDP.Media), len(answer.SDP.Media)) {
		asked, m := &offer.SDP.Media[i], &answer.SDP.Media[i]
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		if strings.Contains(asked.Proto, "SAVP") || len(asked.Values("crypto")) > 0 && len(m.Values("crypto")) > 0 {
			return nil
		}
		accepted = true
	}
	if !accepted {
		return nil
	}
	return answer
}

// newestAnswer returns the INVITE of either side that was accepted last, and the response that describes the session; nil
// if there is none.
func newestAnswer(v *View) (invite, answer *Message) {
	for _, request := range slices.Concat(v.Requests("INVITE"), v.Sent("INVITE")) {
		if r := v.answer(request); r != nil && (answer == nil || r.Event.Seq > answer.Event.Seq) {
			invite, answer = request, r
		}
	}
	return invite, answer
}

// SecureRTCP asks that the device's RTCP is SRTCP with the tag of the suite, encrypted,
// and with an index that rises from the beginning. It asks
// nothing of a session that both sides agreed on in clear.
func SecureRTCP(v *View) Ruling {
	if m := agreedInClear(v); m != nil {
		return open("agreed-in-clear", "offer and answer agreed on RTP/AVP, so its RTCP need not be secure").at(m.Event.Seq)
	}
	authentic := 0
	indexes := make(map[stream]uint32) // the newest
	for _, e := range v.Media {
		m := e.Media
		switch {
		case m.Class == observation.ClearRTCP:
			return plainRTCP(e)
		case m.Class == observation.BadTag && IsRTCP(m):
			return v.unopened("rtcp", e)
		case m.Class != observation.AuthenticRTCP:
			continue
		case m.Diagnosis == observation.NotEncrypted && !agreedParam(v, sdes.UnencryptedSRTCP), m.Diagnosis == observation.NotRTCP:
			return v.unopened("rtcp", e)
		}
		of := stream{m.Key, m.SSRC}
		last, begun := indexes[of]
		switch {
		case begun && m.Index <= last:
			return fail("rtcp-index-not-rising", "its SRTCP packet with index %d comes after one with index %d under the same key", m.Index, last).
				at(e.Seq).hint("raise the SRTCP index by one for every packet; GCM gives its key away when a nonce repeats (RFC 3711 " +
				"§3.4, RFC 7714 §9)")
		case !begun && m.Index > LateIndex:
			return fail("rtcp-index-start", "its first SRTCP packet under the key has index %d", m.Index).at(e.Seq).
				hint("begin with SRTCP index 0 under a new master key (RFC 3711 §3.4)")
		}
		indexes[of] = m.Index
		authentic++
	}
	if authentic == 0 {
		return open("no-rtcp", "it sent no RTCP before the scenario ended")
	}
	return pass("secure-rtcp", "%d of its SRTCP packets authenticated", authentic)
}

// stream is one SSRC under one master key.
type stream struct {
	key  string // fingerprint
	ssrc uint32
}

// agreedParam reports whether the newest answer has a session parameter, which then was in the offer too.
func agreedParam(v *View, name string) bool {
	_, answer := newestAnswer(v)
	_, values := Crypto(answer)
	return slices.ContainsFunc(values, func(value string) bool {
		a, err := sdes.Parse(value)
		_, has := a.Param(name)
		return err == nil && has
	})
}

// IsRTCP reports whether a datagram is RTCP, secure or not. Where nothing could be
// decrypted, the packet type decides (RFC 5761 §4).
func IsRTCP(m *observation.MediaInfo) bool {
	switch m.Class {
	case observation.AuthenticRTCP, observation.ClearRTCP:
		return true
	case observation.BadTag:
		return m.PayloadType >= 192 && m.PayloadType <= 223
	}
	return false
}

// IsRTP reports whether a datagram is RTP with a payload, secure or not.
func IsRTP(m *observation.MediaInfo) bool {
	switch m.Class {
	case observation.AuthenticRTP, observation.ClearRTP:
		return m.Content != observation.HeaderAlone
	case observation.BadTag:
		return !IsRTCP(m)
	}
	return false
}

// ClearMedia asks for plain RTP, in a session that was agreed to be in clear.
func ClearMedia(v *View) Ruling {
	clear := 0
	for _, e := range v.Media {
		if inClear(e.Media) {
			clear++
		}
	}
	if clear >= MediaEnough {
		return pass("clear-media", "it sent %d plain RTP packets", clear)
	}
	return open("no-media", "only %d plain RTP packets came, too few to judge by", clear).deaf()
}

// NoClearMedia asks that the device sends no plain RTP or RTCP.
func NoClearMedia(v *View) Ruling {
	for _, e := range v.Media {
		switch m := e.Media; {
		case inClear(m):
			return clearRTP(e)
		case m.Class == observation.ClearRTCP:
			return plainRTCP(e)
		}
	}
	return v.without("no-clear-media", "it sent no plain RTP or RTCP")
}

// NoClearOffer asks that a device whose offer of SRTP was refused with that
// status does not offer plain RTP instead.
func NoClearOffer(status int) Rule {
	return func(v *View) Ruling {
		final := finalWith(v, "INVITE", status)
		if final == nil {
			return open("refusal-not-provoked", "its INVITE was not refused with %d", status)
		}
		offered := false
		for _, m := range v.Requests("INVITE") {
			for _, stream := range audio(m) {
				switch {
				case secure(stream):
					offered = true
				case offered && m.Event.Seq > final.Event.Seq:
					return fail("fell-back-to-clear-media", "after the %d it offered %s", status, stream.Proto).at(m.Event.Seq)
				}
			}
		}
		return pass("no-clear-offer", "it did not offer plain RTP afterwards").at(final.Event.Seq)
	}
}

// GoesBackToRTP asks that a device which is offered RTP during a secure call
// answers with RTP, refuses the offer, or ends the call.
func GoesBackToRTP(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return notOffered(v)
	}
	again := invites[1]
	for _, bye := range v.Requests("BYE") {
		if bye.Event.Seq > again.Event.Seq {
			return pass("call-ended", "it ended the call").at(bye.Event.Seq)
		}
	}
	final := v.Final(again)
	switch {
	case final == nil:
		return open("no-final-response", "the new offer got no final response").at(again.Event.Seq)
	case final.Status >= 300:
		return pass("new-offer-refused", "it refused the new offer with %d", final.Status).at(final.Event.Seq)
	case final.SDP == nil:
		return fail("bad-sdp", "its 200 to the new offer has no answer in it").at(final.Event.Seq)
	case final.SDP.First("audio") == nil:
		return pass("stream-refused", "it refused the new stream").at(final.Event.Seq)
	}
	if proto := final.SDP.First("audio").Proto; proto != "RTP/AVP" {
		return fail("other-media-profile", "it answered an offer of RTP/AVP with %s", proto).at(final.Event.Seq)
	}
	return pass("followed", "it answered with RTP/AVP").at(final.Event.Seq)
}
