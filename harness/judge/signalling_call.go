package judge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Called asks that the vendor answered a call of the device's, and that the device
// acknowledged the answer and did not end the call uninvited.
func Called(v *View) Ruling {
	r := accepted(v, "INVITE", "call-answered")
	if r.Verdict != verdict.Pass {
		if invites := v.Requests("INVITE"); len(invites) > 0 && len(invites[len(invites)-1].Body) == 0 {
			r.Observed += "; the INVITE had no offer in it"
		}
		return r
	}
	if len(v.Requests("ACK")) == 0 {
		r = fail("no-ack", "it never acknowledged the 200 to its INVITE").at(r.Events...)
		if len(v.DeviceSays(observation.DeviceSettled)) == 0 {
			return r.leftOpen() // the scenario may have ended first
		}
		return r
	}
	if byes := v.Requests("BYE"); len(byes) > 0 && !told(v, "hang-up", byes[0].Event.Seq) {
		return fail("ended-by-itself", "it ended the call by itself").at(byes[0].Event.Seq)
	}
	return r
}

// NoneServed asks that no request of the device's with that method got a 2xx.
func NoneServed(method string) Rule {
	return func(v *View) Ruling {
		for _, request := range v.Requests(method) {
			if final := v.Final(request); final != nil && final.Status < 300 {
				return fail("served-anyway", "the vendor answered its %s on %s with %d", method, request.Connection.ID, final.Status).
					at(final.Event.Seq)
			}
		}
		return v.without("none-served", "the vendor granted none of its %s requests", method)
	}
}

// Answered asks that the device answered the vendor's call with a 2xx.
func Answered(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v)
	}
	final := v.Final(invites[0])
	lost := v.lost(invites[0].Event.Seq)
	switch {
	case final == nil && lost != nil && lost.Framing != observation.Incomplete:
		return v.misframed(*lost)
	case final == nil && invites[0].Connection.left():
		return fail("closed-on-call", "it closed the connection when the INVITE came").
			at(invites[0].Event.Seq, invites[0].Connection.Last)
	case final == nil:
		return open("no-final-response", "it sent no final response to the INVITE").at(invites[0].Event.Seq)
	case final.Status >= 300:
		return fail(fmt.Sprintf("call-refused-%d", final.Status), "it refused the call with %d %s", final.Status, final.Reason).
			at(final.Event.Seq)
	}
	return pass("call-taken", "it answered the call with %d", final.Status).at(final.Event.Seq)
}

// AnswersWithin asks that the device sends any response to the vendor's INVITE
// within limit. It fails a device only if the scenario lasted longer than limit
// and there was no response at all: a late one may be the machine's doing.
func AnswersWithin(limit time.Duration) Rule {
	return func(v *View) Ruling {
		invites := v.Sent("INVITE")
		if len(invites) == 0 {
			return unreached(v).leftOpen()
		}
		responses := v.Responses(invites[0])
		if len(responses) == 0 {
			if len(v.Events) > 0 && v.Events[len(v.Events)-1].At-invites[0].Event.At > limit {
				return fail("no-response-in-time", "it sent no response to the INVITE within %v", limit).at(invites[0].Event.Seq)
			}
			return open("no-response", "it sent no response to the INVITE before the scenario ended").at(invites[0].Event.Seq)
		}
		if after := responses[0].Event.At - invites[0].Event.At; after > limit {
			return open("late-response", "its first response came after %v, which may be this machine's doing", after.Round(time.Millisecond)).
				at(responses[0].Event.Seq)
		}
		return pass("answered-in-time", "it sent a %d within %v", responses[0].Status, limit).at(responses[0].Event.Seq)
	}
}

// Uncalled asks that the vendor could not call the device, and that the vendor's
// console reports that with the given code.
func Uncalled(code string) Rule {
	return func(v *View) Ruling {
		for _, m := range v.Sent("INVITE") {
			if final := v.Final(m); final != nil && final.Status < 300 {
				return fail("call-taken", "it answered a call that the vendor could not make").at(final.Event.Seq)
			}
		}
		if slices.Contains(v.Console(), code) {
			return pass("vendor-cannot-call", "the vendor's console reports %s", code)
		}
		return open("not-called", "the vendor's console reports %q, not %s", v.Console(), code)
	}
}

