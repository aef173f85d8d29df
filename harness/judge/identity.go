package judge

import (
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// RefusesRevoked is [Refuses] for a certificate that is revoked. The look is the
// mark of how a device can learn that; the hint tells whether this one looked.
func RefusesRevoked(look observation.StageMark) Rule {
	return func(v *View) Ruling {
		r := Refuses("revoked")(v)
		if r.Verdict != verdict.Fail {
			return r
		}
		asked := "a revocation list was fetched"
		if look == observation.ResponderAsked {
			asked = "an OCSP responder was asked"
		}
		if v.marked(look) >= 0 {
			return r.hint("%s, and it went on", asked)
		}
		return r.hint("nothing shows that %s", asked)
	}
}

// Identifies asks that the device, connecting to a vendor that wants its
// certificate, shows one that the vendor takes.
func Identifies(v *View) Ruling {
	for _, c := range tlsOnly(v.Inbound()) {
		switch {
		case c.Handshake == nil:
			continue
		case c.Handshake.Complete && len(c.Handshake.PeerChain) > 0:
			return pass("certificate-taken", "the vendor took its certificate").at(c.Opened)
		case len(c.Handshake.Rejected) > 0:
			return fail("vendor-refuses-"+c.Handshake.Rejected[0], "the vendor refused it: %s", c.Handshake.Error).at(c.Last)
		}
	}
	return atDoor(v.Inbound(), "certificate")
}

// Turned asks the rules of a device that the vendor turned away for that cause
// (package identity's). Where it did not, nothing is known.
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

// Presents asks that the vendor, calling the device, found none of these causes
// (package identity's) to refuse its certificate.
func Presents(causes ...string) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if !c.Info.Dialed || c.Handshake == nil {
				continue
			}
			for _, cause := range c.Handshake.Rejected {
				if slices.Contains(causes, cause) {
					return fail("vendor-refuses-"+cause, "the vendor refused its certificate: %s", c.Handshake.Error).at(c.Last)
				}
			}
			if c.Handshake.Complete {
				return pass("certificate-taken", "the vendor took its certificate").at(c.Opened)
			}
			return open("certificate-not-judged", "the handshake ended for another reason: %s", c.Handshake.Error).at(c.Last)
		}
		return open("not-called", "the vendor could not connect to its server")
	}
}
