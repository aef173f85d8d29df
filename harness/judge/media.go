package judge

import (
	"cmp"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// enough is how many authentic packets show that a stream works.
const enough = 3

// window is more packets than the tone's detector looks at.
const window = 10

// SecureMedia asks that the device's RTP authenticates under the negotiated
// keys and is encrypted, and that none of it is in clear.
func SecureMedia(v *View) Ruling {
	authentic := 0
	var bad *observation.Event
	for i, e := range v.Media {
		switch {
		case e.Media.Class == observation.ClearRTP:
			return fail("clear-media-in-secure-session", "it sent a plain RTP packet in a secure session").at(e.Seq)
		case e.Media.Class == observation.BadTag && !control(e) && bad == nil:
			bad = &v.Media[i]
		case e.Media.Class == observation.AuthenticRTP && e.Media.Diagnosis == observation.NotEncrypted:
			return fail("media-not-encrypted", "its packets authenticate and are not encrypted").at(e.Seq)
		case e.Media.Class == observation.AuthenticRTP:
			authentic++
		}
	}
	switch {
	case bad != nil:
		return fail("media-not-authentic", "its packets do not authenticate under the negotiated key: %s", cmp.Or(bad.Media.Diagnosis, "no diagnosis")).at(bad.Seq)
	case authentic >= enough:
		return pass("secure-media", "%d of its packets authenticated", authentic)
	}
	return open("no-media", "%d of its packets were seen", authentic)
}

// SecureControl asks that the device's RTCP is SRTCP with the suite's tag.
func SecureControl(v *View) Ruling {
	authentic := 0
	for _, e := range v.Media {
		switch {
		case e.Media.Class == observation.ClearRTCP:
			return fail("clear-rtcp-in-secure-session", "it sent plain RTCP, packet type %d, in a secure session", e.Media.PayloadType).at(e.Seq)
		case e.Media.Class == observation.BadTag && control(e):
			return fail("rtcp-not-authentic", "its RTCP does not authenticate under the negotiated key: %s", cmp.Or(e.Media.Diagnosis, "no diagnosis")).at(e.Seq).
				hint("SRTCP keeps its tag of 10 bytes under every suite of AES_CM, RFC 4568 §6.2")
		case e.Media.Class == observation.AuthenticRTCP:
			authentic++
		}
	}
	if authentic == 0 {
		return open("no-rtcp", "it sent no RTCP before the scenario ended")
	}
	return pass("secure-rtcp", "%d of its SRTCP packets authenticated", authentic)
}

// control tells RTCP from RTP by the packet type (RFC 5761 §4).
func control(e observation.Event) bool {
	return e.Media.PayloadType >= 192 && e.Media.PayloadType <= 223
}

// ClearMedia asks for plain RTP from the device, where that is what was agreed.
func ClearMedia(v *View) Ruling {
	clear := 0
	for _, e := range v.Media {
		if e.Media.Class == observation.ClearRTP {
			clear++
		}
	}
	if clear >= enough {
		return pass("clear-media", "%d of its plain RTP packets were seen", clear)
	}
	return open("no-media", "%d of its plain RTP packets were seen", clear)
}

// NoClearMedia asks that no plain RTP or RTCP comes from the device.
func NoClearMedia(v *View) Ruling {
	for _, e := range v.Media {
		if e.Media.Class == observation.ClearRTP || e.Media.Class == observation.ClearRTCP {
			return fail("clear-media-in-secure-session", "it sent a plain %s packet", e.Media.Class).at(e.Seq)
		}
	}
	return pass("no-clear-media", "it sent no media in clear")
}

func secured(e observation.Event) bool { return e.Media.Class == observation.AuthenticRTP }

// Decrypts asks of a device that sends back the audio that it receives that
// the vendor's tone is in it: much media without shows that it did not decrypt.
func Decrypts(v *View) Ruling { return decrypts(v, 0) }

// DecryptsAgain is [Decrypts] after the last of the vendor's offers.
func DecryptsAgain(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return Answered(v)
	}
	final := v.Final(invites[len(invites)-1])
	if final == nil {
		return open("no-final-response", "the new offer got no final response")
	}
	return decrypts(v, final.Event.Seq)
}

// deafened is how many packets without the tone show that a device that echoes
// does not decrypt: two seconds of audio.
const deafened = 100

func decrypts(v *View, after int) Ruling {
	authentic := 0
	for _, e := range v.Media {
		if e.Seq < after || !secured(e) {
			continue
		}
		authentic++
		// What was echoed before may still be in the detector's window.
		if off := e.Media.Tone - media.DefaultTone; off >= -media.ToneTolerance && off <= media.ToneTolerance && (after == 0 || authentic > window) {
			return pass("heard", "the vendor's tone of %d Hz came back", media.DefaultTone).at(e.Seq)
		}
	}
	if authentic >= deafened {
		return fail("vendor-media-not-decrypted", "%d of its packets came, none with the tone that it was sent", authentic)
	}
	return open("not-shown-to-hear", "%d of its packets came, none with the tone that it was sent", authentic)
}

