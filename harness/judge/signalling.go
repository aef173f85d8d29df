package judge

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Did asks that a request of the device's with that method got a 2xx.
func Did(method string) Rule {
	return func(v *View) Ruling { return accepted(v, method, "accepted") }
}

// OverTLS applies rule to a device whose requests of that method came over TLS alone.
// What comes over another transport shows nothing of a certificate, or of TLS.
func OverTLS(method string, rule Rule) Rule {
	return func(v *View) Ruling {
		for _, request := range v.Requests(method) {
			if p := request.Connection.Protocol(); p != observation.TLS {
				return open("not-over-tls", "it sent %s over %s", method, p).at(request.Event.Seq)
			}
		}
		return rule(v)
	}
}

// After applies rules to a device whose request of that method was refused with
// that status. Where no such refusal happened the ruling is inconclusive.
func After(method string, status int, rules ...Rule) Rule {
	return func(v *View) Ruling {
		if finalWith(v, method, status) == nil {
			r := accepted(v, method, "accepted")
			if r.Verdict == verdict.Pass || r.Verdict == verdict.Fail {
				r = open("refusal-not-provoked", "its %s was not refused with %d: %s", method, status, r.Observed).at(r.Events...)
			}
			return r
		}
		return All(rules...)(v)
	}
}

// finalWith returns the first final response with that status to a request of the
// device's, nil if there is none.
func finalWith(v *View, method string, status int) *Message {
	for _, request := range v.Requests(method) {
		if final := v.Final(request); final != nil && final.Status == status {
			return final
		}
	}
	return nil
}

// own is how many requests a device may send that nobody has told it to, besides [retries]: one that lives on registers when its
// connection has ended.
func (v *View) own(method string) int {
	if method == "REGISTER" && v.marked(observation.DeviceLivesOn) >= 0 {
		return 1
	}
	return 0
}

// removes tells whether a REGISTER takes a binding away (RFC 3261 §10.2.2), as a phone does whose account is switched off.
func removes(request *Message) bool { return request.Method == "REGISTER" && asksFor(request) == 0 }

// TakesAsFinal asks that the device does not repeat a request that was refused
// with that status. One retry is tolerated: see retries. Until a person at the device has
// done what they were asked, requests may be theirs: the device has registered by itself
// and was refused before the person came to it.
func TakesAsFinal(method string, status int) Rule {
	return func(v *View) Ruling {
		final := finalWith(v, method, status)
		if final == nil {
			return open("refusal-not-provoked", "its %s was not refused with %d", method, status)
		}
		alone := final.Event.Seq
		for _, done := range v.DeviceSays(observation.DeviceDone) {
			if done.Seq > alone {
				alone = done.Seq
				break
			}
		}
		again := 0
		for _, request := range v.Requests(method) {
			if request.Event.Seq > alone && request.ToTag() == "" && !answersChallenge(v, request) && !removes(request) {
				again++
			}
		}
		if again > retries+v.own(method) {
			return fail("repeats-after-final", "after the %d it sent %d more %s requests", status, again, method).at(final.Event.Seq).
				hint("report a %d to the user, and do not retry", status)
		}
		return pass("took-as-final", "it stopped after the %d", status).at(final.Event.Seq)
	}
}

// answersChallenge reports whether a request repeats one that was challenged.
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

// stale tells whether a response is a challenge that has nothing against the credentials but the age of their nonce (RFC 7616
// §3.3).
func stale(final *Message) bool {
	for _, header := range []string{"Proxy-Authenticate", "WWW-Authenticate"} {
		challenge, err := sipwire.ParseAuth(final.Get(header))
		if err == nil && strings.EqualFold(challenge.Get("stale"), "true") {
			return final.Status == 401 || final.Status == 407
		}
	}
	return false
}

