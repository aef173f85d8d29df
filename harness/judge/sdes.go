package judge

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Crypto returns a message's first audio stream that is in use, and the values of
// its a=crypto attributes; nil if there is no such stream. In an answer that is
// the stream that was accepted, and whose media is judged.
func Crypto(m *Message) (*sdp.Media, []string) {
	for _, stream := range audio(m) {
		return stream, stream.Values("crypto")
	}
	return nil, nil
}

// offeredFor is [Crypto] for the stream of an offer that an answer accepts.
func offeredFor(offer, answer *Message) (*sdp.Media, []string) {
	accepted, _ := Crypto(answer)
	if accepted != nil && offer.SDP != nil {
		for i := range min(len(offer.SDP.Media), len(answer.SDP.Media)) {
			if stream := &offer.SDP.Media[i]; &answer.SDP.Media[i] == accepted {
				return stream, stream.Values("crypto")
			}
		}
	}
	return Crypto(offer)
}

// audio returns a message's audio streams that are in use: the port is not 0.
func audio(m *Message) []*sdp.Media {
	if m == nil || m.SDP == nil {
		return nil
	}
	var streams []*sdp.Media
	for i := range m.SDP.Media {
		if stream := &m.SDP.Media[i]; stream.Type == "audio" && stream.Port != 0 {
			streams = append(streams, stream)
		}
	}
	return streams
}

// secure reports whether a stream is SRTP keyed by SDES.
func secure(stream *sdp.Media) bool { return strings.HasPrefix(stream.Proto, "RTP/SAVP") }

// NoKeysInClear asks that the device sends no a=crypto over UDP or TCP (RFC 4568 §7).
func NoKeysInClear(v *View) Ruling {
	for _, m := range v.Messages {
		if m.In() && m.Connection.Protocol() != observation.TLS && sdp.Keyed(m.Message) {
			return fail("keys-in-clear", "it sent SRTP keys over %s", m.Connection.Protocol()).at(m.Event.Seq)
		}
	}
	return v.without("keys-protected", "it sent no SRTP key over UDP or TCP")
}

// NoKeysUnderNull asks that the device sends no a=crypto over TLS that does not encrypt
// (RFC 4568 §7). It does not bind a device that agrees on no such cipher.
func NoKeysUnderNull(v *View) Ruling {
	null := func(c *Connection) bool {
		h := c.Handshake
		return c.Protocol() == observation.TLS && h != nil && h.Complete && strings.Contains(tlspeer.SuiteName(h.Suite), "_WITH_NULL_")
	}
	for _, m := range v.Messages {
		if m.In() && null(m.Connection) && sdp.Keyed(m.Message) {
			return fail("keys-under-null-cipher", "it sent SRTP keys over %s, which %s does not encrypt",
				m.Connection.ID, tlspeer.SuiteName(m.Connection.Handshake.Suite)).at(m.Event.Seq).
				hint("offer RTP/AVP without keys in authenticated mode, or use a mode that encrypts")
		}
	}
	for _, c := range v.Connections {
		if null(c) && c.Spoke != "" {
			return pass("no-key-under-null-cipher", "it sent no SRTP key over %s, which is not encrypted", c.ID).at(c.Last)
		}
	}
	r := v.without("no-null-cipher", "it spoke over no TLS connection without encryption")
	if r.Verdict == verdict.Pass { // it acted, but not so that this was put to it
		r.Verdict = verdict.NotApplicable
	}
	return r
}

// OffersCrypto asks that the device offers RTP/SAVP, that all a=crypto attributes of
// its first such stream are valid and have unique tags, and that ask accepts one
// of them. If ask accepts none, the rule fails for cause. It is not asked of a
// device that leaves the offer to the vendor and gets one.
func OffersCrypto(cause string, ask func(sdes.Attribute) bool) Rule {
	return func(v *View) Ruling {
		invites := v.Requests("INVITE")
		if len(invites) == 0 {
			return stuck(v, "INVITE").leftOpen()
		}
		m := invites[0]
		if len(m.Body) == 0 {
			if final := v.Final(m); final != nil && final.Status < 300 && final.SDP != nil {
				return unbound("late-offer", "its INVITE has no offer, and the vendor's %d has", final.Status).
					at(m.Event.Seq, final.Event.Seq)
			}
			return fail("late-offer", "its INVITE has no offer, and waits for one that the vendor does not make").at(m.Event.Seq).
				hint("send the offer in the INVITE: set the device to early offer")
		}
		return offersSRTP(m, cause, ask)
	}
}

