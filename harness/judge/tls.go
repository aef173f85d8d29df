package judge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// OffersVersion asks that the device's ClientHello offers that version.
func OffersVersion(version uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Inbound() {
			if c.Hello == nil {
				continue
			}
			if c.Hello.Offers(version) {
				return pass("version-offered", "its ClientHello offers %s", tlspeer.VersionName(version)).at(c.Opened)
			}
			return fail("version-not-offered", "its ClientHello offers at most %s", tlspeer.VersionName(c.Hello.MaxVersion())).
				at(c.Opened)
		}
		return atDoor(v.Inbound(), "ClientHello").leftOpen()
	}
}

// Negotiated asks that the first TLS connection over which the device sent
// application data, or whose handshake was all that it was told to do, has one of these
// versions.
func Negotiated(versions ...uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Handshake == nil || !c.Handshake.Complete || !v.took(c) {
				continue
			}
			for _, wanted := range versions {
				if c.Handshake.Version == wanted {
					return pass("version-negotiated", "%s over %s, %s", cmp.Or(c.Spoke, "a handshake"), tlspeer.VersionName(wanted),
						tlspeer.SuiteName(c.Handshake.Suite)).
						at(c.Opened)
				}
			}
			if c.Hello != nil && !slices.ContainsFunc(versions, c.Hello.Offers) {
				return fail("version-not-offered", "its ClientHello offers at most %s", tlspeer.VersionName(c.Hello.MaxVersion())).at(c.Opened)
			}
			return fail("other-version", "it negotiated %s", tlspeer.VersionName(c.Handshake.Version)).at(c.Opened)
		}
		return atDoor(tlsOnly(v.Connections), "request").leftOpen()
	}
}

// RejectsVersion asks that the device has nothing to do with a server that has no
// version of TLS above highest. It rejects such a server as in [RejectsServer], or
// by a ClientHello that offers nothing so low: then it is the server that ends the
// handshake, because of what the device does not offer.
func RejectsVersion(highest uint16) Rule {
	what := strings.ToLower(strings.ReplaceAll(tlspeer.VersionName(highest), " ", ""))
	return func(v *View) Ruling {
		connections := tlsOnly(v.Inbound())
		r := rejectsServer(v, connections, what)
		switch r.Verdict {
		case verdict.Pass:
			for _, c := range connections {
				if d := Diagnose(c); d != nil && d.Class == ProtocolError {
					return r.named(c)
				}
			}
			return r
		case verdict.Fail:
			return r
		}
		for _, c := range connections {
			if c.Hello != nil && len(c.Hello.Versions) > 0 && !slices.ContainsFunc(c.Hello.Versions, atMost(highest)) {
				return pass("refused-"+what, "its ClientHello offers no version as low as %s", tlspeer.VersionName(highest)).
					at(c.Opened).named(c)
			}
		}
		return r
	}
}

// atMost accepts versions of TLS up to highest, GREASE values (RFC 8701) left out.
func atMost(highest uint16) func(uint16) bool {
	return func(version uint16) bool { return version>>8 == 0x03 && version <= highest }
}

// OffersSuite asks that the device's ClientHello offers at least one of these suites.
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
		return atDoor(v.Inbound(), "ClientHello").leftOpen()
	}
}

// UsesSuite asks that a device which offers the vendor's only suite, and the group
// that goes with it, obeys rule over that suite. A device that does not offer both
// is asked only to stay on TLS.
func UsesSuite(suite, group uint16, rule Rule) Rule {
	return ifOffered(func(hello *observation.HelloInfo) bool {
		return slices.Contains(hello.Suites, suite) && (group == 0 || slices.Contains(hello.Groups, group))
	}, tlspeer.SuiteName(suite)+" with the vendor's group", NoClearSignalling, func(v *View, c *Connection) Ruling {
		r := rule(v)
		if h := c.Handshake; r.Verdict == verdict.Pass && (h == nil || h.Suite != suite) {
			return open("other-suite", "it was served, but not over %s", tlspeer.SuiteName(suite)).at(c.Opened)
		}
		return r
	})
}

// UsesOneOf asks that a device which offers one of the vendor's suites obeys rule.
// A device that offers none of them is asked only to stay on TLS, and that none of
// its requests of that method is served.
func UsesOneOf(suites []uint16, method string, rule Rule) Rule {
	return ifOffered(func(hello *observation.HelloInfo) bool {
		return slices.ContainsFunc(suites, func(suite uint16) bool { return slices.Contains(hello.Suites, suite) })
	}, "any of the vendor's suites", All(NoClearSignalling, NoneServed(method)), func(v *View, _ *Connection) Ruling { return rule(v) })
}

