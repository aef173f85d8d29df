package judge

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// answer returns the response that describes the session of a call that was taken: the
// first in the dialog of the 2xx that has a session description, since an early answer
// binds (RFC 3261 §13.2.1), or else the 2xx itself. It is nil for a call that was not
// taken. An offer, where the INVITE has none, binds in a reliable response alone.
func (v *View) answer(invite *Message) *Message {
	final := v.Final(invite)
	if final == nil || final.Status >= 300 {
		return nil
	}
	for _, m := range v.Responses(invite) {
		early := m.Status < 200 && m.SDP != nil && m.ToTag() == final.ToTag()
		if early && (invite.SDP != nil || reliable(m.Message)) {
			return m
		}
	}
	return final
}

// reliable reports whether a provisional response is to be acknowledged (RFC 3262 §3).
func reliable(m *sipwire.Message) bool {
	is := func(option string) bool { return strings.EqualFold(option, "100rel") }
	return m.Has("RSeq") && slices.ContainsFunc(m.Values("Require"), is)
}

// EndsCall reports whether a message that went in that direction is a BYE which ends its call. Where two forks of a
// device take a call, the vendor ends that of the second, which the Reason of its BYE says (RFC 3261 §13.2.2.4, RFC 3326).
func EndsCall(m *sipwire.Message, dir observation.Direction) bool {
	if !m.IsRequest() || m.Method != "BYE" {
		return false
	}
	return dir == observation.In || !strings.Contains(m.Get("Reason"), "cause=200")
}

// OneAnswer asks that the device answers each offer of the vendor's once: the final
// response has the answer, and the one that a provisional response of the same dialog
// had before. It may lack it after a provisional response that was acknowledged (RFC
// 3261 §13.2.1, RFC 3262 §5). Forks have answers of their own.
func OneAnswer(v *View) Ruling {
	taken := Answered(v)
	if taken.Verdict != verdict.Pass {
		return taken.leftOpen()
	}
	for _, invite := range v.Sent("INVITE") {
		if invite.SDP == nil {
			continue
		}
		if r := oneAnswer(v, invite); r.Verdict == verdict.Fail {
			return r
		}
	}
	return pass("one-answer", "it answered each offer once").at(taken.Events...)
}

// oneAnswer is [OneAnswer] for one offer.
func oneAnswer(v *View, invite *Message) Ruling {
	first, acknowledged := make(map[string]*Message), make(map[string]bool) // by the device's tag
	for _, m := range v.Responses(invite) {
		tag := m.ToTag()
		before := first[tag]
		switch {
		case m.Status >= 300:
		case m.SDP == nil && m.Status >= 200 && before != nil && !acknowledged[tag]:
			return fail("answer-not-in-final", "its %d has no answer, and its %d with the answer was not reliable",
				m.Status, before.Status).at(before.Event.Seq, m.Event.Seq).
				hint("repeat the answer in the 200 unless the 183 was acknowledged by a PRACK (RFC 3261 §13.2.1)")
		case m.SDP == nil:
		case before != nil && difference(before.SDP, m.SDP) != "":
			return fail("answers-differ", "its %d and its %d in one dialog answer the same offer with different %s",
				before.Status, m.Status, difference(before.SDP, m.SDP)).at(before.Event.Seq, m.Event.Seq).
				hint("the first answer binds: repeat it, or make an offer of your own (RFC 3261 §13.2.1)")
		case before == nil:
			first[tag] = m
			fallthrough
		default:
			acknowledged[tag] = acknowledged[tag] || reliable(m.Message)
		}
	}
	return pass("one-answer", "it answered the offer once").at(invite.Event.Seq)
}

// difference names what two answers to one offer differ in, as far as keys and media
// profiles go; empty if in nothing.
func difference(a, b *sdp.Session) string {
	if len(a.Media) != len(b.Media) {
		return "numbers of streams"
	}
	for i := range a.Media {
		x, y := &a.Media[i], &b.Media[i]
		switch {
		case (x.Port == 0) != (y.Port == 0):
			return "streams accepted"
		case x.Port == 0:
		case x.Proto != y.Proto:
			return "media profiles: " + x.Proto + " and " + y.Proto
		default:
			if what := differentKeys(x.Values("crypto"), y.Values("crypto")); what != "" {
				return what
			}
		}
	}
	return ""
}

