package edge

import (
	"maps"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
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
	"credentials":     {"not-asked", "none", "stale", "bad", "good"},                             // digest
	"expires":         {"not-asked", "zero", "brief", "enough"},                                  // of a REGISTER
	"contacts":        {"not-asked", "room", "full"},                                             // of a REGISTER
	"session_expires": {"none", "brief", "enough"},                                               // of an INVITE
	"media":           {"none", "empty", "bad", "rtp", "srtp", "opportunistic", "both", "other"}, // of an INVITE
	"crypto":          {"none", "mki", "unsupported", "acceptable"},                              // of an INVITE
}

// facts are what is so of a request.
func (e *Edge) facts(link *sipagent.Link, request *sipwire.Message) map[string]string {
	facts := maps.Clone(e.settings)
	facts["transport"] = link.Protocol
	facts["tls_allowed"] = e.tlsAllowed(link)
	facts["host"], facts["number"] = e.target(request)
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

func (e *Edge) target(request *sipwire.Message) (host, number string) {
	uri, err := sipwire.ParseURI(request.RequestURI)
	if err != nil {
		return "other", "other"
	}
	host, number = "other", "other"
	if _, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil {
		host = "ip"
	} else if strings.EqualFold(strings.TrimSuffix(uri.Host, "."), e.domain) {
		host = "own"
	}
	if e164.MatchString(sipwire.Unescape(uri.User)) {
		number = "e164"
	}
	return host, number
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
		case secureProfile(m.Proto):
			secure = true
			if crypto != "acceptable" { // one stream that is will do
				crypto = e.judgeCrypto(attributes)
			}
		case clearProfile(m.Proto) && len(attributes) > 0:
			opportunistic = true
		case clearProfile(m.Proto):
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

// secureProfile and clearProfile are the protocols of an m= line that stand for
// SRTP keyed by SDES and for RTP. There are others, and they are neither.
func secureProfile(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

func clearProfile(proto string) bool { return proto == "RTP/AVP" || proto == "RTP/AVPF" }

// fits tells whether the protocol is one of a call that is secure or is not.
func fits(proto string, secure bool) bool {
	if secure {
		return secureProfile(proto)
	}
	return clearProfile(proto)
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
	return sdes.Choose(sdes.Valid(results), e.product.Answer.Suites, e.settings["mki"] == "ignore")
}
