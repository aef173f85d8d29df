package edge

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// The facts about a request that a profile's refusals can ask for, beside every
// setting by its name.
const (
	factTransport      = "transport"       // observation.UDP, TCP or TLS
	factTLSAllowed     = "tls_allowed"     // whether operations are served over the connection's version
	factHost           = "host"            // of the Request-URI
	factNumber         = "number"          // the Request-URI's user part
	factTrunk          = "trunk"           // what of the Request-URI names the trunk
	factCredentials    = "credentials"     // digest
	factExpires        = "expires"         // of a REGISTER
	factContacts       = "contacts"        // of a REGISTER
	factSessionExpires = "session_expires" // of an INVITE
	factMedia          = "media"           // of an INVITE
	factCrypto         = "crypto"          // of an INVITE
)

// factValues are the values of each fact. A request that a fact is not about has
// the first value.
var factValues = map[string][]string{
	factTransport:      {observation.UDP, observation.TCP, observation.TLS},
	factTLSAllowed:     {"not-tls", "no", "yes"},
	factHost:           {"other", "own", "ip"},
	factNumber:         {"other", "e164"},
	factTrunk:          {"none", "number", "host", "group"},
	factCredentials:    {"not-asked", "none", staleCredentials, "bad", "good"},
	factExpires:        {"not-asked", "zero", "brief", "enough"},
	factContacts:       {"not-asked", "room", "full"},
	factSessionExpires: {"none", "brief", "enough"},
	factMedia:          {"none", "empty", "bad", "rtp", "srtp", "opportunistic", "both", "other"},
	factCrypto:         {"none", "mki", "unsupported", "acceptable"},
}

// facts returns every fact and every setting about a request.
func (e *Edge) facts(link *sipagent.Link, request *sipwire.Message) map[string]string {
	facts := e.Settings()
	facts[factTransport] = link.Protocol
	facts[factTLSAllowed] = e.tlsAllowed(link)
	facts[factHost], facts[factNumber], facts[factTrunk] = e.target(request)
	facts[factCredentials] = e.credentials(request)
	facts[factExpires] = e.expires(request)
	facts[factContacts] = e.contacts(request)
	facts[factSessionExpires] = e.sessionExpires(request)
	facts[factMedia], facts[factCrypto] = "none", "none"
	if request.Method == "INVITE" {
		facts[factMedia], facts[factCrypto] = e.offered(request)
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
		case e.namesTrunk(parameters):
			trunk = "group"
		case name == strings.ToLower(e.TrunkHost()):
			trunk = "host"
		case number == "e164":
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
