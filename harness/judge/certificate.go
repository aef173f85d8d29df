package judge

import (
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// SendsServerName asks that every ClientHello of the device's has a server_name.
func SendsServerName(v *View) Ruling {
	var named *Connection
	for _, c := range tlsOnly(v.Inbound()) {
		switch {
		case c.Hello == nil:
		case c.Hello.ServerName == "":
			return fail("no-server-name", "its ClientHello has no server_name").at(c.Opened).
				hint("set server_name (RFC 6066 §3): several hosts share the address, and each has its own certificate")
		default:
			named = c
		}
	}
	if named == nil {
		return atDoor(v.Inbound(), "ClientHello").leftOpen()
	}
	return pass("server-name-sent", "its ClientHello names %s", named.Hello.ServerName).at(named.Opened)
}

// RejectsRevoked is [RejectsServer] for a revoked certificate. A device that looks
// up the revocation leaves the mark look; one that refuses without having looked
// refuses for another reason.
func RejectsRevoked(look observation.StageMark) Rule {
	return func(v *View) Ruling {
		r := RejectsServer("revoked")(v)
		source := "the revocation list"
		if look == observation.ResponderAsked {
			source = "the OCSP responder"
		}
		looked := v.marked(look) >= 0
		switch {
		case r.Verdict == verdict.Pass && !looked:
			return open("revocation-not-looked-up", "%s; but it did not ask %s, so the reason is another", r.Observed, source).at(r.Events...)
		case r.Verdict == verdict.Fail && looked:
			return r.hint("the device asked %s: end the connection when the certificate is revoked", source)
		case r.Verdict == verdict.Fail:
			return r.hint("the device did not ask %s: check revocation when verifying", source)
		}
		return r
	}
}

// Identifies asks that a device which connects to a vendor that demands a client
// certificate shows one that the vendor accepts.
func Identifies(v *View) Ruling {
	for _, c := range tlsOnly(v.Inbound()) {
		switch {
		case c.Handshake == nil:
			continue
		case c.Handshake.Complete && len(c.Handshake.PeerChain) > 0:
			return pass("certificate-taken", "the vendor accepted its certificate").at(c.Opened)
		case len(c.Handshake.Rejected) > 0:
			return fail("vendor-refuses-"+c.Handshake.Rejected[0], "the vendor rejected it: %s", c.Handshake.Error).at(c.Last)
		}
	}
	return atDoor(v.Inbound(), "certificate").leftOpen()
}

// ShowsCertificate is [Identifies] for a device that fetches a page, and asks that
// the page is served.
func ShowsCertificate(v *View) Ruling {
	for _, c := range tlsOnly(v.Inbound()) {
		h := c.Handshake
		switch {
		case h == nil:
		case h.Complete && c.Spoke != "" && len(h.PeerChain) > 0:
			return Fetched(v)
		case h.Complete && c.Spoke != "":
			return open("certificate-not-asked", "it was served, and the vendor did not ask for its certificate").at(c.Opened)
		case !h.Complete && c.Alert == nil && len(h.PeerChain) > 0:
			return fail("client-certificate-refused", "the vendor rejected its certificate: %s", h.Error).at(c.Last)
		case !h.Complete && c.MockAlert != nil && c.MockAlert.Description == alertHandshakeFailure,
			!h.Complete && c.Alert == nil && len(h.LocalChain) > 0:
			return fail("client-certificate-missing", "it showed no certificate when the vendor asked for one: %s", h.Error).at(c.Last)
		}
	}
	return unfetched(v).leftOpen()
}

// Presents asks that the vendor, when it calls the device, rejects the device's
// certificate for none of these causes, which are package identity's.
func Presents(causes ...string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if !c.Info.Dialed || c.Handshake == nil {
				continue
			}
			for _, cause := range c.Handshake.Rejected {
				if slices.Contains(causes, cause) {
					return fail("vendor-refuses-"+cause, "the vendor rejected its certificate: %s", c.Handshake.Error).at(c.Last)
				}
			}
			if c.Handshake.Complete {
				return pass("certificate-taken", "the vendor accepted its certificate").at(c.Opened)
			}
			return open("certificate-not-judged", "the handshake ended before its certificate was judged: %s", c.Handshake.Error).
				at(c.Last)
		}
		return open("not-called", "the vendor could not connect to its server")
	}
}

// TakesAnonymous asks that the device's server accepts a vendor that shows no client
// certificate.
func TakesAnonymous(v *View) Ruling {
	for _, c := range v.Connections {
		if !c.Info.Dialed || c.Alert == nil || c.Handshake == nil || len(c.Handshake.PeerChain) == 0 {
			continue
		}
		switch c.Alert.Description { // RFC 8446 §4.4.2.4, RFC 5246 §7.4.6
		case alertHandshakeFailure, alertBadCertificate, alertCertificateRequired:
			return fail("client-certificate-demanded", "its server demands a client certificate: it ended the vendor's handshake with alert %s",
				tlspeer.AlertName(c.Alert.Description)).at(c.Last)
		}
	}
	return Answered(v).leftOpen()
}

// VendorRejects asks that the vendor, when it calls the device, rejects the device's
// certificate for that cause, one of package identity's.
func VendorRejects(cause string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.called(observation.TLS) {
			switch {
			case c.Handshake == nil:
			case slices.Contains(c.Handshake.Rejected, cause):
				return pass("vendor-rejects-"+cause, "the vendor rejected its certificate: %s", c.Handshake.Error).at(c.Last)
			case c.Handshake.Complete:
				return fail("vendor-accepts-"+cause, "the vendor accepted its certificate, which it was to reject (%s)", cause).at(c.Opened)
			}
		}
		return unreached(v).leftOpen()
	}
}

// OwnListRead applies rule if somebody has read a revocation list: the vendor the one
// that the device's certificate names.
func OwnListRead(rule Rule) Rule {
	return func(v *View) Ruling {
		if v.marked(observation.ListFetched) < 0 {
			return open("list-not-read", "nobody read the revocation list that its certificate names")
		}
		return rule(v)
	}
}
