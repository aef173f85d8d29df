package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// RejectsServer asks that the device rejects the vendor's server because of its
// certificate, whose defect what names: the device sends no application data,
// and ends the connection itself. A device that sends any has accepted the
// server: the rule fails with the cause "accepted-" + what. So has one that was told
// to shake hands and no more, if it completed the handshake without an alert.
func RejectsServer(what string) Rule {
	return func(v *View) Ruling { return rejectsServer(v, tlsOnly(v.Inbound()), what) }
}

// rejectsServer is [RejectsServer] for some of the connections.
func rejectsServer(v *View, connections []*Connection, what string) Ruling {
	if len(connections) == 0 {
		return open("never-connected", "it never connected")
	}
	var rejected *Connection
	for _, c := range connections {
		switch {
		case v.took(c):
			return fail("accepted-"+what, "it %s to a server that it had to reject. %s", v.gave(c), wrongWith(c, what)).
				at(c.Opened, c.Last)
		case c.left():
			rejected = c
		}
	}
	if rejected == nil {
		return open("undecided", "it neither used nor ended the connection before the scenario ended").at(connections[0].Last)
	}
	return pass("refused-"+what, "%s", rejected.refusal()).at(rejected.Last)
}

// AcceptsServer asks that the device takes the vendor's certificate: it sends
// application data to the server that showed it. A device that refuses it fails;
// what else keeps a device from being served is not asked.
func AcceptsServer(v *View) Ruling {
	connections := tlsOnly(v.Inbound())
	for _, c := range connections {
		if v.took(c) && c.Handshake != nil && c.Handshake.Complete {
			return pass("certificate-accepted", "it %s on %s: the vendor showed a certificate %s", v.gave(c), c.ID, shownOn(c)).at(c.Opened)
		}
	}
	for _, c := range connections {
		if c.refusedCertificate() {
			return fail(certificateRefused, "%s", c.refusal()).at(c.Last)
		}
	}
	return atDoor(connections, "request").leftOpen()
}

// wrongWith says what was wrong with the server of a connection: its version, or else the certificate that it showed. What
// names the defect, most often by its recipe.
func wrongWith(c *Connection, what string) string {
	if strings.HasPrefix(what, "tls") && c.Handshake != nil {
		return "The server had nothing above " + tlspeer.VersionName(c.Handshake.Version)
	}
	if recipe, known := certs.RecipeByName(what); known {
		return recipe.Defect + " The certificate is " + shownOn(c)
	}
	return fmt.Sprintf("The fault is %s; the certificate is %s", what, shownOn(c))
}

// shownOn describes the certificate that a server showed.
func shownOn(c *Connection) string {
	if chain := chainOf(c); len(chain) > 0 {
		if leaf, _, err := certs.Parse(chain[0]); err == nil {
			return fmt.Sprintf("for %s from %s, valid from %s to %s",
				cmp.Or(strings.Join(leaf.DNSNames, ", "), leaf.Subject.String()), leaf.Issuer,
				leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
		}
	}
	return "not readable"
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
				return open("handshake-unfinished", "the handshake was still going on when the scenario ended").at(c.Last)
			case c.expired():
				return open("handshake-unfinished", "the vendor gave up on the handshake: %s", c.Handshake.Error).at(c.Last)
			case c.Handshake.Complete && (c.Alert == nil || c.Spoke != ""): // under TLS 1.3 the alert comes afterwards
				return fail("accepted-"+what, "its server completed the handshake with %s", tlspeer.VersionName(c.Handshake.Version)).
					at(c.Opened)
			}
			if c.Alert == nil && c.mockEnded() {
				return open("handshake-failed", "the vendor itself ended the handshake on %s: %s", c.ID, c.Handshake.Error).at(c.Last)
			}
			return pass("refused-"+what, "its server ended the handshake on %s: %s", c.ID, c.Handshake.Error).at(c.Last)
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
		return open("refusal-not-provoked", "the vendor did not reject its certificate for %s: %s", cause, r.Observed)
	}
}
