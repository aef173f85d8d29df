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
	// Key is an endpoint's private key, which an engine cannot use.
	Key Subject = "key"
)

// Unavailable is one thing that rules ask for and no engine on this machine can do.
type Unavailable struct {
	Subject Subject
	Number  uint16
	// What names it for a reader: "TLS_RSA_WITH_AES_256_CBC_SHA256 (0x003D)".
	What string
	// Reason says why, such as "not implemented by crypto/tls".
	Reason string
}

// UnavailableError is the error of [Server] and [Client] if the rules ask for something unavailable. Nothing has then
// been read or written.
type UnavailableError struct{ Missing []Unavailable }

func (e *UnavailableError) Error() string {
	texts := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		texts[i] = fmt.Sprintf("%s: %s", m.What, m.Reason)
	}
	return "tlspeer: not available here: " + strings.Join(texts, "; ")
}

// Unavailable lists what r asks for and no engine on this machine can do, in the order of r. It is empty if r can be
// obeyed exactly. A suite that r's versions exclude does not count.
func (r Rules) Unavailable() []Unavailable {
	_, missing := r.engine()
	return missing
}

// engine returns the engine that lacks least of what r asks for, and what it lacks. The reasons name engines that are
// missing.
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

// engineFor returns the engine for an endpoint. One that gets the peer's certificate is served by libssl if that lacks
// nothing: crypto/tls ends the handshake over a certificate that crypto/x509 does not parse.
func (r *Rules) engineFor(as role) (engine, []Unavailable) {
	if as == client || r.ClientAuth != ClientAuthNone {
		if second, err := libsslEngine(); err == nil && len(second.lacks(r)) == 0 {
			return second, nil
		}
	}
	return r.engine()
}

func unavailableSuite(suite uint16, reason string) Unavailable {
	return Unavailable{Suite, suite, fmt.Sprintf("%s (0x%04X)", SuiteName(suite), suite), reason}
}

func unavailableGroup(group uint16, reason string) Unavailable {
	return Unavailable{Group, group, fmt.Sprintf("%s (0x%04X)", GroupName(group), group), reason}
}

// keyExchange returns the key exchange of a suite of TLS 1.2 or below, as in its name: "RSA", "ECDHE_RSA", "DHE_RSA"
// …
func keyExchange(suite uint16) string {
	method, _, _ := strings.Cut(strings.TrimPrefix(SuiteName(suite), "TLS_"), "_WITH_")
	return method
}

// SuiteVersions returns the range of versions in which a suite can be negotiated.
func SuiteVersions(suite uint16) (lowest, highest uint16) {
	if suite>>8 == 0x13 {
		return TLS13, TLS13
	}
	// RFC 5246 §1.2 introduced the SHA-2 hashes and authenticated encryption, which show in the end of a suite's
	// name; the others are older.
	name := SuiteName(suite)
	for _, suffix := range []string{"_SHA256", "_SHA384", "_CCM", "_CCM_8"} {
		if strings.HasSuffix(name, suffix) {
			return TLS12, TLS12
		}
	}
	return TLS10, TLS12
}