// differentKeys is [difference] for the a=crypto attributes of a stream.
func differentKeys(a, b []string) string {
	if len(a) != len(b) {
		return "numbers of keys"
	}
	for i := range a {
		x, xErr := sdes.Parse(a[i])
		y, yErr := sdes.Parse(b[i])
		switch {
		case a[i] == b[i]:
		case xErr != nil || yErr != nil:
			return "a=crypto"
		case x.Tag != y.Tag:
			return "tags"
		case x.Suite != y.Suite:
			return "suites"
		case !slices.EqualFunc(x.Keys, y.Keys, func(k, l sdes.Key) bool { return bytes.Equal(k.Material, l.Material) }):
			return "keys"
		}
	}
	return ""
}

// FitsEachStream is [OneCrypto] for every secure stream that an answer takes, whatever its
// type: each has one a=crypto of its own.
func FitsEachStream(v *View) Ruling {
	taken := Answered(v)
	if taken.Verdict != verdict.Pass {
		return taken.leftOpen()
	}
	invite := v.Sent("INVITE")[0]
	answer := v.answer(invite)
	if invite.SDP == nil || answer.SDP == nil {
		return open("no-answer", "its %d has no answer", answer.Status).at(answer.Event.Seq)
	}
	fitting := 0
	for i := range min(len(invite.SDP.Media), len(answer.SDP.Media)) {
		asked, stream := &invite.SDP.Media[i], &answer.SDP.Media[i]
		if !secure(asked) || stream.Port == 0 {
			continue
		}
		if stream.Proto != asked.Proto {
			return fail("other-media-profile", "stream %d of its answer, %s, has %s, and %s in the offer",
				i+1, stream.Type, stream.Proto, asked.Proto).at(answer.Event.Seq)
		}
		if err := fits(asked.Values("crypto"), stream.Values("crypto")); err != nil {
			return fail("answer-"+string(sdes.CauseOf(err)), "stream %d of its answer, %s, does not fit the offer: %v",
				i+1, stream.Type, err).at(answer.Event.Seq)
		}
		fitting++
	}
	if fitting == 0 {
		return open("no-stream-taken", "it took no secure stream").at(answer.Event.Seq)
	}
	return pass("each-key-fits", "it answered each of the %d secure streams that it took with one a=crypto", fitting).at(answer.Event.Seq)
}

// FollowsOSRTP asks what a device makes of RTP/AVP with a=crypto, which is
// opportunistic SRTP (RFC 8643). It need not know it: it may refuse it, or settle on
// RTP. If it answers with a key, that has to fit, and its media has to be SRTP.
func FollowsOSRTP(v *View) Ruling {
	taken := Answered(v)
	switch {
	case taken.Verdict == verdict.Fail:
		return unbound("not-taken", "%s; a device need not know opportunistic SRTP", taken.Observed).at(taken.Events...)
	case taken.Verdict != verdict.Pass:
		return taken
	}
	invite := v.Sent("INVITE")[0]
	answer := v.answer(invite)
	offered, offer := offeredFor(invite, answer)
	stream, keys := Crypto(answer)
	switch {
	case stream == nil:
		return unbound("not-taken", "it refused the stream; a device need not know opportunistic SRTP").at(answer.Event.Seq)
	case offered == nil || stream.Proto != offered.Proto:
		return fail("other-media-profile", "it answered an offer of opportunistic SRTP with %s", stream.Proto).at(answer.Event.Seq)
	case len(keys) == 0:
		return ClearMedia(v)
	}
	if err := fits(offer, keys); err != nil {
		return fail("answer-"+string(sdes.CauseOf(err)), "its answer does not fit the offer: %v", err).at(answer.Event.Seq)
	}
	return SecureRTP(v)
}
