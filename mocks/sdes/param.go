package sdes

import (
	"fmt"
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
	rule, ok := paramRules[p.Name]
	if !ok {
		return Param{}, &Error{Cause: UnknownSessionParameter, Detail: showName(p.Name)}
	}
	if !rule(p, suite) {
		return Param{}, &Error{Cause: BadSessionParameter, Detail: p.Name}
	}
	return p, nil
}

// paramRules reports, for every parameter of RFC 4568 §6.3, whether it is well formed.
var paramRules = map[string]func(Param, Suite) bool{
	UnencryptedSRTP:     isFlag,
	UnencryptedSRTCP:    isFlag,
	UnauthenticatedSRTP: isFlag,
	KDR:                 func(p Param, _ Suite) bool { return inRange(p, 2, 0, 24) },
	WSH:                 func(p Param, _ Suite) bool { return inRange(p, 9, 64, 999999999) },
	FECOrder:            func(p Param, _ Suite) bool { return p.Value == "FEC_SRTP" || p.Value == "SRTP_FEC" },
	FECKey: func(p Param, s Suite) bool {
		_, err := parseKeys(p.Value, s, true)
		return err == nil
	},
}

func isFlag(p Param, _ Suite) bool { return !p.HasValue }

// inRange reports whether p's value has at most digits digits and is from low to high.
func inRange(p Param, digits, low, high int) bool {
	if !isDigits(p.Value) || len(p.Value) > digits {
		return false
	}
	n, _ := strconv.Atoi(p.Value)
	return low <= n && n <= high
}

// showName returns a name for an error text. It hides names in mixed case, which may be keys in the wrong field; no
// specification has such parameters.
func showName(name string) string {
	if isToken(name) && name == strings.ToUpper(name) {
		return name
	}
	return fmt.Sprintf("a name of %d characters", len(name))
}
