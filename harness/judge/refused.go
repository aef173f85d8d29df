package judge

import (
	"slices"
	"strconv"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// Unserved asks the rules of a device whose TLS handshake the vendor had to
// refuse. Where the handshake went through, nothing is known.
func Unserved(rules ...Rule) Rule {
	return func(v *View) Ruling {
		for _, c := range tlsOnly(v.Inbound()) {
			switch {
			case c.Handshake != nil && c.Handshake.Complete:
				return open("refusal-not-provoked", "its handshake was completed").at(c.Opened)
			case c.Handshake != nil && c.Hello != nil:
				return All(rules...)(v)
			}
		}
		return atDoor(v.Inbound(), "ClientHello")
	}
}

// Uncalled asks that the vendor could not call the device, and that its
// console says so with that code.
func Uncalled(code string) Rule {
	return func(v *View) Ruling {
		for _, m := range v.Sent("INVITE") {
			if final := v.Final(m); final != nil && final.Status < 300 {
				return fail("call-taken", "it took a call that could not be").at(final.Event.Seq)
			}
		}
		if slices.Contains(v.Console(), code) {
			return pass("vendor-cannot-call", "the vendor's console has %s", code)
		}
		return open("not-called", "the vendor's console has %q, not %s", v.Console(), code)
	}
}

// ServedUnder asks that the device was served under so many different leaves.
func ServedUnder(method string, leaves int) Rule {
	return func(v *View) Ruling {
		served := make(map[string]bool)
		for _, request := range v.Requests(method) {
			if final := v.Final(request); final == nil || final.Status >= 300 {
				continue
			}
			if h := request.Connection.Handshake; h != nil && len(h.LocalChain) > 0 {
				served[string(h.LocalChain[0])] = true
			}
		}
		switch {
		case len(served) >= leaves:
			return pass("leaf-not-pinned", "it was served under %d leaves", len(served))
		case len(served) == 0:
			if r := accepted(v, method, "accepted"); r.Verdict == verdict.Pass {
				return open("no-leaf-shown", "%s, which shows no certificate", r.Observed).at(r.Events...)
			}
			return stuck(v, method)
		case len(v.Inbound()) == 0:
			return open("renewal-not-met", "it was served over connections of the vendor's only")
		}
		last := v.Inbound()[len(v.Inbound())-1]
		if last.Handshake != nil && last.Spoke == "" && (last.Closed || last.Alert != nil) {
			return fail("refused-renewed-certificate", "it refused the renewed certificate").at(last.Last)
		}
		return open("renewal-not-met", "it was served under one leaf and did not come back under the other")
	}
}

// RejectsOr asks that the device refused the vendor's call, or else obeys rule.
func RejectsOr(what string, rule Rule) Rule {
	return func(v *View) Ruling {
		r := Rejects(what)(v)
		if r.Verdict != verdict.Fail {
			return r
		}
		return rule(v)
	}
}

// AnswersAgain asks that the second offer of a call is answered with one
// crypto, and that media came after it.
func AnswersAgain(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return Answered(v)
	}
	again := invites[1]
	final := v.Final(again)
	if final == nil {
		return open("no-final-response", "the new offer got no final response").at(again.Event.Seq)
	}
	if final.Status >= 300 {
		return fail("new-offer-refused", "it refused the new offer with %d", final.Status).at(final.Event.Seq)
	}
	_, offer := Crypto(again)
	_, answer := Crypto(final)
	offers, _ := sdes.ParseMedia(offer)
	answers, err := sdes.ParseMedia(answer)
	if err == nil {
		_, err = sdes.CheckAnswer(sdes.Valid(offers), answers)
	}
	if err != nil {
		return fail("answer-"+string(sdes.CauseOf(err)), "its second answer is no answer to the offer: %v", err).at(final.Event.Seq)
	}
	old, unknown := 0, 0
	for _, e := range v.Media {
		switch {
		case e.Seq < again.Event.Seq:
		case e.Media.Class == observation.ClearRTP:
			return fail("clear-media-in-secure-session", "it sent a plain RTP packet in a secure session").at(e.Seq)
		case e.Media.Class == observation.BadTag && !control(e):
			unknown++ // the first may be under a key that the mock has not read yet
		case e.Media.Class != observation.AuthenticRTP:
		case e.Media.Diagnosis == observation.PreviousKey:
			old++
		case e.Seq > final.Event.Seq:
			return pass("new-key-applied", "it answered the new offer, and its media authenticates").at(final.Event.Seq, e.Seq)
		}
	}
	switch {
	case old >= deafened/2:
		return fail("old-key-in-use", "%d packets after its answer are under the key before", old).at(final.Event.Seq)
	case unknown >= deafened/2:
		return fail("media-not-authentic", "%d packets after its answer are under no key that it declared", unknown).at(final.Event.Seq)
	}
	return open("no-media", "no media under the new key came after the new offer").at(final.Event.Seq)
}

// GoesBackToRTP asks that the device, offered RTP in a call that was secure,
// follows with RTP, refuses the offer, or ends the call.
func GoesBackToRTP(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return Answered(v)
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
		return fail("bad-sdp", "it took the new offer without an answer to it").at(final.Event.Seq)
	case final.SDP.First("audio") == nil:
		return pass("stream-refused", "it refused the new stream").at(final.Event.Seq)
	}
	if proto := final.SDP.First("audio").Proto; proto != "RTP/AVP" {
		return fail("other-media-profile", "it answered %s to RTP/AVP", proto).at(final.Event.Seq)
	}
	return pass("followed", "it answered RTP/AVP").at(final.Event.Seq)
}

// Refreshes asks that the device registers again before what it was granted is
// over. It fails only if there was time for it three times over.
func Refreshes(v *View) Ruling {
	for _, request := range v.Requests("REGISTER") {
		final := v.Final(request)
		if final == nil || final.Status >= 300 {
			continue
		}
		granted := time.Duration(grant(final)) * time.Second
		for _, again := range v.Requests("REGISTER") {
			if again.Event.Seq > final.Event.Seq && asksFor(again) > 0 { // 0 takes the registration back
				return pass("grant-heeded", "granted %v, it registered again after %v", granted, (again.Event.At-final.Event.At).Round(time.Second/10)).at(final.Event.Seq, again.Event.Seq)
			}
		}
		if last := v.Events[len(v.Events)-1]; last.At-final.Event.At > 3*granted {
			return fail("grant-ignored", "granted %v, it had not registered again after %v", granted, (last.At - final.Event.At).Round(time.Second)).at(final.Event.Seq)
		}
		return open("refresh-not-seen", "granted %v, it had not registered again when the scenario ended", granted).at(final.Event.Seq)
	}
	return stuck(v, "REGISTER")
}

func grant(response *Message) int {
	contact, err := response.Contact()
	if err != nil {
		return 0
	}
	seconds, _ := strconv.Atoi(contact.Params.Get("expires"))
	return seconds
}
