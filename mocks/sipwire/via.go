package sipwire

import "strings"

// MagicCookie begins every branch of RFC 3261 (§8.1.1.7).
const MagicCookie = "z9hG4bK"

// Via is one value of a Via header field (§20.42).
type Via struct {
	Protocol  string // "SIP"
	Version   string // "2.0"
	Transport string // "UDP", "TCP", "TLS", as sent
	Host      string // sent-by
	Port      uint16 // 0 if none was sent
	Params    Params
}

// ParseVia reads one value: lists are split by [Message.Values]. White space
// around the slashes and the colon is allowed.
func ParseVia(s string) (Via, error) {
	head, params := SplitParams(s)
	parts := strings.SplitN(head, "/", 3)
	if len(parts) != 3 {
		return Via{}, syntaxError("via", "%s has no protocol, version and transport", excerpt(s))
	}
	transport, sentBy, ok := cutSpace(trim(parts[2]))
	v := Via{Protocol: trim(parts[0]), Version: trim(parts[1]), Transport: transport, Params: params}
	if !ok || !isToken(v.Protocol) || !isToken(v.Version) || !isToken(v.Transport) {
		return Via{}, syntaxError("via", "%s has no protocol, version, transport and sent-by", excerpt(s))
	}
	if host, port, hasPort := strings.Cut(sentBy, ":"); hasPort && !strings.HasPrefix(sentBy, "[") {
		sentBy = trim(host) + ":" + trim(port)
	}
	var err error
	if v.Host, v.Port, err = parseHostPort(sentBy); err != nil {
		return Via{}, err
	}
	return v, nil
}

// String writes the value as it would be sent.
func (v Via) String() string {
	return v.Protocol + "/" + v.Version + "/" + v.Transport + " " + joinHostPort(v.Host, v.Port) + v.Params.text(";", true)
}

// Branch returns the branch parameter, or "" if there is none.
func (v Via) Branch() string { return v.Params.Get("branch") }
