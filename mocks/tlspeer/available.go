package tlspeer

import (
	"fmt"
	"strings"
)

// Subject is the registry that an [Unavailable] number belongs to.
type Subject string

// The subjects of rules that an engine may lack.
const (
	Suite Subject = "suite"
	Group Subject = "group"
)

// Unavailable is one thing that rules ask for and no engine here can do.
type Unavailable struct {
	Subject Subject
	Number  uint16
	// What names it for a person: "TLS_RSA_WITH_AES_256_CBC_SHA256 (0x003D)".
	What string
	// Reason says why, such as "not implemented by crypto/tls".
	Reason string
}

// UnavailableError is returned by [Server] and [Client] if the rules ask for
// what cannot be done. Nothing has then been read or written.
type UnavailableError struct{ Missing []Unavailable }

func (e *UnavailableError) Error() string {
	texts := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		texts[i] = fmt.Sprintf("%s: %s", m.What, m.Reason)
	}
	return "tlspeer: not available here: " + strings.Join(texts, "; ")
}

// Unavailable lists what r asks for and no engine here can do, in the order of
// r; it is empty if r can be obeyed to the letter. A suite that r's versions
// exclude is not asked for.
func (r Rules) Unavailable() []Unavailable {
	_, missing := r.engine()
	return missing
}

// engine chooses the engine that lacks least of what r asks for, and says what
// it lacks. An engine that is not here is part of the reason.
func (r *Rules) engine() (engine, []Unavailable) {
	var chosen engine
	var missing []Unavailable
	for e := range engines {
		lacks := e.lacks(r)
		if chosen == nil || len(lacks) < len(missing) {
			chosen, missing = e, lacks
		}
		if len(missing) == 0 {
			return chosen, nil
		}
	}
	if _, err := libsslEngine(); err != nil {
		for i := range missing {
			missing[i].Reason += "; " + err.Error()
		}
	}
	return chosen, missing
}

func unavailableSuite(suite uint16, reason string) Unavailable {
	return Unavailable{Suite, suite, fmt.Sprintf("%s (0x%04X)", SuiteName(suite), suite), reason}
}

func unavailableGroup(group uint16, reason string) Unavailable {
	return Unavailable{Group, group, fmt.Sprintf("%s (0x%04X)", GroupName(group), group), reason}
}

// keyExchange is what a suite of TLS 1.2 or below agrees on keys by, as its name
// has it: "RSA", "ECDHE_RSA", "DHE_RSA" …
func keyExchange(suite uint16) string {
	method, _, _ := strings.Cut(strings.TrimPrefix(SuiteName(suite), "TLS_"), "_WITH_")
	return method
}

// SuiteVersions returns the range of versions in which a suite can be negotiated.
func SuiteVersions(suite uint16) (lowest, highest uint16) {
	if suite>>8 == 0x13 {
		return TLS13, TLS13
	}
	// RFC 5246 §1.2 brought the hashes of the SHA-2 family and authenticated
	// encryption, which the names of suites end in; the others are older.
	name := SuiteName(suite)
	for _, suffix := range []string{"_SHA256", "_SHA384", "_CCM", "_CCM_8"} {
		if strings.HasSuffix(name, suffix) {
			return TLS12, TLS12
		}
	}
	return TLS10, TLS12
}
