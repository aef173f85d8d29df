package judge

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Fetched asks that a request of the device's was answered with a 2xx.
func Fetched(v *View) Ruling { return fetched(v, 1) }

// FetchedEach asks that so many requests of the device's were.
func FetchedEach(pages int) Rule {
	return func(v *View) Ruling { return fetched(v, pages) }
}

func fetched(v *View, pages int) Ruling {
	var served []*Exchange
	for _, x := range v.Exchanges {
		if x.Status/100 == 2 {
			served = append(served, x)
		}
	}
	if len(served) < pages {
		return unfetched(v)
	}
	first := served[0]
	suite := "no TLS"
	if h := first.Connection.Handshake; h != nil {
		suite = tlspeer.SuiteName(h.Suite)
	}
	return pass("served", "%d of its requests were answered, the first with %d over %s", len(served), first.Status, suite).at(first.Asked, first.Answered)
}

// unfetched says how far the device got on its way to a page.
func unfetched(v *View) Ruling {
	inbound := v.Inbound()
	if len(inbound) == 0 {
		return atDoor(nil, "request")
	}
	c := inbound[len(inbound)-1]
	for _, x := range v.Exchanges {
		switch {
		case x.Connection != c:
		case x.Answered < 0:
			return open("no-answer", "its request had no answer when the scenario ended").at(x.Asked)
		case x.Status/100 != 2:
			return fail(fmt.Sprintf("answered-%d", x.Status), "its request was answered with %d", x.Status).at(x.Answered)
		}
	}
	if c.Spoke == HTTP {
		return open("too-few-requests", "its last request was answered, and it did not come again").at(c.Last)
	}
	if c.Spoke == "" && c.Handshake != nil && c.Handshake.Complete && c.Alert == nil {
		if !c.Closed || c.Cause == observation.ClosedLocally {
			return open("no-request", "it completed the TLS handshake and asked for nothing").at(c.Last)
		}
		r := fail("closed-without-request", "it completed the TLS handshake and closed the connection without a request").at(c.Last)
		return r.explained(c)
	}
	return atDoor(inbound, "request").explained(c)
}

// explained gives a ruling the diagnosis of a connection for a hint.
func (r Ruling) explained(c *Connection) Ruling {
	if d := Diagnose(c); d != nil && r.Hint == "" {
		return r.hint("%s: %s", d.Class, d.Fix)
	}
	return r
}

// FetchedUnder asks that the device was served under so many different leaves.
// One that pins a certificate refuses the second.
func FetchedUnder(leaves int) Rule {
	return func(v *View) Ruling {
		under := make(map[string]bool)
		for _, x := range v.Exchanges {
			if h := x.Connection.Handshake; x.Status/100 == 2 && h != nil && len(h.LocalChain) > 0 {
				under[string(h.LocalChain[0])] = true
			}
		}
		switch {
		case len(under) >= leaves:
			return pass("served-after-change", "it was served under %d leaves", len(under))
		case len(under) == 0:
			return unfetched(v)
		}
		last := v.Inbound()[len(v.Inbound())-1]
		if last.Handshake != nil && last.Spoke == "" && last.Alerted == nil && (last.Alert != nil || last.Closed && last.Cause != observation.ClosedLocally) {
			r := fail("refused-changed-certificate", "it was served under %d of %d certificates and refused the next", len(under), leaves).at(last.Last)
			return r.hint("%s", fixChange)
		}
		if r := unfetched(v); r.Verdict == verdict.Fail {
			return r
		}
		return open("change-not-met", "it was served under %d of %d certificates", len(under), leaves)
	}
}

// RefusesChanged is [Refuses] for connections that the device opened after the
// vendor made its change; before it, the device must have been served.
func RefusesChanged(what string) Rule {
	return func(v *View) Ruling {
		made := v.marked(observation.VendorChanged)
		if made < 0 {
			return open("no-change", "the vendor made no change")
		}
		if !slices.ContainsFunc(v.Exchanges, func(x *Exchange) bool { return x.Status/100 == 2 && x.Asked < made }) {
			return open("not-served-before", "it was not served before the change").at(made)
		}
		later := slices.DeleteFunc(tlsOnly(v.Inbound()), func(c *Connection) bool { return c.Opened < made })
		return refuses(later, what)
	}
}