// AnswersChallenge asks that the device answers the 407 to its request over the
// same connection, with credentials that the vendor accepts.
func AnswersChallenge(method string) Rule {
	return func(v *View) Ruling {
		challenge := finalWith(v, method, 407)
		if challenge == nil {
			r := accepted(v, method, "accepted")
			return open("not-challenged", "its %s was not challenged: %s", method, r.Observed).at(r.Events...)
		}
		for _, request := range v.Requests(method) {
			if request.Event.Seq < challenge.Event.Seq || request.Get("Proxy-Authorization") == "" {
				continue
			}
			if request.Connection != challenge.Connection {
				return fail("credentials-on-another-connection", "it answered the 407 over %s, and the 407 came over %s",
					request.Connection.ID, challenge.Connection.ID).at(request.Event.Seq)
			}
			final := v.Final(request)
			if final == nil {
				return open("no-final-response", "its %s with credentials got no final response", method).at(request.Event.Seq)
			}
			if stale(final) {
				continue // the nonce was of another time: a device that lives on keeps the last one, and this is a challenge like the first
			}
			if final.Status == 407 || final.Status == 403 {
				return fail("credentials-refused", "the vendor refused its credentials with %d", final.Status).
					at(request.Event.Seq, final.Event.Seq)
			}
			return pass("challenge-answered", "it answered the 407 over the same connection").at(challenge.Event.Seq, request.Event.Seq)
		}
		return fail("challenge-not-answered", "it never answered the 407 to its %s", method).at(challenge.Event.Seq)
	}
}

// NoRequest asks that the device never sends a request of that method.
func NoRequest(method string) Rule {
	return func(v *View) Ruling {
		if requests := v.Requests(method); len(requests) > 0 {
			return fail("sent-"+strings.ToLower(method), "it sent %s", method).at(requests[0].Event.Seq)
		}
		return v.without("no-"+strings.ToLower(method), "it sent no %s", method)
	}
}

// NoClearSignalling asks that the device sends the vendor no SIP over UDP or TCP.
func NoClearSignalling(v *View) Ruling {
	for _, m := range v.Messages {
		if m.In() && m.Connection.Protocol() != observation.TLS && m.Connection.Info.Listener == "" {
			return fail("fell-back-to-clear-signalling", "it sent %s over %s", title(m), m.Connection.Protocol()).at(m.Event.Seq).
				hint("report a failure over TLS to the user instead of trying UDP or TCP")
		}
	}
	return v.without("stayed-on-tls", "it sent no SIP over UDP or TCP")
}

// RequestURI asks that ask accepts the Request-URI of the device's first request of
// that method. The rule passes with the cause wanted and fails with cause.
func RequestURI(method, cause, wanted string, ask func(sipwire.URI) bool) Rule {
	return func(v *View) Ruling {
		requests := v.Requests(method)
		if len(requests) == 0 {
			return stuck(v, method).leftOpen()
		}
		uri, err := sipwire.ParseURI(requests[0].RequestURI)
		if err != nil {
			return fail("unreadable-request-uri", "its Request-URI cannot be parsed: %q", requests[0].RequestURI).
				at(requests[0].Event.Seq)
		}
		if !ask(uri) {
			return fail(cause, "its Request-URI is %s", requests[0].RequestURI).at(requests[0].Event.Seq)
		}
		return pass(wanted, "its Request-URI is %s", requests[0].RequestURI).at(requests[0].Event.Seq)
	}
}

// IsIP reports whether the host of a URI is an IP address.
func IsIP(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// PingInterval asks that at least that much time lies between two pings of the
// device's on one connection.
func PingInterval(least time.Duration) Rule {
	return func(v *View) Ruling {
		last := make(map[string]observation.Event) // by connection
		for _, e := range v.Events {
			if e.KeepAlive == nil || e.Dir != observation.In || !e.KeepAlive.Ping {
				continue
			}
			if earlier, ok := last[e.Conn]; ok && e.At-earlier.At < least {
				return fail("pings-too-often", "it sent two pings %v apart", (e.At-earlier.At).Round(time.Millisecond)).
					at(earlier.Seq, e.Seq)
			}
			last[e.Conn] = e
		}
		return v.without("pings-seldom", "it sent no two pings within %v", least)
	}
}

// firstFrom names what the device sent first over a connection.
func (v *View) firstFrom(c *Connection) string {
	for _, m := range v.Messages {
		if m.Connection == c && m.In() {
			return title(m)
		}
	}
	for _, x := range v.Exchanges {
		if x.Connection == c {
			return x.Method + " " + x.Path
		}
	}
	return c.Spoke
}

// title names a message: its method, or its status.
func title(m *Message) string {
	if m.IsRequest() {
		return m.Method
	}
	return "a " + label(m)
}

// label is [title] after a word such as "its".
func label(m *Message) string {
	if m.IsRequest() {
		return m.Method
	}
	return strconv.Itoa(m.Status)
}
