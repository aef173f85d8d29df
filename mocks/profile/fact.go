package profile

import "github.com/sipconform/sipconform/mocks/observation"

// The facts about a request that a profile's refusals can ask for, beside every
// setting by its name.
const (
	FactTransport      = "transport"       // observation.UDP, TCP or TLS
	FactTLSAllowed     = "tls_allowed"     // whether operations are served over the connection's version
	FactHost           = "host"            // of the Request-URI
	FactNumber         = "number"          // the Request-URI's user part
	FactTrunk          = "trunk"           // what of the Request-URI names the trunk
	FactURITransport   = "uri_transport"   // that the Request-URI names
	FactCredentials    = "credentials"     // digest
	FactExpires        = "expires"         // of a REGISTER
	FactContacts       = "contacts"        // of a REGISTER
	FactSessionExpires = "session_expires" // of an INVITE
	FactMedia          = "media"           // of an INVITE
	FactCrypto         = "crypto"          // of an INVITE
)

// StaleCredentials is the value of [FactCredentials] for credentials that prove the
// password with a nonce that is not this vendor's.
const StaleCredentials = "stale"

// Facts returns the values of each fact. A request that a fact is not about has the
// first value.
func Facts() map[string][]string {
	return map[string][]string{
		FactTransport:      {observation.UDP, observation.TCP, observation.TLS},
		FactTLSAllowed:     {"not-tls", "no", "yes"},
		FactHost:           {"other", "own", "ip"},
		FactNumber:         {"other", "e164"},
		FactTrunk:          {"none", "number", "host", "group"},
		FactURITransport:   {"none", observation.UDP, observation.TCP, observation.TLS, "other"},
		FactCredentials:    {"not-asked", "none", StaleCredentials, "bad", "good"},
		FactExpires:        {"not-asked", "zero", "brief", "enough"},
		FactContacts:       {"not-asked", "room", "full"},
		FactSessionExpires: {"none", "brief", "enough"},
		FactMedia:          {"none", "empty", "bad", "rtp", "srtp", "opportunistic", "both", "other"},
		FactCrypto:         {"none", "mki", "unsupported", "acceptable"},
	}
}
