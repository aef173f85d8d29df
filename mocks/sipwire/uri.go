package sipwire

import (
	"net/netip"
	"strconv"
	"strings"
)

// URI is a SIP, SIPS or other URI (RFC 3261 §19.1). Its parts are as sent, with
// their escapes; [Unescape] removes those.
type URI struct {
	Scheme string // lower case
	// Opaque is what follows the colon of a URI that is neither sip nor sips,
	// such as "+15551234567;phone-context=example.com" of a tel URI.
	Opaque   string
	User     string
	Password string
	Host     string // name or IP literal as sent, IPv6 in brackets
	Port     uint16 // 0 if none was sent
	Params   Params
	Headers  Params
}

// ParseURI reads a URI without the brackets of a name-addr. A sip or sips URI must have a host made of the characters
// of a name (underscore tolerated), an IPv4 address or a bracketed IPv6 address, and a port from 1 to 65535 if any.
// For other schemes only the syntax of the scheme is checked.
func ParseURI(s string) (URI, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return URI{}, syntaxError("uri", "%s has no scheme", excerpt(s))
	}
	if i := strings.IndexAny(s, " \t\r\n<>\""); i >= 0 {
		return URI{}, syntaxError("uri", "%s holds %q", excerpt(s), s[i])
	}
	u := URI{Scheme: strings.ToLower(scheme)}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		u.Opaque = rest
		if rest == "" {
			return URI{}, syntaxError("uri", "%s ends after the scheme", excerpt(s))
		}
		return u, nil
	}
	// Neither user, host, parameters nor headers may hold an unescaped @, while
	// a user may hold ; and ? (§25.1): the first @ ends it.
	if info, after, found := strings.Cut(rest, "@"); found {
		u.User, u.Password, _ = strings.Cut(info, ":")
		if u.User == "" {
			return URI{}, syntaxError("uri", "%s has an empty user", excerpt(s))
		}
		rest = after
	}
	rest, headers, hasHeaders := strings.Cut(rest, "?")
	if hasHeaders {
		u.Headers = splitPairs(headers, "&")
	}
	hostport, params, hasParams := strings.Cut(rest, ";")
	if hasParams {
		u.Params = splitPairs(params, ";")
	}
	var err error
	if u.Host, u.Port, err = parseHostPort(hostport); err != nil {
		return URI{}, err
	}
	return u, nil
}

// String writes the URI as it would be sent.
func (u URI) String() string {
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return u.Scheme + ":" + u.Opaque
	}
	var b strings.Builder
	b.WriteString(u.Scheme + ":")
	if u.User != "" {
		b.WriteString(u.User)
		if u.Password != "" {
			b.WriteString(":" + u.Password)
		}
		b.WriteByte('@')
	}
	b.WriteString(u.HostPort())
	b.WriteString(u.Params.text(";", false))
	if headers := u.Headers.text("&", false); headers != "" {
		b.WriteString("?" + headers[1:])
	}
	return b.String()
}

// Equivalent reports whether two URIs name the same resource by RFC 3261 §19.1.4: case counts in the user part alone,
// escapes are undone, and most parameters that only one of them has are ignored. Unlike there, the scheme's own port
// equals none. The header fields of a URI are not compared.
func (u URI) Equivalent(other URI) bool {
	same := u.Scheme == other.Scheme && strings.EqualFold(u.Opaque, other.Opaque) &&
		Unescape(u.User) == Unescape(other.User) && Unescape(u.Password) == Unescape(other.Password) &&
		strings.EqualFold(strings.TrimSuffix(u.Host, "."), strings.TrimSuffix(other.Host, ".")) && u.samePort(other)
	return same && u.agrees(other) && other.agrees(u)
}

// samePort reports whether two URIs name one port, or one of them the port that the other has without saying so.
func (u URI) samePort(other URI) bool {
	if u.Port == 0 {
		u, other = other, u
	}
	if other.Port != 0 || u.Port == 0 {
		return u.Port == other.Port
	}
	if u.Scheme == "sips" || strings.EqualFold(u.Params.Get("transport"), "tls") {
		return u.Port == 5061
	}
	return u.Port == 5060
}

// agrees reports whether no parameter of u's contradicts other.
func (u URI) agrees(other URI) bool {
	for _, p := range u.Params {
		value, has := other.Params.Lookup(p.Name)
		switch strings.ToLower(p.Name) {
		case "user", "ttl", "method", "maddr":
			if !has {
				return false
			}
		}
		if has && !strings.EqualFold(Unescape(value), Unescape(p.Value)) {
			return false
		}
	}
	return true
}

// HostPort returns the host, followed by the port if there is one.
func (u URI) HostPort() string { return joinHostPort(u.Host, u.Port) }

// Unescape replaces each %HH by its byte. An escape without two hexadecimal digits stays as it is.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlphanumeric(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return s != "" && !isDigit(s[0])
}

// splitPairs reads name=value pairs of a URI, where nothing is quoted.
func splitPairs(s, separator string) Params {
	var params Params
	for pair := range strings.SplitSeq(s, separator) {
		name, value, has := strings.Cut(pair, "=")
		if name == "" && !has {
			continue
		}
		params = append(params, Param{Name: name, Value: value, HasValue: has})
	}
	return params
}

// parseHostPort reads host [":" port].
func parseHostPort(s string) (host string, port uint16, err error) {
	host, digits, hasPort := s, "", false
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, syntaxError("uri", "%s has no closing bracket", excerpt(s))
		}
		addr, parseErr := netip.ParseAddr(s[1:end])
		if parseErr != nil || !addr.Is6() || addr.Zone() != "" { // §25.1 has no zones
			return "", 0, syntaxError("uri", "%s is not an IPv6 address", excerpt(s[:end+1]))
		}
		host = s[:end+1]
		if digits, hasPort = strings.CutPrefix(s[end+1:], ":"); !hasPort && digits != "" {
			return "", 0, syntaxError("uri", "%s follows the address", excerpt(digits))
		}
	} else {
		host, digits, hasPort = strings.Cut(s, ":")
		if !isHostName(host) {
			return "", 0, syntaxError("uri", "%s is not a host", excerpt(host))
		}
	}
	if !hasPort {
		return host, 0, nil
	}
	n, parseErr := strconv.ParseUint(digits, 10, 16)
	if parseErr != nil || n == 0 {
		return "", 0, syntaxError("uri", "%s is not a port", excerpt(digits))
	}
	return host, uint16(n), nil
}

// Host returns an address as it is written for the host of a URI and in the sent-by of a Via: IPv6 in brackets (§25.1),
// without a zone, and IPv4 as such where it is mapped to IPv6.
func Host(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func isHostName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlphanumeric(s[i]) && strings.IndexByte("-._", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func joinHostPort(host string, port uint16) string {
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}
