package judge

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// accepted passes for cause if a request of the device's with that method got a 2xx.
func accepted(v *View, method, cause string) Ruling {
	for _, request := range v.Requests(method) {
		if final := v.Final(request); final != nil && final.Status < 300 {
			return pass(cause, "%s over %s got %d", method, request.Connection.Protocol(), final.Status).
				at(request.Event.Seq, final.Event.Seq)
		}
	}
	return stuck(v, method)
}

// without passes a device that did not do what it must not do. That counts only
// beside a sign that the device acted: it began a handshake or sent something, or
// its server took part in a connection that the vendor opened.
func (v *View) without(cause, observed string, args ...any) Ruling {
	acted := func(c *Connection) bool {
		return c.Spoke != "" || c.Hello != nil && !c.Info.Dialed || c.Info.Dialed && (c.Handshake != nil || c.Alert != nil)
	}
	if !slices.ContainsFunc(v.Connections, acted) {
		return open("did-not-act", "it neither began a handshake nor sent anything, and took no call")
	}
	return pass(cause, observed, args...)
}

// servedBefore reports whether a request of that method got a 2xx before an event.
func (v *View) servedBefore(method string, seq int) bool {
	return slices.ContainsFunc(v.Requests(method), func(m *Message) bool {
		final := v.Final(m)
		return final != nil && final.Status < 300 && final.Event.Seq < seq
	})
}

// stuck rules on a device that got no 2xx for a method, by how far it got. Its own
// decision is a fail; what did not happen is inconclusive.
func stuck(v *View, method string) Ruling {
	requests := v.Requests(method)
	if len(requests) == 0 {
		return atDoor(v.Inbound(), method)
	}
	last := requests[len(requests)-1]
	final := v.Final(last)
	credentials := last.Get("Proxy-Authorization") != "" || last.Get("Authorization") != ""
	switch {
	case final == nil:
		return open("no-final-response", "its %s got no final response before the scenario ended", method).at(last.Event.Seq)
	case (final.Status == 401 || final.Status == 407) && credentials && !stale(final):
		return fail("credentials-refused", "the vendor challenged its %s with credentials on %s again", method, last.Connection.ID).
			at(final.Event.Seq).short()
	case final.Status == 401 || final.Status == 407:
		return fail("challenge-not-answered", "it did not answer the %d to its %s on %s", final.Status, method, last.Connection.ID).
			at(final.Event.Seq).short()
	case final.Status == 403 && credentials:
		return fail("credentials-refused", "the vendor refused its %s with credentials on %s with 403", method, last.Connection.ID).
			at(final.Event.Seq).short()
	}
	return fail(fmt.Sprintf("refused-%d", final.Status), "the vendor refused its last %s on %s with %d %s",
		method, last.Connection.ID, final.Status, final.Reason).at(final.Event.Seq).short()
}

// atDoor rules on connections over which no request of that method came, by the last
// of them.
func atDoor(connections []*Connection, method string) Ruling {
	if len(connections) == 0 {
		return open("never-connected", "it never connected").hint("check name resolution, and the device's own log")
	}
	c := connections[len(connections)-1]
	switch {
	case c.Spoke != "":
		return open("no-"+method, "it sent %s on %s, but no %s", c.Spoke, c.ID, method).at(c.Last)
	case c.Protocol() != observation.TLS:
		return open("silent-connection", "it connected over %s and sent nothing", c.Protocol()).at(c.Opened)
	case c.refusedCertificate():
		return fail(certificateRefused, "%s", c.refusal()).at(c.Last).short()
	case c.refusedMessage() != "":
		return fail(slug(c.refusedMessage())+"-refused", "%s", c.refusal()).at(c.Last).short()
	case c.Alert != nil:
		return fail("handshake-refused", "%s", c.refusal()).at(c.Last).short()
	case c.Handshake == nil:
		return open("handshake-unfinished", "the TLS handshake on %s was still going on when the scenario ended", c.ID).at(c.Last)
	case c.expired():
		return open("handshake-unfinished", "the vendor gave up on the TLS handshake on %s: %s", c.ID, c.Handshake.Error).at(c.Last)
	case len(c.Handshake.Rejected) > 0:
		return fail("vendor-refuses-"+c.Handshake.Rejected[0], "the vendor rejected its certificate on %s: %s", c.ID, c.Handshake.Error).
			at(c.Last).short()
	case !c.Handshake.Complete && c.MockAlert != nil:
		return fail("handshake-failed", "the vendor ended the TLS handshake on %s with alert %s: %s",
			c.ID, tlspeer.AlertName(c.MockAlert.Description), c.Handshake.Error).at(c.Last).short()
	case !c.Handshake.Complete:
		return fail("handshake-failed", "the TLS handshake on %s failed: %s", c.ID, c.Handshake.Error).at(c.Last).short()
	case c.left():
		return fail("closed-without-sip", "it completed the TLS handshake on %s and closed the connection without SIP", c.ID).
			at(c.Last).short()
	}
	return open("no-sip", "it completed the TLS handshake on %s and sent no SIP", c.ID).at(c.Last)
}

// certificateRefused is the cause of a device that ends a handshake because of the
// vendor's certificate.
const certificateRefused = "certificate-refused"

// refusal says how the device ended the connection, and what it refused.
func (c *Connection) refusal() string {
	how := fmt.Sprintf("it closed %s and sent nothing over it", c.ID)
	if c.Alert != nil {
		how = fmt.Sprintf("it ended the TLS handshake on %s with alert %s", c.ID, tlspeer.AlertName(c.Alert.Description))
	}
	switch message := c.refusedMessage(); {
	case c.refusedCertificate():
		how += ": the vendor showed a certificate " + shownOn(c)
	case message != "" && c.Handshake != nil && c.Handshake.SignatureScheme != 0:
		how += fmt.Sprintf(": it refused the %s, signed with %s under %s", message,
			tlspeer.SchemeName(c.Handshake.SignatureScheme), tlspeer.VersionName(c.Handshake.Version))
	case message != "":
		how += ": it refused the " + message
	}
	return how
}

// slug writes the name of a handshake message as causes have it: server-key-exchange.
func slug(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// unreached rules on a device that the vendor could not call.
func unreached(v *View) Ruling {
	for _, c := range v.Connections {
		if c.Info.Dialed {
			if r := atDoor([]*Connection{c}, "answer"); r.Verdict == verdict.Fail {
				return r
			}
		}
	}
	if len(v.Requests("REGISTER")) > 0 {
		if r := Registered(v); r.Verdict != verdict.Pass {
			return r.leftOpen() // it was to be called, and not to register
		}
	}
	return open("not-called", "the vendor could not call it: there was neither a connection nor a registration")
}

// told reports whether the device was told to act before the event with that Seq.
func told(v *View, action string, before int) bool {
	for _, e := range v.DeviceSays(observation.DeviceAction) {
		if e.Device.Action == action && e.Seq < before {
			return true
		}
	}
	return false
}

// tlsOnly keeps the TLS connections to the vendor's own listeners, or from the vendor.
func tlsOnly(all []*Connection) []*Connection {
	var kept []*Connection
	for _, c := range all {
		if c.Protocol() == observation.TLS && c.Info.Listener == "" {
			kept = append(kept, c)
		}
	}
	return kept
}
