package judge

import (
	"fmt"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Registered asks that a REGISTER of the device's ended in a 2xx.
func Registered(v *View) Ruling { return accepted(v, "REGISTER", "registered") }

// Called asks that a call of the device's was answered and acknowledged.
func Called(v *View) Ruling {
	r := accepted(v, "INVITE", "call-answered")
	if r.Verdict != verdict.Pass {
		return r
	}
	if len(v.Requests("ACK")) == 0 {
		return fail("no-ack", "the 200 to its INVITE was never acknowledged").at(r.Events...)
	}
	if byes := v.Requests("BYE"); len(byes) > 0 && !told(v, "hang-up", byes[0].Event.Seq) {
		return fail("ended-by-itself", "it ended the call by itself").at(byes[0].Event.Seq)
	}
	return r
}

// told tells whether the device was told to do something before an event.
func told(v *View, action string, before int) bool {
	for _, e := range v.DeviceSays(observation.DeviceAction) {
		if e.Device.Action == action && e.Seq < before {
			return true
		}
	}
	return false
}

// RegisteredSecurely asks that the device registered, and over TLS alone.
func RegisteredSecurely(v *View) Ruling {
	for _, request := range v.Requests("REGISTER") {
		if request.Connection.Protocol() != observation.TLS {
			return fail("registered-in-clear", "it registered over %s", request.Connection.Protocol()).at(request.Event.Seq)
		}
	}
	return Registered(v)
}

// Answered asks that the device took a call of the vendor's.
func Answered(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) == 0 {
		return unreached(v)
	}
	final := v.Final(invites[0])
	switch {
	case final == nil && invites[0].Connection.Closed && invites[0].Connection.Cause != observation.ClosedLocally:
		return fail("closed-on-call", "it closed the connection at the INVITE").at(invites[0].Event.Seq, invites[0].Connection.Last)
	case final == nil:
		return open("no-final-response", "the INVITE got no final response").at(invites[0].Event.Seq)
	case final.Status >= 300:
		return fail(fmt.Sprintf("call-refused-%d", final.Status), "it refused the call with %d %s", final.Status, final.Reason).at(final.Event.Seq)
	}
	return pass("call-taken", "it answered %d", final.Status).at(final.Event.Seq)
}

// Did asks that the device got a 2xx to a request of that method.
func Did(method string) Rule {
	return func(v *View) Ruling { return accepted(v, method, "accepted") }
}

func accepted(v *View, method, cause string) Ruling {
	for _, request := range v.Requests(method) {
		if final := v.Final(request); final != nil && final.Status < 300 {
			return pass(cause, "%s over %s got %d", method, request.Connection.Protocol(), final.Status).at(request.Event.Seq, final.Event.Seq)
		}
	}
	return stuck(v, method)
}

// stuck says how far the device got on its way to a 2xx for a method. What it
// decided itself is a fail; what simply did not happen is inconclusive.
func stuck(v *View, method string) Ruling {
	requests := v.Requests(method)
	if len(requests) > 0 {
		last := requests[len(requests)-1]
		final := v.Final(last)
		switch {
		case final == nil:
			return open("no-final-response", "its %s had no final response when the scenario ended", method).at(last.Event.Seq)
		case final.Status == 401 || final.Status == 407:
			return fail("challenge-not-answered", "it did not answer the %d to its %s", final.Status, method).at(final.Event.Seq)
		}
		return fail(fmt.Sprintf("refused-%d", final.Status), "the last answer to its %s was %d %s", method, final.Status, final.Reason).at(final.Event.Seq)
	}
	return atDoor(v.Inbound(), method)
}

// atDoor says what became of connections over which nothing was asked.
func atDoor(connections []*Connection, method string) Ruling {
	if len(connections) == 0 {
		return open("never-connected", "it never connected").hint("look at name resolution and at the device's own log")
	}
	c := connections[len(connections)-1]
	switch {
	case c.Spoke != "":
		return open("no-"+method, "it sent %s, but no %s", c.Spoke, method).at(c.Last)
	case c.Protocol() != observation.TLS:
		return open("silent-connection", "it connected over %s and sent nothing", c.Protocol()).at(c.Opened)
	case c.Alert != nil:
		return fail("handshake-refused", "it ended the TLS handshake with alert %s", tlspeer.AlertName(c.Alert.Description)).at(c.Last)
	case c.Handshake == nil:
		return open("handshake-unfinished", "its TLS handshake was not over when the scenario ended").at(c.Last)
	case c.expired():
		return open("handshake-unfinished", "the vendor gave its TLS handshake up: %s", c.Handshake.Error).at(c.Last)
	case !c.Handshake.Complete:
		return fail("handshake-failed", "the TLS handshake failed: %s", c.Handshake.Error).at(c.Last)
	case c.Closed && c.Cause != observation.ClosedLocally:
		return fail("closed-without-sip", "it completed the TLS handshake and closed the connection without SIP").at(c.Last)
	}
	return open("no-sip", "it completed the TLS handshake and sent no SIP").at(c.Last)
}

