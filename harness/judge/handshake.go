package judge

import (
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// alertCertificateRequired and those beside it are what a server ends with that
// wants a certificate and gets none: RFC 8446 §4.4.2.4, RFC 5246 §7.4.6.
const (
	alertHandshakeFailure    = 40
	alertBadCertificate      = 42
	alertCertificateRequired = 116
)

// TakesAnonymous asks that the device's server takes the vendor without a
// client certificate.
func TakesAnonymous(v *View) Ruling {
	for _, c := range v.Connections {
		if !c.Info.Dialed || c.Alert == nil || c.Handshake == nil || len(c.Handshake.PeerChain) == 0 {
			continue
		}
		switch c.Alert.Description {
		case alertHandshakeFailure, alertBadCertificate, alertCertificateRequired:
			return fail("client-certificate-demanded", "its server showed its certificate and refused the vendor, which has none, with alert %s",
				tlspeer.AlertName(c.Alert.Description)).at(c.Last)
		}
	}
	return Answered(v)
}

// OffersGroup asks that the ClientHello holds a group for key exchange.
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
		return atDoor(v.Inbound(), "ClientHello")
	}
}

// UsesSuite asks that a device which offers a suite, and the group that the
// vendor has for it, is served over it where the vendor has no other. One that
// does not offer both only has to stay on TLS.
func UsesSuite(suite, group uint16, rule Rule) Rule {
	return ifOffered(func(hello *observation.HelloInfo) bool {
		return slices.Contains(hello.Suites, suite) && (group == 0 || slices.Contains(hello.Groups, group))
	}, tlspeer.SuiteName(suite)+" with the vendor's group", NoClearSignalling, func(v *View, c *Connection) Ruling {
		r := rule(v)
		if h := c.Handshake; r.Verdict == verdict.Pass && (h == nil || h.Suite != suite) {
			return open("other-suite", "it was served, and not over %s", tlspeer.SuiteName(suite)).at(c.Opened)
		}
		return r
	})
}

// UsesOneOf asks that a device which offers one of the suites that the vendor
// has is served over one of them. One that offers none only has to stay on TLS.
func UsesOneOf(suites []uint16, rule Rule) Rule {
	return ifOffered(func(hello *observation.HelloInfo) bool {
		return slices.ContainsFunc(suites, func(suite uint16) bool { return slices.Contains(hello.Suites, suite) })
	}, "any of the vendor's suites", All(NoCall, NoClearSignalling), func(v *View, _ *Connection) Ruling { return rule(v) })
}

// ifOffered asks rule of a device whose ClientHello has what the vendor needs. One
// that does not offer what need only not fail otherwise.
func ifOffered(has func(*observation.HelloInfo) bool, what string, otherwise Rule, rule func(*View, *Connection) Ruling) Rule {
	return func(v *View) Ruling {
		for _, c := range tlsOnly(v.Inbound()) {
			switch {
			case c.Hello == nil:
				continue
			case has(c.Hello):
				return rule(v, c)
			}
			if r := otherwise(v); r.Verdict == verdict.Fail {
				return r
			}
			return pass("suite-not-offered", "its ClientHello does not offer %s, which it need not", what).at(c.Opened)
		}
		return atDoor(v.Inbound(), "ClientHello")
	}
}

// NegotiatedGroup asks that SIP crossed a TLS connection with that group.
func NegotiatedGroup(group uint16) Rule {
	return func(v *View) Ruling {
		for _, c := range v.Connections {
			if c.Handshake == nil || !c.Handshake.Complete || c.Spoke == "" {
				continue
			}
			if c.Handshake.Group == group {
				return pass("group-negotiated", "%s over %s with %s", c.Spoke, tlspeer.SuiteName(c.Handshake.Suite), tlspeer.GroupName(group)).at(c.Opened)
			}
			return fail("other-group", "it was served over %s with %s", tlspeer.SuiteName(c.Handshake.Suite), tlspeer.GroupName(c.Handshake.Group)).at(c.Opened)
		}
		return atDoor(tlsOnly(v.Connections), "request")
	}
}

// NoPlainOnTLS asks that nothing but TLS came to the port for TLS.
func NoPlainOnTLS(v *View) Ruling {
	for _, e := range v.Events {
		c := v.byID[e.Conn]
		if e.Kind == observation.NotTLS && e.Dir == observation.In && c != nil && c.Protocol() == observation.TLS && c.Hello == nil {
			return fail("plain-on-tls-port", "it sent what is not TLS to the port for TLS").at(e.Seq)
		}
	}
	if len(tlsOnly(v.Inbound())) == 0 {
		return open("never-connected", "it never connected by TLS")
	}
	return pass("tls-from-the-start", "what it sent to the port for TLS was TLS")
}
