package sipwire

import "strings"

// compactForms maps the one-letter names of RFC 3261 §7.3.3 and the IANA registry to the long names, all in lower
// case.
var compactForms = map[string]string{
	"a": "accept-contact",
	"b": "referred-by",
	"c": "content-type",
	"d": "request-disposition",
	"e": "content-encoding",
	"f": "from",
	"i": "call-id",
	"j": "reject-contact",
	"k": "supported",
	"l": "content-length",
	"m": "contact",
	"n": "identity-info",
	"o": "event",
	"r": "refer-to",
	"s": "subject",
	"t": "to",
	"u": "allow-events",
	"v": "via",
	"x": "session-expires",
	"y": "identity",
}

// listHeaders are the header fields whose grammar is a comma-separated list, by lower-case long name.
var listHeaders = set(
	"accept", "accept-contact", "accept-encoding", "accept-language", "alert-info", "allow", "allow-events",
	"call-info", "contact", "content-encoding", "content-language", "diversion", "error-info", "geolocation",
	"history-info", "in-reply-to", "p-asserted-identity", "p-associated-uri", "p-preferred-identity", "path",
	"proxy-require", "reason", "record-route", "reject-contact", "require", "route", "security-client",
	"security-server", "security-verify", "service-route", "supported", "unsupported", "via", "warning",
)

func set(names ...string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// LongName returns the name by which header fields are compared: in lower case, with compact forms written out.
// LongName("V") is "via".
func LongName(name string) string {
	lower := strings.ToLower(name)
	if long, ok := compactForms[lower]; ok {
		return long
	}
	return lower
}

// sameName reports whether two names are those of the same header field, whose [LongName] is the same. It is asked for every
// header field of every message, many times, so that it makes no strings.
func sameName(a, b string) bool {
	a, b = longForm(a), longForm(b)
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// longForm returns a name that is not a compact form, in the case that it has.
func longForm(name string) string {
	if len(name) != 1 {
		return name
	}
	if long, ok := compactForms[string(lower(name[0]))]; ok {
		return long
	}
	return name
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// SplitList splits a comma-separated header value at the commas that are
// neither in a quoted string nor in angle brackets. White space around the
// elements is removed and empty elements are left out.
func SplitList(value string) []string {
	var elements []string
	rest := value
	for rest != "" {
		i := indexOutside(rest, ",")
		element := rest
		if i >= 0 {
			element, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if element = trim(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// indexOutside returns the index of the first byte of s that is one of chars
// and stands outside quoted strings and angle brackets, or -1. A quote that is
// never closed quotes the rest.
func indexOutside(s, chars string) int {
	quoted, angle := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case quoted:
			quoted = c != '"'
		case angle:
			angle = c != '>'
		case strings.IndexByte(chars, c) >= 0:
			return i
		case c == '"':
			quoted = true
		case c == '<':
			angle = true
		}
	}
	return -1
}

// trim removes linear white space from both ends.
func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// isToken reports whether s is a token of RFC 3261 §25.1.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-.!%*_+`'~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
