package judge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// patience is how many times a device may ask again what was finally refused
// before it counts as a loop: one more try can be another cause's.
const patience = 1

// After asks rules only if the device's request of a method was refused with
// that status; else nothing is known of what it would do then.
func After(method string, status int, rules ...Rule) Rule {
	return func(v *View) Ruling {
		if refusal(v, method, status) == nil {
			r := stuck(v, method)
			if r.Verdict == verdict.Pass || r.Verdict == verdict.Fail {
				r = open("refusal-not-provoked", "its %s was not refused with %d: %s", method, status, r.Observed).at(r.Events...)
			}
			return r
		}
		return All(rules...)(v)
	}
}

func refusal(v *View, method string, status int) *Message {
	for _, request := range v.Requests(method) {
		if final := v.Final(request); final != nil && final.Status == status {
			return final
		}
	}
	return nil
}

// TakesAsFinal asks that the device does not repeat a request whose refusal
// with that status is final.
func TakesAsFinal(method string, status int) Rule {
	return func(v *View) Ruling {
		final := refusal(v, method, status)
		if final == nil {
			return open("refusal-not-provoked", "its %s was not refused with %d", method, status)
		}
		again := 0
		for _, request := range v.Requests(method) {
			if request.Event.Seq > final.Event.Seq && request.ToTag() == "" && !answersChallenge(v, request) {
				again++
			}
		}
		if again > patience {
			return fail("repeats-after-final", "after the %d it sent %d more %s", status, again, method).at(final.Event.Seq).
				hint("a %d is final: report it and stop", status)
		}
		return pass("took-as-final", "it took the %d as final", status).at(final.Event.Seq)
	}
}

// answersChallenge tells whether a request repeats one that was challenged.
func answersChallenge(v *View, request *Message) bool {
	for _, earlier := range v.Requests(request.Method) {
		if earlier.Event.Seq >= request.Event.Seq || earlier.CallID() != request.CallID() {
			continue
		}
		if final := v.Final(earlier); final != nil && (final.Status == 401 || final.Status == 407) && final.Event.Seq < request.Event.Seq {
			return true
		}
	}
	return false
}

// NoClearSignalling asks that no SIP crossed UDP or TCP.
func NoClearSignalling(v *View) Ruling {
	for _, m := range v.Messages {
		if m.In() && m.Connection.Protocol() != observation.TLS && m.Connection.Info.Listener == "" {
			return fail("fell-back-to-clear-signalling", "it sent %s over %s", title(m), m.Connection.Protocol()).at(m.Event.Seq).
				hint("a failure over TLS must be reported, not avoided")
		}
	}
	return pass("stayed-on-tls", "it sent no SIP in clear")
}

// NoKeysInClear asks that no a=crypto crossed UDP or TCP (RFC 4568 §7).
func NoKeysInClear(v *View) Ruling {
	for _, m := range v.Messages {
		if m.In() && m.Connection.Protocol() != observation.TLS && Keyed(m) {
			return fail("keys-in-clear", "it sent SRTP keys over %s", m.Connection.Protocol()).at(m.Event.Seq)
		}
	}
	return pass("keys-protected", "no SRTP key crossed a connection in clear")
}

// NoCall asks that no call of the device's was set up.
func NoCall(v *View) Ruling {
	for _, request := range v.Requests("INVITE") {
		if final := v.Final(request); final != nil && final.Status < 300 {
			return fail("call-set-up", "its INVITE over %s got %d", request.Connection.Protocol(), final.Status).at(final.Event.Seq)
		}
	}
	return pass("no-call", "no call was set up")
}

// NoClearOffer asks that, after a refusal with that status, it does not offer
// plain RTP where it had offered SRTP.
func NoClearOffer(status int) Rule {
	return func(v *View) Ruling {
		final := refusal(v, "INVITE", status)
		if final == nil {
			return open("refusal-not-provoked", "its INVITE was not refused with %d", status)
		}
		secure := false
		for _, m := range v.Requests("INVITE") {
			stream, _ := Crypto(m)
			switch {
			case stream == nil:
			case strings.HasPrefix(stream.Proto, "RTP/SAVP"):
				secure = true
			case secure && m.Event.Seq > final.Event.Seq:
				return fail("fell-back-to-clear-media", "after the %d it offered %s", status, stream.Proto).at(m.Event.Seq)
			}
		}
		return pass("no-clear-offer", "it did not offer plain RTP afterwards").at(final.Event.Seq)
	}
}

