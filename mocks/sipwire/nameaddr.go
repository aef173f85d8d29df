package sipwire

import "strings"

// NameAddr is the value of From, To, Contact, Route and their like: a URI with
// a display name and header parameters.
type NameAddr struct {
	Display string // without quotes and escapes
	URI     URI
	Params  Params
}

// ParseNameAddr reads a name-addr or an addr-spec (§20.10). Without angle
// brackets, parameters belong to the header field, not to the URI.
func ParseNameAddr(s string) (NameAddr, error) {
	s = trim(s)
	open := indexOutside(s, "<")
	if open < 0 {
		return parseAddrSpec(s)
	}
	display := trim(s[:open])
	if strings.HasPrefix(display, `"`) && (len(display) < 2 || !strings.HasSuffix(display, `"`)) {
		return NameAddr{}, syntaxError("name-addr", "%s has unbalanced quotes", excerpt(display))
	}
	text, after, closed := strings.Cut(s[open+1:], ">")
	if !closed {
		return NameAddr{}, syntaxError("name-addr", "%s has no closing bracket", excerpt(s))
	}
	uri, err := ParseURI(trim(text))
	if err != nil {
		return NameAddr{}, err
	}
	after = trim(after)
	if after != "" && after[0] != ';' {
		return NameAddr{}, syntaxError("name-addr", "%s follows the address", excerpt(after))
	}
	_, params := SplitParams(after)
	return NameAddr{Display: unquote(display), URI: uri, Params: params}, nil
}

func parseAddrSpec(s string) (NameAddr, error) {
	if strings.HasPrefix(s, `"`) {
		return NameAddr{}, syntaxError("name-addr", "%s has unbalanced quotes or no address", excerpt(s))
	}
	head, params := s, Params(nil)
	// The user part may hold semicolons, so look for the first one after it.
	start := strings.IndexByte(s, '@') + 1
	if i := strings.IndexByte(s[start:], ';'); i >= 0 {
		head = s[:start+i]
		_, params = SplitParams(s[start+i:])
	}
	uri, err := ParseURI(trim(head))
	if err != nil {
		return NameAddr{}, err
	}
	return NameAddr{URI: uri, Params: params}, nil
}

// String writes the name-addr with angle brackets.
func (n NameAddr) String() string {
	text := "<" + n.URI.String() + ">" + n.Params.text(";", true)
	if n.Display == "" {
		return text
	}
	return Quote(n.Display) + " " + text
}

// Tag returns the tag parameter, or "" if there is none.
func (n NameAddr) Tag() string { return n.Params.Get("tag") }
