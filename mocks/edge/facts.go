package edge

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// e164 is a user part as TW-URI-06 wants it: E.164 with its plus sign.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// factValues are what refusals can ask of a request, beside every setting by
// its name, and the values that there are. What a fact is about is in the
// comment; a request that it is not about has the first value.
var factValues = map[string][]string{
	"transport":       {observation.UDP, observation.TCP, observation.TLS},
	"tls_allowed":     {"not-tls", "no", "yes"},                                                  // its version
	"host":            {"other", "own", "ip"},                                                    // of the Request-URI
	"number":          {"other", "e164"},                                                         // its user part
	"trunk":           {"none", "number", "host", "group"},                                       // what of the Request-URI names it
	"credentials":     {"not-asked", "none", "stale", "bad", "good"},                             // digest
	"expires":         {"not-asked", "zero", "brief", "enough"},                                  // of a REGISTER
	"contacts":        {"not-asked", "room", "full"},                                             // of a REGISTER
	"session_expires": {"none", "brief", "enough"},                                               // of an INVITE
	"media":           {"none", "empty", "bad", "rtp", "srtp", "opportunistic", "both", "other"}, // of an INVITE
	"crypto":          {"none", "mki", "unsupported", "acceptable"},                              // of an INVITE
}

// facts are what is so of a request.
func (e *Edge) facts(link *sipagent.Link, request *sipwire.Message) map[string]string {
	facts := e.Settings()
	facts["transport"] = link.Protocol
	facts["tls_allowed"] = e.tlsAllowed(link)
	facts["host"], facts["number"], facts["trunk"] = e.target(request)
	facts["credentials"] = e.credentials(request)
	facts["expires"] = e.expires(request)
	facts["contacts"] = e.contacts(request)
	facts["session_expires"] = e.sessionExpires(request)
	facts["media"], facts["crypto"] = "none", "none"
	if request.Method == "INVITE" {
		facts["media"], facts["crypto"] = e.offered(request)
	}
	return facts
}

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

// sessionExpires judges the session timer that an INVITE asks for, RFC 4028 §9.
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

// offered classifies the audio that an INVITE offers.
func (e *Edge) offered(request *sipwire.Message) (media, crypto string) {
	if len(request.Body) == 0 {
		return "empty", "none"
	}
	session, err := sdp.Parse(request.Body)
	if err != nil || len(session.Media) == 0 {
		return "bad", "none"
	}
	var clear, secure, opportunistic bool
	crypto = "none"
	for i := range session.Media {
		m := &session.Media[i]
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		attributes := m.Values("crypto")
		switch {
		case secureMediaProfile(m.Proto):
			secure = true
			if crypto != "acceptable" { // one stream that is will do
				crypto = e.judgeCrypto(attributes)
			}
		case clearMediaProfile(m.Proto) && len(attributes) > 0:
			opportunistic = true
		case clearMediaProfile(m.Proto):
			clear = true
		}
	}
	switch {
	case secure && (clear || opportunistic):
		return "both", crypto
	case secure:
		return "srtp", crypto
	case opportunistic:
		return "opportunistic", crypto
	case clear:
		return "rtp", crypto
	default:
		return "other", crypto
	}
}

// secureMediaProfile and clearMediaProfile are the protocols of an m= line that stand for
// SRTP keyed by SDES and for RTP. There are others, and they are neither.
func secureMediaProfile(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

func clearMediaProfile(proto string) bool { return proto == "RTP/AVP" || proto == "RTP/AVPF" }

// fits tells whether the protocol is one of a call that is secure or is not.
func fits(proto string, secure bool) bool {
	if secure {
		return secureMediaProfile(proto)
	}
	return clearMediaProfile(proto)
}

func (e *Edge) judgeCrypto(attributes []string) string {
	if _, ok := e.choose(attributes); ok {
		return "acceptable"
	}
	for _, value := range attributes {
		if a, err := sdes.Parse(value); err == nil && a.HasMKI() {
			return "mki"
		}
	}
	return "unsupported"
}

// choose picks the first attribute of an offer that the vendor takes (TW-SRTP-10).
func (e *Edge) choose(attributes []string) (sdes.Attribute, bool) {
	results, err := sdes.ParseMedia(attributes)
	if err != nil {
		return sdes.Attribute{}, false
	}
	return sdes.Choose(sdes.Valid(results), e.suites(e.product.Answer.SuitesBy, e.product.Answer.Suites), e.setting(vendor.MKI) == vendor.Ignored)
}