// AnswersChallenge asks that the 407 to a request is answered with credentials
// that the vendor takes, over the same connection.
func AnswersChallenge(method string) Rule {
	return func(v *View) Ruling {
		challenge := refusal(v, method, 407)
		if challenge == nil {
			r := stuck(v, method)
			return open("not-challenged", "its %s was not challenged: %s", method, r.Observed).at(r.Events...)
		}
		for _, request := range v.Requests(method) {
			if request.Event.Seq < challenge.Event.Seq || request.Get("Proxy-Authorization") == "" {
				continue
			}
			if request.Connection != challenge.Connection {
				return fail("credentials-on-another-connection", "it answered the 407 over %s, not over %s", request.Connection.ID, challenge.Connection.ID).at(request.Event.Seq)
			}
			final := v.Final(request)
			if final == nil {
				return open("no-final-response", "its %s with credentials had no final response", method).at(request.Event.Seq)
			}
			if final.Status == 407 || final.Status == 403 {
				return fail("credentials-refused", "its credentials got %d", final.Status).at(request.Event.Seq, final.Event.Seq)
			}
			return pass("challenge-answered", "it answered the 407 over the same connection").at(challenge.Event.Seq, request.Event.Seq)
		}
		return fail("challenge-not-answered", "it never answered the 407 to its %s", method).at(challenge.Event.Seq)
	}
}

// HeedsMinExpires asks that a 423 is followed by a REGISTER for at least what
// Min-Expires says (RFC 3261 §10.2.8).
func HeedsMinExpires(v *View) Ruling {
	refused := refusal(v, "REGISTER", 423)
	if refused == nil {
		return open("refusal-not-provoked", "its REGISTER was not refused with 423")
	}
	minimum, _ := strconv.Atoi(refused.Get("Min-Expires"))
	for _, request := range v.Requests("REGISTER") {
		if request.Event.Seq < refused.Event.Seq {
			continue
		}
		asked := asksFor(request)
		if asked < minimum {
			return fail("min-expires-ignored", "after the 423 it asked for %d s again", asked).at(request.Event.Seq)
		}
		return pass("min-expires-heeded", "after the 423 it asked for %d s", asked).at(request.Event.Seq)
	}
	return fail("gave-up-after-423", "it did not try again after the 423").at(refused.Event.Seq)
}

func asksFor(request *Message) int {
	if contact, err := request.Contact(); err == nil {
		if seconds, err := strconv.Atoi(contact.Params.Get("expires")); err == nil {
			return seconds
		}
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(request.Get("Expires")))
	if err != nil {
		return 3600 // RFC 3261 §10.2.1.1 leaves it to the registrar
	}
	return seconds
}

// NoRequest asks that the device never sends a method.
func NoRequest(method string) Rule {
	return func(v *View) Ruling {
		if requests := v.Requests(method); len(requests) > 0 {
			return fail("sent-"+strings.ToLower(method), "it sent %s", method).at(requests[0].Event.Seq)
		}
		if len(v.Inbound()) == 0 {
			return open("never-connected", "it never connected")
		}
		return pass("no-"+strings.ToLower(method), "it sent no %s", method)
	}
}

// RequestURI asks something of the request URI of the device's first request
// of a method. The cause of a fail is given.
func RequestURI(method, cause, wanted string, ask func(sipwire.URI) bool) Rule {
	return func(v *View) Ruling {
		requests := v.Requests(method)
		if len(requests) == 0 {
			return stuck(v, method)
		}
		uri, err := sipwire.ParseURI(requests[0].RequestURI)
		if err != nil {
			return fail("unreadable-request-uri", "its request URI is %q", requests[0].RequestURI).at(requests[0].Event.Seq)
		}
		if !ask(uri) {
			return fail(cause, "its request URI is %s", requests[0].RequestURI).at(requests[0].Event.Seq)
		}
		return pass(wanted, "its request URI is %s", requests[0].RequestURI).at(requests[0].Event.Seq)
	}
}