// offersSRTP is [OffersCrypto] for the offer in a message.
func offersSRTP(m *Message, cause string, ask func(sdes.Attribute) bool) Ruling {
	streams := audio(m)
	i := slices.IndexFunc(streams, secure)
	if i < 0 {
		return fail("no-secure-offer", "its %s offers no RTP/SAVP", label(m)).at(m.Event.Seq)
	}
	results, err := sdes.ParseMedia(streams[i].Values("crypto"))
	if err != nil {
		return fail("offer-"+string(sdes.CauseOf(err)), "its offer is invalid: %v", err).at(m.Event.Seq)
	}
	for _, r := range results {
		if r.Err != nil {
			return fail("offer-"+string(sdes.CauseOf(r.Err)), "an a=crypto attribute in its offer is invalid: %v", r.Err).
				at(m.Event.Seq)
		}
	}
	for _, r := range results {
		if ask(r.Attribute) {
			return pass("crypto-offered", "it offers %s under tag %d", r.Attribute.Suite, r.Attribute.Tag).at(m.Event.Seq)
		}
	}
	return fail(cause, "none of the %d a=crypto attributes in its offer is what the vendor needs", len(results)).at(m.Event.Seq)
}

// OffersLate asks that the device takes a call whose INVITE has no offer, and makes
// a valid offer of RTP/SAVP in its answer (RFC 3261 §13.3.1).
func OffersLate(v *View) Ruling {
	r := Answered(v)
	if r.Verdict != verdict.Pass {
		return r
	}
	offer := v.answer(v.Sent("INVITE")[0])
	if offer.SDP == nil {
		return fail("no-offer", "its %d to an INVITE without an offer has none either", offer.Status).at(offer.Event.Seq)
	}
	return offersSRTP(offer, "no-usable-crypto", func(sdes.Attribute) bool { return true })
}

// OneCrypto asks that the device answers the vendor's offer in the same media
// profile with exactly one a=crypto, which has the tag and suite of an offered
// one and a key of the device's own (RFC 4568 §7.1.2).
func OneCrypto(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v).leftOpen()
	}
	answered := v.answer(invites[0])
	if answered == nil {
		return Answered(v).leftOpen()
	}
	offered, offer := offeredFor(invites[0], answered)
	stream, answer := Crypto(answered)
	switch {
	case stream == nil:
		return fail("stream-refused", "it answered the call and refused the stream").at(answered.Event.Seq)
	case offered != nil && stream.Proto != offered.Proto:
		return fail("other-media-profile", "it answered an offer of %[2]s with %[1]s", stream.Proto, offered.Proto).at(answered.Event.Seq)
	}
	if err := fits(offer, answer); err != nil {
		return fail("answer-"+string(sdes.CauseOf(err)), "its answer does not fit the offer: %v", err).at(answered.Event.Seq)
	}
	return pass("one-crypto", "it answered with one a=crypto, whose tag and suite were offered").at(answered.Event.Seq)
}

// fits returns what keeps the a=crypto attributes of an answer from those of its
// offer, nil if they fit (RFC 4568 §7.1.3).
func fits(offer, answer []string) error {
	offers, _ := sdes.ParseMedia(offer) // the vendor's own
	answers, err := sdes.ParseMedia(answer)
	if err != nil {
		return err
	}
	_, err = sdes.CheckAnswer(sdes.Valid(offers), answers)
	return err
}

