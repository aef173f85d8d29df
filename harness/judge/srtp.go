package judge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
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
	authentic := 0
	var bad *observation.Event
	for i, e := range v.Media {
		switch {
		case e.Media.Class == observation.ClearRTP:
			return fail("clear-media-in-secure-session", "it sent a plain RTP packet in a secure session").at(e.Seq)
		case e.Media.Class == observation.ClearRTCP && reports:
			return plainRTCP(e)
		case e.Media.Class == observation.BadTag && !IsRTCP(e.Media) && bad == nil:
			bad = &v.Media[i]
		case e.Media.Class == observation.AuthenticRTP && e.Media.Diagnosis == observation.NotEncrypted:
			return fail("media-not-encrypted", "its packets authenticate but are not encrypted").at(e.Seq)
		case e.Media.Class == observation.AuthenticRTP:
			authentic++
		}
	}
	switch {
	case bad != nil:
		return fail("media-not-authentic", "its packets do not authenticate under the negotiated key: %s",
			cmp.Or(bad.Media.Diagnosis, "no diagnosis")).at(bad.Seq)
	case authentic >= MediaEnough:
		return pass("secure-media", "%d of its packets authenticated", authentic)
	}
	return open("no-media", "only %d of its packets authenticated, too few to judge by", authentic)
}

// plainRTCP fails a device for a packet of RTCP in clear.
func plainRTCP(e observation.Event) Ruling {
	return fail("clear-rtcp-in-secure-session", "it sent plain RTCP, packet type %d, in a secure session", e.Media.PayloadType).at(e.Seq)
}

// agreedInClear returns the answer of the newest call if none of the streams that were
// accepted is secure, nil if one is or there is no answer. RTP/AVP is secure if offer and
// answer have keys (RFC 8643).
func agreedInClear(v *View) *Message {
	var offer, answer *Message
	for _, invite := range slices.Concat(v.Requests("INVITE"), v.Sent("INVITE")) {
		answered := v.answer(invite)
		if answered != nil && (answer == nil || answered.Event.Seq > answer.Event.Seq) {
			offer, answer = invite, answered
		}
	}
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

// SecureRTCP asks that the device's RTCP is SRTCP with the tag of the suite. It asks
// nothing of a session that both sides agreed on in clear.
func SecureRTCP(v *View) Ruling {
	if m := agreedInClear(v); m != nil {
		return open("agreed-in-clear", "offer and answer agreed on RTP/AVP, so its RTCP need not be secure").at(m.Event.Seq)
	}
	authentic := 0
	for _, e := range v.Media {
		switch {
		case e.Media.Class == observation.ClearRTCP:
			return plainRTCP(e)
		case e.Media.Class == observation.BadTag && IsRTCP(e.Media):
			return fail("rtcp-not-authentic", "its RTCP does not authenticate under the negotiated key: %s",
				cmp.Or(e.Media.Diagnosis, "no diagnosis")).at(e.Seq).
				hint("use a tag of 10 bytes for SRTCP under every AES_CM suite (RFC 4568 §6.2)")
		case e.Media.Class == observation.AuthenticRTCP:
			authentic++
		}
	}
	if authentic == 0 {
		return open("no-rtcp", "it sent no RTCP before the scenario ended")
	}
	return pass("secure-rtcp", "%d of its SRTCP packets authenticated", authentic)
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

// IsRTP reports whether a datagram is RTP, secure or not.
func IsRTP(m *observation.MediaInfo) bool {
	switch m.Class {
	case observation.AuthenticRTP, observation.ClearRTP:
		return true
	case observation.BadTag:
		return !IsRTCP(m)
	}
	return false
}

// ClearMedia asks for plain RTP, in a session that was agreed to be in clear.
func ClearMedia(v *View) Ruling {
	clear := 0
	for _, e := range v.Media {
		if e.Media.Class == observation.ClearRTP {
			clear++
		}
	}
	if clear >= MediaEnough {
		return pass("clear-media", "it sent %d plain RTP packets", clear)
	}
	return open("no-media", "only %d plain RTP packets came, too few to judge by", clear)
}

// NoClearMedia asks that the device sends no plain RTP or RTCP.
func NoClearMedia(v *View) Ruling {
	for _, e := range v.Media {
		if e.Media.Class == observation.ClearRTP || e.Media.Class == observation.ClearRTCP {
			return fail("clear-media-in-secure-session", "it sent a plain %s packet", e.Media.Class).at(e.Seq)
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

// Decrypts asks that the vendor's tone is in the audio of a device that sends
// back what it receives. Much audio without it shows that the device does not
// decrypt.
func Decrypts(v *View) Ruling { return decrypts(v, 0) }

// DecryptsAgain is [Decrypts] for the media after the vendor's last offer.
func DecryptsAgain(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return notOffered(v)
	}
	final := v.Final(invites[len(invites)-1])
	if final == nil {
		return open("no-final-response", "the new offer got no final response")
	}
	return decrypts(v, final.Event.Seq)
}

// decrypts looks at the media from event after on; 0 means all of it.
func decrypts(v *View, after int) Ruling {
	authentic := 0
	for _, e := range v.Media {
		if e.Seq < after || e.Media.Class != observation.AuthenticRTP {
			continue
		}
		authentic++
		// The detector may still hear what was echoed before the offer.
		off := e.Media.Tone - media.DefaultTone
		if off >= -media.ToneTolerance && off <= media.ToneTolerance && (after == 0 || authentic > ToneWindow) {
			return pass("heard", "it sent back the vendor's tone of %d Hz", media.DefaultTone).at(e.Seq)
		}
	}
	if authentic >= ToneMissed {
		return fail("vendor-media-not-decrypted", "it sent %d packets, none with the vendor's tone in it", authentic)
	}
	return open("not-shown-to-hear", "it sent %d packets, none with the vendor's tone in it", authentic)
}