// ifOffered applies rule to a device of which a ClientHello, be it that of a second
// attempt, has what the vendor needs. The requirement does not bind a device that does
// not offer it, unless otherwise fails.
func ifOffered(has func(*observation.HelloInfo) bool, what string, otherwise Rule, rule func(*View, *Connection) Ruling) Rule {
	return func(v *View) Ruling {
		greeted := tlsOnly(v.Inbound())
		greeted = slices.DeleteFunc(greeted, func(c *Connection) bool { return c.Hello == nil })
		if len(greeted) == 0 {
			return atDoor(v.Inbound(), "ClientHello").leftOpen()
		}
		for _, c := range greeted {
			if has(c.Hello) {
				return rule(v, c)
			}
		}
		if r := otherwise(v); r.Verdict == verdict.Fail {
			return r
		}
		return unbound("suite-not-offered", "its ClientHello does not offer %s, which is not required", what).at(greeted[0].Opened)
	}
}

// TakesFirst asks that the device is served over the first suite in the vendor's
// order of preference that it offers.
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
				return open("other-suite", "it was served over %s, although the vendor prefers %s",
					tlspeer.SuiteName(c.Handshake.Suite), tlspeer.SuiteName(order[i])).at(c.Opened)
			}
			return pass("first-of-the-order", "it was served over %s, the vendor's first choice of those that it offers",
				tlspeer.SuiteName(order[i])).at(c.Opened)
		}
		return open("no-hello", "its ClientHello was not seen")
	}
}

// OffersGroup asks that the device's ClientHello offers that group for key exchange.
func OffersGroup(group uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Inbound() {
			if c.Hello == nil {
				continue
			}
			if slices.Contains(c.Hello.Groups, group) {
				return pass("group-offered", "its ClientHello offers %s", tlspeer.GroupName(group)).at(c.Opened)
			}
			return fail("group-not-offered", "its ClientHello does not offer %s", tlspeer.GroupName(group)).at(c.Opened)
		}
		return atDoor(v.Inbound(), "ClientHello").leftOpen()
	}
}

// NegotiatedGroup is [Negotiated] for the group of the key exchange.
func NegotiatedGroup(group uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Handshake == nil || !c.Handshake.Complete || c.Spoke == "" {
				continue
			}
			if c.Handshake.Group == group {
				return pass("group-negotiated", "%s over %s with %s", c.Spoke, tlspeer.SuiteName(c.Handshake.Suite), tlspeer.GroupName(group)).
					at(c.Opened)
			}
			return fail("other-group", "it was served over %s with %s", tlspeer.SuiteName(c.Handshake.Suite), tlspeer.GroupName(c.Handshake.Group)).
				at(c.Opened)
		}
		return atDoor(tlsOnly(v.Connections), "request").leftOpen()
	}
}

// NoPlainOnTLS asks that the device sends nothing but TLS to the port for TLS.
func NoPlainOnTLS(v *View) Ruling {
	for _, e := range v.Events {
		c := v.byID[e.Conn]
		if e.Kind == observation.NotTLS && e.Dir == observation.In && c != nil && c.Protocol() == observation.TLS && c.Hello == nil {
			return fail("plain-on-tls-port", "it sent something other than TLS to the port for TLS").at(e.Seq)
		}
	}
	if len(tlsOnly(v.Inbound())) == 0 {
		return open("never-connected", "it never connected to the port for TLS")
	}
	return pass("tls-from-the-start", "it sent nothing but TLS to the port for TLS")
}

// Unserved applies rules to a device with which the vendor cannot complete a
// handshake. Where the handshake completed, the ruling is inconclusive.
func Unserved(rules ...Rule) Rule {
	return func(v *View) Ruling {
		for _, c := range tlsOnly(v.Inbound()) {
			switch {
			case c.Handshake != nil && c.Handshake.Complete:
				return open("refusal-not-provoked", "the vendor completed its handshake").at(c.Opened)
			case c.Handshake != nil && c.Hello != nil:
				return All(rules...)(v)
			}
		}
		return atDoor(v.Inbound(), "ClientHello").leftOpen()
	}
}

// TurnedAway asks that the vendor ended the device's handshake with that alert, and
// that no HTTP request got through. Where the vendor cannot know that its version is too
// low for the device, it is the device that ends the handshake with the alert.
func TurnedAway(alert uint8) Rule {
	return func(v *View) Ruling {
		for _, x := range v.Exchanges {
			return open("refusal-not-provoked", "its request got through").at(x.Asked)
		}
		connections := tlsOnly(v.Inbound())
		for _, c := range connections {
			if a := c.Alert; a != nil && a.Description == alert && a.Refused == observation.ServerHelloMessage {
				return pass("turned-away", "it ended the handshake itself with alert %s: the vendor's version is none of its own",
					tlspeer.AlertName(alert)).at(c.Last)
			}
			if c.MockAlert == nil {
				continue
			}
			name := tlspeer.AlertName(c.MockAlert.Description)
			if c.MockAlert.Description != alert {
				return open("other-refusal", "the vendor ended the handshake with alert %s, not %s", name, tlspeer.AlertName(alert)).
					at(c.Last)
			}
			return pass("turned-away", "the vendor ended its handshake with alert %s", name).at(c.Last).named(c)
		}
		return atDoor(connections, "ClientHello").leftOpen()
	}
}
