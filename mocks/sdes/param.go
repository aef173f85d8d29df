package sdes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseParam reads one session-param and applies the ranges of RFC 4568 §6.3. What a parameter means under an unknown
// suite is for that suite to say, so nothing is rejected there.
func parseParam(text string, suite Suite, known bool) (Param, *Error) {
	var p Param
	text, p.Optional = strings.CutPrefix(text, "-")
	p.Name, p.Value, p.HasValue = strings.Cut(text, "=")
	if p.Name == "" || strings.HasPrefix(p.Name, "-") {
		return Param{}, &Error{Cause: BadSyntax, Detail: "session parameter without a name"}
	}
	if !known || p.Optional {
		return p, nil
	}
	i := slices.IndexFunc(parameters, func(known parameter) bool { return known.name == p.Name })
	switch {
	case i < 0:
		return Param{}, &Error{Cause: UnknownSessionParameter, Detail: showName(p.Name)}
	case !parameters[i].allows(p, suite):
		return Param{}, &Error{Cause: BadSessionParameter, Detail: p.Name}
	}
	return p, nil
}

// parameter is a session parameter of RFC 4568 §6.3, and which values it can have: a number in a range, one of a list, keys of
// the suite, or none.
type parameter struct {
	name       string
	from, to   int
	values     []string
	keys       bool
	negotiated bool // and so it stands in offer and answer alike
}

// allows reports whether p is well formed.
func (known parameter) allows(p Param, suite Suite) bool {
	switch {
	case known.to > 0:
		n, _ := strconv.Atoi(p.Value)
		return isDigits(p.Value) && len(p.Value) <= len(strconv.Itoa(known.to)) && known.from <= n && n <= known.to
	case known.values != nil:
		return slices.Contains(known.values, p.Value)
	case known.keys:
		_, err := parseKeys(p.Value, suite, true)
		return err == nil
	}
	return !p.HasValue
}

// showName returns a name for an error text. It hides names in mixed case, which may be keys in the wrong field; no
// specification has such parameters.
func showName(name string) string {
	if isToken(name) && name == strings.ToUpper(name) {
		return name
	}
	return fmt.Sprintf("a name of %d characters", len(name))
}
