package device

import "slices"

// Capability is one thing that a device can do or be set to. Scenarios name the capabilities that they need; a device
// that lacks one of them is not asked. (ISO 9646 calls the list of them an implementation conformance statement.)
//
// Beside the constants here, "tls:1.0" to "tls:1.3" are capabilities, and so is every suite of [SRTPSuite].
type Capability string

// What a device can do.
const (
	CanRegister Capability = "register"
	CanRefresh  Capability = "refresh" // stays registered: registers again before a registration expires
	CanCall     Capability = "call-out"
	CanAnswer   Capability = "call-in"
	CanListen   Capability = "listen-tls"         // takes TLS connections, not only calls over its own registration
	CanHangUp   Capability = "hang-up"            // ends a call when it is told to
	CanHold     Capability = "hold"               // puts a call on hold, and resumes it, when it is told to
	CanOptions  Capability = "options"            // sends OPTIONS
	CanLoad     Capability = "load"               // takes as many calls at once as it says: see [Load]
	CanEcho     Capability = "echo"               // sends back the audio that it receives
	CanDigest   Capability = "digest"             // answers a digest challenge
	CanSRV      Capability = "srv"                // looks up SRV records
	CanOCSP     Capability = "ocsp"               // asks the responder that a certificate names
	CanFetch    Capability = "https-get"          // fetches a page over HTTPS
	CanConnect  Capability = "tls-connect"        // shakes hands with whatever listens, and closes the connection
	CanIdentify Capability = "client-certificate" // presents its certificate, as client, where a server asks for one
)

// IsLegacyPhone is what a device is, not what it can do: a phone of an old series, for which a vendor documents
// restrictions.
const IsLegacyPhone Capability = "legacy-phone"

// FromOwnAddress is that all SIP, HTTP and media of the device comes from [Setup.Address]. A program that binds no address
// comes from 127.0.0.1, as every other does, and cannot be told from those of other sessions; where nothing else keeps
// it from their mocks, sessions run one at a time.
const FromOwnAddress Capability = "own-address"

// ConfiguredOnce is that the device keeps its account, the roots that it trusts and its own certificate for the whole run,
// as a phone on a desk does. Scenarios that need others ask for the capability to change them.
const ConfiguredOnce Capability = "configured-once"

// What a device that is configured once can be given anew. All others are given everything in each scenario.
const (
	LeverPassword    Capability = "lever:password"    // another password of the account
	LeverTrust       Capability = "lever:trust"       // other roots to trust
	LeverCertificate Capability = "lever:certificate" // another certificate of its own
)

// What a device can be set to: a capability for each setting in [Levers].
const (
	LeverTLSVersion Capability = "lever:tls-version"
	LeverSuites     Capability = "lever:tls-suites"
	LeverGroups     Capability = "lever:tls-groups"
	LeverSRTPSuites Capability = "lever:srtp-suites"
	LeverMedia      Capability = "lever:media"
	LeverMKI        Capability = "lever:mki"
	LeverLifetime   Capability = "lever:lifetime"
	LeverTransport  Capability = "lever:transport"
	LeverVerify     Capability = "lever:verify"
	LeverSIPS       Capability = "lever:sips"
	LeverExpires    Capability = "lever:expires"
	LeverCRL        Capability = "lever:crl"
	LeverPort       Capability = "lever:port"
)

// SRTPSuite is the capability to use an SRTP suite, by its name in RFC 4568 or RFC 7714.
func SRTPSuite(name string) Capability { return Capability("srtp:" + name) }

// Capabilities is a sorted set.
type Capabilities []Capability

// Has tells whether c is in the set.
func (cs Capabilities) Has(c Capability) bool { return slices.Contains(cs, c) }

// Missing returns those of wanted that the set lacks.
func (cs Capabilities) Missing(wanted ...Capability) []Capability {
	var missing []Capability
	for _, w := range wanted {
		if !cs.Has(w) {
			missing = append(missing, w)
		}
	}
	return missing
}