// SendsServerName asks that every ClientHello of the device's names a host.
func SendsServerName(v *View) Ruling {
	var named *Connection
	for _, c := range tlsOnly(v.Inbound()) {
		switch {
		case c.Hello == nil:
		case c.Hello.ServerName == "":
			return fail("no-server-name", "its ClientHello has no server_name").at(c.Opened).
				hint("several hosts share the address, and the certificate goes by the name")
		default:
			named = c
		}
	}
	if named == nil {
		return atDoor(v.Inbound(), "ClientHello")
	}
	return pass("server-name-sent", "its ClientHello asks for %s", named.Hello.ServerName).at(named.Opened)
}

// TakesFirst asks that the device is served over the first suite of the server's
// order that it offers.
func TakesFirst(order []uint16) Rule {
	return func(v *View) Ruling {
		r := Fetched(v)
		if r.Verdict != verdict.Pass {
			return r
		}
		for _, x := range v.Exchanges {
			c := x.Connection
			if c.Hello == nil || c.Handshake == nil {
				continue
			}
			i := slices.IndexFunc(order, func(suite uint16) bool { return slices.Contains(c.Hello.Suites, suite) })
			if i < 0 {
				return fail("no-common-suite", "its ClientHello offers none of the vendor's suites").at(c.Opened)
			}
			if c.Handshake.Suite != order[i] {
				return open("other-suite", "it was served over %s, and the vendor prefers %s", tlspeer.SuiteName(c.Handshake.Suite), tlspeer.SuiteName(order[i])).at(c.Opened)
			}
			return pass("first-of-the-order", "it took %s, the first of the vendor's that it offers", tlspeer.SuiteName(order[i])).at(c.Opened)
		}
		return open("no-hello", "its ClientHello was not seen")
	}
}

// TurnedAway asks that the vendor refused the device's handshake with that alert,
// and that nothing of the device's got through.
func TurnedAway(alert uint8) Rule {
	return func(v *View) Ruling {
		for _, x := range v.Exchanges {
			return open("refusal-not-provoked", "its request got through").at(x.Asked)
		}
		connections := tlsOnly(v.Inbound())
		for _, c := range connections {
			if c.Alerted == nil {
				continue
			}
			name := tlspeer.AlertName(c.Alerted.Description)
			if c.Alerted.Description != alert {
				return open("other-refusal", "the vendor refused with alert %s, not %s", name, tlspeer.AlertName(alert)).at(c.Last)
			}
			r := pass("turned-away", "the vendor refused its handshake with alert %s", name).at(c.Last)
			if d := Diagnose(c); d != nil {
				r.Observed += ": " + string(d.Class)
			}
			return r
		}
		return atDoor(connections, "ClientHello")
	}
}

// ShowsCertificate asks that the device shows a certificate that the vendor takes
// where the vendor asks for one.
func ShowsCertificate(v *View) Ruling {
	for _, c := range tlsOnly(v.Inbound()) {
		h := c.Handshake
		switch {
		case h == nil:
		case h.Complete && c.Spoke != "" && len(h.PeerChain) > 0:
			return Fetched(v)
		case h.Complete && c.Spoke != "":
			return open("certificate-not-asked", "it was served without a certificate").at(c.Opened)
		case !h.Complete && c.Alert == nil && len(h.PeerChain) > 0:
			return fail("client-certificate-refused", "the vendor refused its certificate: %s", h.Error).at(c.Last)
		case !h.Complete && c.Alerted != nil && c.Alerted.Description == alertHandshakeFailure,
			!h.Complete && c.Alert == nil && len(h.LocalChain) > 0:
			return fail("client-certificate-missing", "it had none to show when the vendor asked: %s", h.Error).at(c.Last)
		}
	}
	return unfetched(v)
}
