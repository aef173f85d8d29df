package judge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// RejectsServer asks that the device rejects the vendor's server because of its
// certificate, whose defect what names: the device sends no application data,
// and ends the connection itself. A device that sends any has accepted the
// server: the rule fails with the cause "accepted-" + what.
func RejectsServer(what string) Rule {
	return func(v *View) Ruling { return rejectsServer(tlsOnly(v.Inbound()), what) }
}

// rejectsServer is [RejectsServer] for some of the connections.
func rejectsServer(connections []*Connection, what string) Ruling {
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

// RejectsClient asks that the device's own server does not complete the handshake
// with the vendor, for the reason that what names.
func RejectsClient(what string) Rule {
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

// Turned applies rules to a device whose certificate the vendor rejected for that
// cause, one of package identity's. Where the vendor did not, the ruling is
// inconclusive.
func Turned(cause string, rules ...Rule) Rule {
	return func(v *View) Ruling {
		for _, c := range tlsOnly(v.Inbound()) {
			if c.Handshake != nil && slices.Contains(c.Handshake.Rejected, cause) {
				return All(rules...)(v)
			}
		}
		r := atDoor(v.Inbound(), "certificate")
		return open("refusal-not-provoked", "the vendor did not turn it away for %s: %s", cause, r.Observed)
	}
}
