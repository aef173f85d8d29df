package device

import "slices"

// Capability is one thing that a device can do or be set to: the ICS of ISO
// 9646. Roles say what it does, levers which fields of [Levers] it obeys.
type Capability string

// Capabilities that scenarios ask for. SRTP suites are capabilities too, as
// "srtp:" + the RFC 4568 name, and TLS versions as "tls:1.0" to "tls:1.3".
const (
	CanRegister Capability = "register"
	CanCall     Capability = "call-out"
	CanAnswer   Capability = "call-in"
	CanListen   Capability = "listen-tls" // takes connections, not only calls over its registration
	CanOptions  Capability = "options"
	CanEcho     Capability = "echo" // sends back the audio that it receives
	CanDigest   Capability = "digest"
	CanSRV      Capability = "srv"
	// IsLegacyPhone is what a device is, not what it can do: a phone of an old series
	// that a vendor's document has restrictions for.
	IsLegacyPhone Capability = "legacy-phone"
	CanOCSP       Capability = "ocsp" // asks the responder that a certificate names
	CanFetch      Capability = "https-get"
	CanIdentify   Capability = "client-certificate" // shows its certificate, as client, where it is asked for one

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
)

// SRTPSuite is the capability of a suite by its RFC 4568 name.
func SRTPSuite(name string) Capability { return Capability("srtp:" + name) }

// Capabilities is a set, sorted.
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
