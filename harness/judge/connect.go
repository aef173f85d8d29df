package judge

import (
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Connected asks that a TLS connection of the device's came about: it completed the
// handshake, and ended the connection in good order if it ended it.
func Connected(v *View) Ruling {
	connections := tlsOnly(v.Inbound())
	for _, c := range connections {
		if c.shook() {
			return pass("connected", "it completed the TLS handshake on %s with %s, %s, and sent no alert",
				c.ID, tlspeer.VersionName(c.Handshake.Version), tlspeer.SuiteName(c.Handshake.Suite)).at(c.Opened)
		}
	}
	for _, c := range connections {
		if c.Handshake != nil && c.Handshake.Complete && c.Alert == nil {
			return open("closed-without-notice", "it completed the TLS handshake on %s and closed the connection without close_notify, "+
				"which does not tell whether it took the server", c.ID).at(c.Last)
		}
	}
	return atDoor(connections, "handshake").explainedBy(connections)
}

// explainedBy is [Ruling.explained] by the last of some connections.
func (r Ruling) explainedBy(connections []*Connection) Ruling {
	if len(connections) == 0 {
		return r
	}
	return r.explained(connections[len(connections)-1])
}

// shook reports whether the device completed a handshake and was content with it. Its
// Finished comes after the server's certificate in every version, but some devices look
// at the certificate only then: those that refuse it send an alert, or close at once
// without close_notify (RFC 8446 §6.1).
func (c *Connection) shook() bool {
	return c.Handshake != nil && c.Handshake.Complete && c.Alert == nil && (c.Notified || !c.Closed || c.Cause.ByMock())
}

// took reports whether the device has taken the server of a connection: it sent
// application data or, where it was told to shake hands and to do no more, was content
// with the handshake.
func (v *View) took(c *Connection) bool { return c.Spoke != "" || v.handshakes && c.shook() }

// gave says what the device gave the server of a connection that it took.
func (v *View) gave(c *Connection) string {
	if c.Spoke == "" {
		return "completed the handshake, without an alert,"
	}
	return "sent " + v.firstFrom(c)
}
