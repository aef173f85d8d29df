package judge

import (
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Connected asks that a TLS connection of the device's came about: it completed the
// handshake and sent no alert.
func Connected(v *View) Ruling {
	connections := tlsOnly(v.Inbound())
	for _, c := range connections {
		if c.Handshake != nil && c.Handshake.Complete && c.Alert == nil {
			return pass("connected", "it completed the TLS handshake on %s with %s, %s, and sent no alert",
				c.ID, tlspeer.VersionName(c.Handshake.Version), tlspeer.SuiteName(c.Handshake.Suite)).at(c.Opened)
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

// took reports whether the device has taken the server of a connection: it sent
// application data or, where it was told to shake hands and to do no more, completed
// the handshake without an alert. Its Finished comes after the server's certificate in
// every version, so a device that refuses the certificate has the occasion to say so.
func (v *View) took(c *Connection) bool {
	return c.Spoke != "" || v.handshakes && c.Handshake != nil && c.Handshake.Complete && c.Alert == nil
}

// gave says what the device gave the server of a connection that it took.
func (v *View) gave(c *Connection) string {
	if c.Spoke == "" {
		return "completed the handshake, without an alert,"
	}
	return "sent " + v.firstFrom(c)
}