// RefusesCallOr asks that the device either refuses the vendor's call or obeys rule.
func RefusesCallOr(what string, rule Rule) Rule {
	return func(v *View) Ruling {
		r := RefusesCall(what)(v)
		if r.Verdict != verdict.Fail {
			return r
		}
		return rule(v)
	}
}

// otherwise are the refusals that say nothing of an offer: that the device does not
// know the user, is busy, wants credentials, or has no call of that kind.
var otherwise = [...]int{401, 402, 403, 404, 405, 407, 408, 410, 413, 414, 416, 423,
	480, 481, 482, 483, 484, 485, 486, 487, 491, 503, 504, 600, 604}

// RefusesCall asks that the device refuses the vendor's call because of its offer,
// which what names. A 2xx that sets the stream's port to 0 refuses it too. Any
// status counts but those that say nothing of the offer.
func RefusesCall(what string) Rule {
	return func(v *View) Ruling {
		invites := v.Sent("INVITE")
		if len(invites) == 0 {
			return unreached(v).leftOpen()
		}
		final := v.Final(invites[len(invites)-1])
		switch {
		case final == nil:
			return open("no-final-response", "it sent no final response to the INVITE").at(invites[0].Event.Seq)
		case slices.Contains(otherwise[:], final.Status):
			return open("refused-otherwise", "it refused the call with %d %s, which says nothing of the offer", final.Status, final.Reason).
				at(final.Event.Seq)
		case final.Status >= 300:
			return pass("rejected-"+what, "it refused the call with %d %s", final.Status, final.Reason).at(final.Event.Seq)
		}
		answer := v.answer(invites[len(invites)-1])
		if stream, _ := Crypto(answer); stream == nil && answer.SDP != nil {
			return pass("rejected-"+what, "it refused the stream").at(final.Event.Seq)
		}
		return fail("accepted-"+what, "it answered the call").at(final.Event.Seq)
	}
}

// RefusesCallWith is [RefusesCall] with a prescribed status.
func RefusesCallWith(what string, status int) Rule {
	return func(v *View) Ruling {
		r := RefusesCall(what)(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		invites := v.Sent("INVITE")
		if final := v.Final(invites[len(invites)-1]); final.Status >= 300 && final.Status != status {
			return fail("rejected-otherwise", "it refused the call with %d instead of %d", final.Status, status).at(final.Event.Seq)
		}
		return r
	}
}

// ParsableOffer asks that the device's INVITE carries a session description without
// syntax errors.
func ParsableOffer(v *View) Ruling {
	invites := v.Requests("INVITE")
	if len(invites) == 0 {
		return stuck(v, "INVITE").leftOpen()
	}
	m := invites[0]
	switch {
	case len(m.Body) == 0:
		return fail("empty-body", "its INVITE has no body").at(m.Event.Seq)
	case m.SDP == nil:
		return fail("bad-sdp", "the body of its INVITE is not a session description").at(m.Event.Seq)
	case len(m.SDP.Media) == 0:
		return fail("no-stream-offered", "its session description has no stream").at(m.Event.Seq)
	}
	for _, p := range m.SDP.Problems {
		return fail("bad-sdp", "line %d of its session description: %s", p.Line, p.Cause).at(m.Event.Seq)
	}
	return pass("offer-parses", "its session description parses").at(m.Event.Seq)
}

// AnswersEachStream asks that the answer to an offer of several streams has the same
// streams in the same order, with port 0 for those that the device refuses (RFC 3264 §6).
func AnswersEachStream(v *View) Ruling {
	r := Answered(v)
	if r.Verdict != verdict.Pass {
		return r
	}
	invite := v.Sent("INVITE")[0]
	answer := v.answer(invite)
	if answer.SDP == nil || invite.SDP == nil || len(answer.SDP.Media) != len(invite.SDP.Media) {
		return fail("streams-do-not-match", "its answer has another number of streams than the offer").at(answer.Event.Seq)
	}
	for i := range answer.SDP.Media {
		if got, want := answer.SDP.Media[i].Type, invite.SDP.Media[i].Type; !strings.EqualFold(got, want) {
			return fail("streams-do-not-match", "stream %d of its answer is %s, and %s in the offer", i+1, got, want).at(answer.Event.Seq)
		}
	}
	if stream, _ := Crypto(answer); stream == nil {
		return fail("refused-whole-session", "it refused all streams").at(answer.Event.Seq)
	}
	return pass("each-stream-answered", "it answered each stream").at(answer.Event.Seq)
}
