package judge

import (
	"slices"
	"strconv"

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
			return stuck(v, method)
		}
		last := v.Inbound()[len(v.Inbound())-1]
		if last.Handshake != nil && !last.SIP && (last.Closed || last.Alert != nil) {
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
	for _, e := range v.Media {
		if e.Seq > final.Event.Seq && e.Media.Class == observation.AuthenticRTP {
			return pass("new-key-applied", "it answered the new offer, and its media authenticates").at(final.Event.Seq, e.Seq)
		}
	}
	return open("no-media", "no media came after the new offer").at(final.Event.Seq)
}

// TakesGrant asks that a device which asked for more than it was granted does
// not ask again at once, and does not take the grant for a refusal.
func TakesGrant(v *View) Ruling {
	for i, request := range v.Requests("REGISTER") {
		final := v.Final(request)
		if final == nil || final.Status >= 300 {
			continue
		}
		if granted := grant(final); granted >= asksFor(request) {
			return open("not-capped", "it asked for no more than it was granted").at(final.Event.Seq)
		}
		if len(v.Requests("REGISTER")) > i+2 {
			return fail("grant-not-taken", "it went on registering after it was granted less than it asked for").at(final.Event.Seq)
		}
		return pass("grant-taken", "it took what it was granted").at(final.Event.Seq)
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
