package edge

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// facts returns every fact and every setting about a request.
func (e *Edge) facts(link *sipagent.Link, request *sipwire.Message) map[string]string {
	facts := e.Settings()
	facts[profile.FactTransport] = link.Protocol
	facts[profile.FactTLSAllowed] = e.tlsAllowed(link)
	facts[profile.FactHost], facts[profile.FactNumber], facts[profile.FactTrunk] = e.target(request)
	facts[profile.FactURITransport] = transportOf(request)
	facts[profile.FactCredentials] = e.credentials(request)
	facts[profile.FactExpires] = e.expires(request)
	facts[profile.FactContacts] = e.contacts(request)
	facts[profile.FactSessionExpires] = e.sessionExpires(request)
	facts[profile.FactMedia], facts[profile.FactCrypto] = "none", "none"
	if request.Method == "INVITE" {
		facts[profile.FactMedia], facts[profile.FactCrypto] = e.offered(request)
	}
	return facts
}

// e164 is a user part as TW-URI-06 wants it: E.164 with its plus sign.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// target returns the facts about the Request-URI.
func (e *Edge) target(request *sipwire.Message) (host, number, trunk string) {
	uri, err := sipwire.ParseURI(request.RequestURI)
	if err != nil {
		return "other", "other", "none"
	}
	host, number, trunk = "other", "other", "none"
	name := strings.ToLower(strings.TrimSuffix(uri.Host, "."))
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		host = "ip"
	} else if e.serves(name) {
		host = "own"
	}
	user, parameters, _ := strings.Cut(sipwire.Unescape(uri.User), ";")
	if e164.MatchString(user) {
		number = "e164"
	}
	if e.product.Trunk != nil {
		switch {
		case e.namesTrunk(parameters) && e.shows(name):
			trunk = "group"
		case name == strings.ToLower(e.TrunkHost()):
			trunk = "host"
		case number == "e164" && host != "other":
			trunk = "number"
		}
	}
	return host, number, trunk
}

// serves tells whether a name is one of the edge's.
func (e *Edge) serves(name string) bool {
	return strings.EqualFold(name, e.domain) || name != "" && strings.EqualFold(name, e.TrunkHost()) ||
		slices.ContainsFunc(e.hosts, func(h Host) bool { return strings.EqualFold(h.Name, name) })
}

// shows tells whether a name is one of a host's certificate, which is where a trunk
// group is looked at: a call by group needs a host that the certificate holds.
func (e *Edge) shows(name string) bool {
	return slices.ContainsFunc(e.hosts, func(h Host) bool {
		return slices.ContainsFunc(h.DNSNames, func(certified string) bool { return strings.EqualFold(certified, name) })
	})
}

// transportOf is the fact about the transport that a Request-URI names.
func transportOf(request *sipwire.Message) string {
	uri, err := sipwire.ParseURI(request.RequestURI)
	if err != nil {
		return "none"
	}
	named, has := uri.Params.Lookup("transport")
	if transport := strings.ToLower(named); slices.Contains([]string{observation.UDP, observation.TCP, observation.TLS}, transport) {
		return transport
	}
	if has {
		return "other"
	}
	return "none"
}

// namesTrunk tells whether the parameters of a user part are those of the
// customer's trunk group, RFC 4904 §5.
func (e *Edge) namesTrunk(parameters string) bool {
	values := make(map[string]string)
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		values[strings.ToLower(name)] = value
	}
	return strings.EqualFold(values["tgrp"], e.config.Name) && strings.EqualFold(values["trunk-context"], e.product.Trunk.Context)
}

// sessionExpires is the fact about the session timer that an INVITE asks for,
// RFC 4028 §9.
func (e *Edge) sessionExpires(request *sipwire.Message) string {
	if request.Method != "INVITE" {
		return "none"
	}
	interval, _ := sipwire.SplitParams(request.Get("Session-Expires"))
	seconds, err := strconv.ParseUint(interval, 10, 32)
	switch {
	case err != nil:
		return "none"
	case seconds < uint64(e.product.Answer.MinSessionExpires):
		return "brief"
	default:
		return "enough"
	}
}