// OneCrypto asks that the answer to the vendor's offer is RTP/SAVP with exactly
// one crypto: tag and suite of the offer, a key of its own (RFC 4568 §7.1.2).
func OneCrypto(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v)
	}
	final := v.Final(invites[0])
	if final == nil || final.Status >= 300 {
		return Answered(v)
	}
	offered, offer := Crypto(invites[0])
	stream, answer := Crypto(final)
	switch {
	case stream == nil:
		return fail("stream-refused", "it took the call and refused the stream").at(final.Event.Seq)
	case offered != nil && stream.Proto != offered.Proto:
		return fail("other-media-profile", "it answered %s to %s", stream.Proto, offered.Proto).at(final.Event.Seq)
	}
	offers, _ := sdes.ParseMedia(offer)
	answers, err := sdes.ParseMedia(answer)
	if err == nil {
		_, err = sdes.CheckAnswer(sdes.Valid(offers), answers)
	}
	if err != nil {
		return fail("answer-"+string(sdes.CauseOf(err)), "its answer is no answer to the offer: %v", err).at(final.Event.Seq)
	}
	return pass("one-crypto", "it answered with one crypto, tag and suite as offered").at(final.Event.Seq)
}

// ChoosesTag asks that the answer took the attribute of that tag.
func ChoosesTag(tag int) Rule {
	return func(v *View) Ruling {
		r := OneCrypto(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		_, answer := Crypto(v.Final(v.Sent("INVITE")[0]))
		if a, err := sdes.Parse(answer[0]); err == nil && a.Tag == tag {
			return r
		}
		return fail("other-attribute-chosen", "it chose another attribute than tag %d", tag).at(r.Events...)
	}
}

// OffersCrypto asks that the device's offer holds attributes that are valid,
// have tags of their own, and one that ask accepts.
func OffersCrypto(cause string, ask func(sdes.Attribute) bool) Rule {
	return func(v *View) Ruling {
		invites := v.Requests("INVITE")
		if len(invites) == 0 {
			return stuck(v, "INVITE")
		}
		m := invites[0]
		stream, values := Crypto(m)
		if stream == nil || !strings.HasPrefix(stream.Proto, "RTP/SAVP") {
			return fail("no-secure-offer", "its INVITE offers no RTP/SAVP").at(m.Event.Seq)
		}
		results, err := sdes.ParseMedia(values)
		if err != nil {
			return fail("offer-"+string(sdes.CauseOf(err)), "its offer is invalid: %v", err).at(m.Event.Seq)
		}
		for _, r := range results {
			if r.Err != nil {
				return fail("offer-"+string(sdes.CauseOf(r.Err)), "an attribute of its offer is invalid: %v", r.Err).at(m.Event.Seq)
			}
		}
		for _, r := range results {
			if ask(r.Attribute) {
				return pass("crypto-offered", "it offers %s under tag %d", r.Attribute.Suite, r.Attribute.Tag).at(m.Event.Seq)
			}
		}
		return fail(cause, "none of the %d attributes of its offer will do", len(results)).at(m.Event.Seq)
	}
}

// EndsBadAnswer asks that the device ends a call whose answer is not one to its
// offer, and sends no media under it (RFC 4568 §7.1.3). Reports are no media: it
// is chance whether one comes while the call is up (RFC 3550 §6.2).
func EndsBadAnswer(what string) Rule {
	return func(v *View) Ruling {
		var answered *Message
		for _, request := range v.Requests("INVITE") {
			if final := v.Final(request); final != nil && final.Status < 300 {
				answered = final
			}
		}
		if answered == nil {
			return stuck(v, "INVITE")
		}
		for _, e := range v.Media {
			if e.Seq > answered.Event.Seq && IsRTP(e.Media) {
				return fail("accepted-"+what, "it sent media under an answer that it had to refuse").at(answered.Event.Seq, e.Seq)
			}
		}
		if byes := v.Requests("BYE"); len(byes) > 0 {
			if told(v, "hang-up", byes[0].Event.Seq) {
				return pass("no-media-under-"+what, "it sent no media under the answer until it was told to hang up").at(answered.Event.Seq, byes[0].Event.Seq)
			}
			return pass("refused-"+what, "it ended the call").at(answered.Event.Seq, byes[0].Event.Seq)
		}
		if len(v.Requests("ACK")) == 0 {
			return open("no-ack", "it did not even acknowledge the answer").at(answered.Event.Seq)
		}
		return open("undecided", "it sent no media, but did not end the call before the scenario ended").at(answered.Event.Seq)
	}
}

// IsRTP tells RTP of whatever kind from reports and from what is neither.
func IsRTP(m *observation.MediaInfo) bool {
	switch m.Class {
	case observation.AuthenticRTP, observation.ClearRTP:
		return true
	case observation.BadTag:
		return m.PayloadType < 192 // RFC 5761 §4
	}
	return false
}