// ChoosesTag is [OneCrypto] for an answer that has to choose the attribute with
// that tag.
func ChoosesTag(tag int) Rule {
	return func(v *View) Ruling {
		r := OneCrypto(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		_, answer := Crypto(v.answer(v.Sent("INVITE")[0]))
		if a, err := sdes.Parse(answer[0]); err == nil && a.Tag == tag {
			return r
		}
		return fail("other-attribute-chosen", "it did not choose the a=crypto with tag %d", tag).at(r.Events...)
	}
}

// notOffered rules on a call in which the vendor made no second offer: nothing shows
// what the device would have made of it.
func notOffered(v *View) Ruling {
	r := Answered(v).leftOpen()
	if r.Verdict == verdict.Pass {
		return open("no-new-offer", "the vendor made no new offer: %s", r.Observed).at(r.Events...)
	}
	return r
}

// AnswersAgain asks that the device answers the second offer of a call with one
// a=crypto, and that its media then authenticates under the new key.
func AnswersAgain(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return notOffered(v)
	}
	again := invites[1]
	final := v.Final(again)
	if final == nil {
		return open("no-final-response", "the new offer got no final response").at(again.Event.Seq)
	}
	if final.Status >= 300 {
		return fail("new-offer-refused", "it refused the new offer with %d", final.Status).at(final.Event.Seq)
	}
	answered := v.answer(again)
	_, offer := offeredFor(again, answered)
	_, answer := Crypto(answered)
	if err := fits(offer, answer); err != nil {
		return fail("answer-"+string(sdes.CauseOf(err)), "its second answer does not fit the offer: %v", err).at(final.Event.Seq)
	}
	old, unopened := 0, []observation.Event(nil)
	left := make(map[string]bool) // keys that it has to leave
	_, first := Crypto(v.answer(invites[0]))
	for _, key := range fingerprints(first) {
		left[key] = !slices.Contains(fingerprints(answer), key)
	}
	for _, e := range v.Media {
		switch {
		case e.Seq < again.Event.Seq:
			if key := e.Media.Key; key != "" && !slices.Contains(fingerprints(answer), key) {
				left[key] = true
			}
		case inClear(e.Media):
			return clearRTP(e)
		case e.Media.Class == observation.BadTag && !IsRTCP(e.Media):
			unopened = append(unopened, e) // the first packets may overtake the answer with their key
		case e.Media.Class != observation.AuthenticRTP:
		case e.Media.Diagnosis == observation.PreviousKey, left[e.Media.Key], !suits(answer, e.Media.Suite):
			old++ // the mock opens packets under the old keys until it has the new ones
		case e.Seq > final.Event.Seq:
			return pass("new-key-applied", "it answered the new offer, and its media authenticates").at(final.Event.Seq, e.Seq)
		}
	}
	switch {
	case old >= KeyMissed:
		return fail("old-key-in-use", "%d packets after its answer still use the previous key", old).at(final.Event.Seq)
	case len(unopened) >= KeyMissed:
		return v.unopened("media", unopened[len(unopened)-1])
	}
	return open("no-media", "no media under the new key came").at(final.Event.Seq).deaf()
}

// fingerprints returns those of the keys of a=crypto attributes.
func fingerprints(attributes []string) []string {
	var all []string
	for _, text := range attributes {
		if a, err := sdes.Parse(text); err == nil {
			for _, k := range a.Keys {
				all = append(all, media.Fingerprint(k.Material))
			}
		}
	}
	return all
}

// suits tells whether one of a=crypto attributes has the suite under which a packet opened, which older records do not say.
func suits(attributes []string, suite string) bool {
	return suite == "" || slices.ContainsFunc(attributes, func(text string) bool {
		a, err := sdes.Parse(text)
		return err == nil && a.Suite == suite
	})
}

// EndsBadAnswer asks that the device ends a call whose answer does not fit its
// offer, and sends no RTP under that answer (RFC 4568 §7.1.3). RTCP does not
// count: whether a report falls into so short a call is chance (RFC 3550 §6.2).
// What names the defect of the answer.
func EndsBadAnswer(what string) Rule {
	return func(v *View) Ruling {
		var answered *Message
		for _, request := range v.Requests("INVITE") {
			if final := v.Final(request); final != nil && final.Status < 300 {
				answered = final
			}
		}
		if answered == nil {
			return stuck(v, "INVITE").leftOpen()
		}
		for _, e := range v.Media {
			if e.Seq > answered.Event.Seq && IsRTP(e.Media) {
				return fail("accepted-"+what, "it sent media in a call whose answer it had to refuse").at(answered.Event.Seq, e.Seq)
			}
		}
		if byes := v.Requests("BYE"); len(byes) > 0 {
			if told(v, "hang-up", byes[0].Event.Seq) {
				return pass("no-media-under-"+what, "it sent no media until it was told to hang up").
					at(answered.Event.Seq, byes[0].Event.Seq)
			}
			return pass("refused-"+what, "it ended the call").at(answered.Event.Seq, byes[0].Event.Seq)
		}
		if len(v.Requests("ACK")) == 0 {
			return open("no-ack", "it did not acknowledge the answer").at(answered.Event.Seq)
		}
		return open("undecided", "it sent no media, and did not end the call before the scenario ended").at(answered.Event.Seq)
	}
}
