package edge

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// e164 is a user part as TW-URI-06 wants it: E.164 with its plus sign.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// facts are what refusals can ask of a request: every setting by its name, and
//
//	transport    udp, tcp, tls
//	tls_allowed  yes, no, not-tls
//	host         own, ip, other      the request URI's host
//	number       e164, other         its user part
//	credentials  none, bad, good, not-asked
//	expires      zero, brief, enough, not-asked
//	contacts     room, full, not-asked
//	media        empty, bad, rtp, srtp, opportunistic, both, other
//	crypto       none, mki, unsupported, acceptable
func (e *Edge) facts(t *sipagent.Transaction) map[string]string {
	facts := make(map[string]string, len(e.settings)+9)
	for name, value := range e.settings {
		facts[name] = value
	}
	facts["transport"] = t.Link.Protocol
	facts["tls_allowed"] = e.tlsAllowed(t.Link)
	facts["host"], facts["number"] = e.target(t.Request)
	facts["credentials"] = e.credentials(t.Request)
	facts["expires"] = e.expires(t.Request)
	facts["contacts"] = e.contacts(t.Request)
	if t.Request.Method == "INVITE" {
		facts["media"], facts["crypto"] = e.offered(t.Request)
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
	} else if strings.EqualFold(uri.Host, e.domain) {
		host = "own"
	}
	if e164.MatchString(uri.User) {
		number = "e164"
	}
	return host, number
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
	for _, m := range session.Media {
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		attributes := m.Values("crypto")
		switch {
		case secureProfile(m.Proto):
			secure = true
			crypto = e.judgeCrypto(attributes)
		case m.Proto == "RTP/AVP" && len(attributes) > 0:
			opportunistic = true
		case m.Proto == "RTP/AVP":
			clear = true
		}
	}
	switch {
	case secure && clear:
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

func secureProfile(proto string) bool { return proto == "RTP/SAVP" || proto == "RTP/SAVPF" }

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