// FollowsRoute asks that ACK and BYE of the device's, in a call from the
// vendor, keep to the connection of the INVITE and carry its route set
// (RFC 3261 §12.2.1.1), and that nothing is sent to the private Contact.
func FollowsRoute(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v)
	}
	invite := invites[0]
	for _, m := range v.Messages {
		if m.In() && m.Connection.Info.Listener != "" {
			return fail("sent-to-private-contact", "it sent %s to the Contact's private address", title(m)).at(m.Event.Seq).
				hint("in-dialog requests go to the first Route, RFC 3261 §12.2.1.1")
		}
	}
	byes := v.Requests("BYE")
	if len(byes) == 0 {
		if r := afterwards(v, invite); r != nil {
			return *r
		}
		return open("no-in-dialog-request", "it sent no request within the call")
	}
	bye := byes[0]
	switch wanted, got := invite.Values("Record-Route"), bye.Values("Route"); {
	case bye.Connection != invite.Connection:
		return fail("new-connection-for-dialog", "it sent BYE over %s, the call came over %s", bye.Connection.ID, invite.Connection.ID).at(bye.Event.Seq)
	case len(got) != len(wanted):
		return fail("route-set-not-followed", "its BYE has %d Route values, the INVITE had %d of Record-Route", len(got), len(wanted)).at(bye.Event.Seq)
	case !slices.EqualFunc(wanted, got, sameURI):
		return fail("route-set-disordered", "its BYE has Route %s", strings.Join(got, ", ")).at(bye.Event.Seq)
	}
	return pass("route-followed", "its BYE followed the route set over the connection of the call").at(bye.Event.Seq)
}

// afterwards finds a connection that the device opened after the call began.
func afterwards(v *View, invite *Message) *Ruling {
	for _, c := range v.Inbound() {
		if c.Opened > invite.Event.Seq {
			r := fail("new-connection-for-dialog", "it opened %s during the call and sent no BYE over the call's connection", c.ID).at(c.Opened)
			return &r
		}
	}
	return nil
}

func sameURI(a, b string) bool {
	x, errX := sipwire.ParseNameAddr(a)
	y, errY := sipwire.ParseNameAddr(b)
	return errX == nil && errY == nil && strings.EqualFold(x.URI.Host, y.URI.Host) && x.URI.Port == y.URI.Port
}

// AnswersWithin asks that the vendor's INVITE got any response in time. A
// device that had sent nothing at all by the end of the scenario, which lasted
// longer, has failed; a scenario that ended sooner proves nothing.
func AnswersWithin(limit time.Duration) Rule {
	return func(v *View) Ruling {
		invites := v.Sent("INVITE")
		if len(invites) == 0 {
			return unreached(v)
		}
		responses := v.Responses(invites[0])
		if len(responses) == 0 {
			if len(v.Events) > 0 && v.Events[len(v.Events)-1].At-invites[0].Event.At > limit {
				return fail("no-response-in-time", "the INVITE got no response within %v", limit).at(invites[0].Event.Seq)
			}
			return open("no-response", "the INVITE got no response before the scenario ended").at(invites[0].Event.Seq)
		}
		if after := responses[0].Event.At - invites[0].Event.At; after > limit {
			return open("late-response", "the first response came after %v, on a machine that may be slow itself", after.Round(time.Millisecond)).at(responses[0].Event.Seq)
		}
		return pass("answered-in-time", "%d came within %v", responses[0].Status, limit).at(responses[0].Event.Seq)
	}
}

// PingInterval asks that the device's keep-alives are at least so far apart.
func PingInterval(least time.Duration) Rule {
	return func(v *View) Ruling {
		last := make(map[string]observation.Event) // by connection
		for _, e := range v.Events {
			if e.KeepAlive == nil || e.Dir != observation.In || !e.KeepAlive.Ping {
				continue
			}
			if earlier, ok := last[e.Conn]; ok && e.At-earlier.At < least {
				return fail("pings-too-often", "two pings came %v apart", (e.At-earlier.At).Round(time.Millisecond)).at(earlier.Seq, e.Seq)
			}
			last[e.Conn] = e
		}
		return pass("pings-seldom", "no two pings came within %v", least)
	}
}

// Rejects asks that the device refused the vendor's call, for the offer that
// it holds: what names it. A stream with port 0 is a refusal too.
func Rejects(what string) Rule {
	return func(v *View) Ruling {
		invites := v.Sent("INVITE")
		if len(invites) == 0 {
			return unreached(v)
		}
		final := v.Final(invites[len(invites)-1])
		switch {
		case final == nil:
			return open("no-final-response", "the INVITE got no final response").at(invites[0].Event.Seq)
		case final.Status >= 300:
			return pass("rejected-"+what, "it refused the call with %d %s", final.Status, final.Reason).at(final.Event.Seq)
		}
		if stream, _ := Crypto(final); stream == nil && final.SDP != nil {
			return pass("rejected-"+what, "it refused the stream").at(final.Event.Seq)
		}
		return fail("accepted-"+what, "it took the call").at(final.Event.Seq)
	}
}

func title(m *Message) string {
	if m.IsRequest() {
		return m.Method
	}
	return fmt.Sprintf("a %d", m.Status)
}