// unreached says why the mock could not even ask the device.
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
			return r
		}
	}
	return open("not-called", "the vendor could not call it: no connection and no registration to use")
}

// Negotiated asks that SIP or HTTP crossed a TLS connection of at least one of these versions.
func Negotiated(versions ...uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Handshake == nil || !c.Handshake.Complete || c.Spoke == "" {
				continue
			}
			for _, wanted := range versions {
				if c.Handshake.Version == wanted {
					return pass("version-negotiated", "%s over %s, %s", c.Spoke, tlspeer.VersionName(wanted), tlspeer.SuiteName(c.Handshake.Suite)).at(c.Opened)
				}
			}
			return fail("other-version", "it settled for %s", tlspeer.VersionName(c.Handshake.Version)).at(c.Opened)
		}
		return atDoor(tlsOnly(v.Connections), "request")
	}
}

func tlsOnly(all []*Connection) []*Connection {
	var kept []*Connection
	for _, c := range all {
		if c.Protocol() == observation.TLS && c.Info.Listener == "" {
			kept = append(kept, c)
		}
	}
	return kept
}

// OffersVersion asks that the device's ClientHello holds a version.
func OffersVersion(version uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Inbound() {
			if c.Hello == nil {
				continue
			}
			if offers(c.Hello, version) {
				return pass("version-offered", "its ClientHello offers %s", tlspeer.VersionName(version)).at(c.Opened)
			}
			return fail("version-not-offered", "its ClientHello offers at most %s", tlspeer.VersionName(c.Hello.MaxVersion())).at(c.Opened)
		}
		return atDoor(v.Inbound(), "ClientHello")
	}
}

// offers reads supported_versions where it is (RFC 8446 §4.2.1), else takes
// the legacy version as the highest of a range.
func offers(hello *observation.HelloInfo, version uint16) bool {
	for _, v := range hello.Versions {
		if v == version {
			return true
		}
	}
	return len(hello.Versions) == 0 && version <= hello.LegacyVersion
}

// OffersSuite asks that the ClientHello holds at least one of these suites.
func OffersSuite(suites []uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Inbound() {
			if c.Hello == nil {
				continue
			}
			for _, offered := range c.Hello.Suites {
				for _, listed := range suites {
					if offered == listed {
						return pass("suite-offered", "its ClientHello offers %s", tlspeer.SuiteName(listed)).at(c.Opened)
					}
				}
			}
			return fail("no-common-suite", "its ClientHello offers none of the vendor's suites").at(c.Opened)
		}
		return atDoor(v.Inbound(), "ClientHello")
	}
}

// Refuses asks that the device had nothing to do with the peer that it found
// at the end of its TLS connection: it sent nothing over it, and it was the
// device that ended it. The cause of a fail names what it took: "accepted-" + what.
func Refuses(what string) Rule {
	return func(v *View) Ruling { return refuses(tlsOnly(v.Inbound()), what) }
}

func refuses(connections []*Connection, what string) Ruling {
	if len(connections) == 0 {
		return open("never-connected", "it never connected")
	}
	var refused *Connection
	for _, c := range connections {
		switch {
		case c.Spoke != "":
			return fail("accepted-"+what, "it sent %s over a connection that it had to refuse", c.Spoke).at(c.Opened, c.Last).
				hint("the peer was to be refused for: %s", what)
		case c.Alert != nil, c.Closed && !c.Cause.ByMock():
			refused = c
		}
	}
	if refused == nil {
		return open("undecided", "it neither used nor refused the connection before the scenario ended").at(connections[0].Last)
	}
	how := "it closed the connection and sent nothing over it"
	if refused.Alert != nil {
		how = "it refused with alert " + tlspeer.AlertName(refused.Alert.Description)
	}
	return pass("refused-"+what, "%s", how).at(refused.Last)
}

// RefusesDialed is [Refuses] for connections that the vendor opened: the
// device's server must not complete the handshake.
func RefusesDialed(what string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if !c.Info.Dialed {
				continue
			}
			switch {
			case c.Handshake == nil:
				return open("handshake-unfinished", "the handshake was not over when the scenario ended").at(c.Last)
			case c.expired():
				return open("handshake-unfinished", "the vendor gave the handshake up: %s", c.Handshake.Error).at(c.Last)
			case c.Handshake.Complete:
				return fail("accepted-"+what, "its server completed the handshake with %s", tlspeer.VersionName(c.Handshake.Version)).at(c.Opened)
			}
			return pass("refused-"+what, "its server refused: %s", c.Handshake.Error).at(c.Last)
		}
		return open("not-called", "its server could not be reached")
	}
}
