package tlspeer

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

// The versions that [Rules] can name.
const (
	TLS10 uint16 = 0x0301
	TLS11 uint16 = 0x0302
	TLS12 uint16 = 0x0303
	TLS13 uint16 = 0x0304
)

// ClientAuth says whether a server asks for a client's certificate. [Rules.Roots] and [Rules.Verify] say which
// certificates are good.
type ClientAuth int

const (
	// ClientAuthNone sends no CertificateRequest.
	ClientAuthNone ClientAuth = iota
	// ClientAuthRequest asks, and accepts a client without one.
	ClientAuthRequest
	// ClientAuthRequire does not accept a client without one: it sends alert handshake_failure, or under TLS 1.3
	// certificate_required.
	ClientAuthRequire
)

// Rules say how an endpoint behaves. Numbers are IANA's. There is no resumption, by tickets or otherwise, so each
// handshake is a full one.
//
// This package does not change Rules. Any number of connections may use the same Rules at once, as long as nobody
// changes what they refer to.
type Rules struct {
	// MinVersion and MaxVersion are [TLS10] to [TLS13]. Both must be set. A server without a common version sends
	// alert protocol_version.
	MinVersion, MaxVersion uint16

	// Suites are the only cipher suites, in order of preference. A server uses
	// the first that the client offers, that the version allows, and that suits
	// the certificate and the groups; if there is none it sends alert
	// handshake_failure. A client offers these, in the order of the engine.
	// Nil leaves suites to the engine.
	//
	// The suites of TLS 1.3 are separate: if none of them is listed, the engine chooses under TLS 1.3.
	//
	// For a TLS 1.2 client that accepts only SHA-1 signatures, libssl makes one; crypto/tls does not, and uses a
	// suite with RSA key exchange or none.
	Suites []uint16
	// ClientOrder makes a server use the first suite of the client's list that
	// is in Suites.
	ClientOrder bool

	// Groups are the only groups for key exchange, in order of preference. A server uses the first that the client
	// supports, under TLS 1.3 by HelloRetryRequest if the client sent no share for it. A server without a common
	// group uses a suite with RSA key exchange, or sends alert handshake_failure. A client offers these, in the order
	// of the engine. Nil leaves groups to the engine.
	//
	// If a TLS 1.2 client sends no supported_groups, crypto/tls assumes that it cannot do ECDHE, libssl that it
	// supports all groups. Up to TLS 1.2 a libssl server does not show a P-256 certificate to a client whose groups
	// lack P-256, and so has no suite for it; crypto/tls shows it.
	Groups []uint16

	// Certificate is the endpoint's chain, leaf first, and key. A server must have one. A client sends it when asked,
	// whatever authorities the request names, or an empty list if there is none.
	Certificate tls.Certificate
	// Second is a server's other certificate, whose key is of another kind, such as ECDSA beside RSA. The suite
	// decides which is shown, or under TLS 1.3 the client's signature schemes, with Certificate preferred.
	Second tls.Certificate
	// Named are the certificates that a server shows instead of Certificate to clients with that server_name. The
	// names are in lower case, without a dot at the end, and match exactly, without wildcards.
	Named map[string]tls.Certificate
	// ClientAuth is for servers.
	ClientAuth ClientAuth
	// ServerName is the name that a client sends as server_name, unless it is an address (RFC 6066 §3 forbids that),
	// and, with Roots, expects in the server's certificate.
	ServerName string

	// Roots and Verify judge the peer's certificate, Roots first. If both are nil, every certificate is accepted. The
	// chain is in the log and the state in any case. For a certificate that is not accepted the endpoint sends alert
	// bad_certificate. They do not apply to a client without a certificate. A certificate that crypto/x509 does not
	// parse is accepted and judged like any other where libssl serves; crypto/tls fails with an [UnreadableError].
	//
	// Roots requires a chain to one of the roots that is valid now, for any extended key usage, and of a server also
	// a subject alternative name that is ServerName, unless that is empty.
	Roots *x509.CertPool
	// Verify gets the certificates as the peer sent them, parsed by [certs.Parse].
	Verify func(chain []*x509.Certificate) error
}

// ErrInvalidRules is wrapped by errors about contradictory rules, such as a server without a certificate.
var ErrInvalidRules = errors.New("invalid rules")

func (r *Rules) validate(as role) error {
	var reason string
	switch {
	case r.MinVersion < TLS10 || r.MaxVersion > TLS13:
		reason = "versions must be set, from TLS 1.0 to TLS 1.3"
	case r.MinVersion > r.MaxVersion:
		reason = "the lowest version is above the highest"
	case r.Suites != nil && r.MinVersion < TLS13 && !slices.ContainsFunc(r.Suites, r.usableBelowTLS13):
		reason = "no cipher suite is left for the versions below TLS 1.3"
	case r.Groups != nil && len(r.Groups) == 0:
		reason = "no group is left"
	case as == server && incomplete(r.Certificate):
		reason = "a server needs a certificate and its key"
	case len(r.Second.Certificate) > 0 && (as == client || sameKind(&r.Certificate, &r.Second)):
		reason = "a second certificate is for a server, and has a key of another kind"
	case as == server && slices.ContainsFunc(slices.Collect(maps.Values(r.Named)), incomplete):
		reason = "a server needs a certificate and its key for every name"
	case r.ClientAuth < ClientAuthNone || r.ClientAuth > ClientAuthRequire:
		reason = fmt.Sprintf("ClientAuth %d", r.ClientAuth)
	default:
		return nil
	}
	return fmt.Errorf("tlspeer: %w: %s", ErrInvalidRules, reason)
}

// sameKind reports whether the keys of two certificates are for the same suites.
func sameKind(a, b *tls.Certificate) bool {
	_, isRSA := publicKey(a).(*rsa.PublicKey)
	_, also := publicKey(b).(*rsa.PublicKey)
	return isRSA == also
}

// observed returns the rules as logs have them.
func (r *Rules) observed(as role) *observation.TLSRules {
	rules := &observation.TLSRules{MinVersion: r.MinVersion, MaxVersion: r.MaxVersion, Suites: r.Suites, Groups: r.Groups}
	switch {
	case as == client:
	case r.ClientAuth == ClientAuthRequest:
		rules.ClientCertificate = observation.CertificateAsked
	case r.ClientAuth == ClientAuthRequire:
		rules.ClientCertificate = observation.CertificateRequired
	}
	return rules
}

func incomplete(c tls.Certificate) bool { return len(c.Certificate) == 0 || c.PrivateKey == nil }

// show sets Certificate to the one for a client that asks for serverName, and reports whether it has changed. It is
// for a connection's copy of the rules.
func (r *Rules) show(serverName string) bool {
	named, ok := r.Named[strings.TrimSuffix(strings.ToLower(serverName), ".")]
	if ok {
		r.Certificate, r.Second = named, tls.Certificate{}
	}
	return ok
}

// hasten has the keys sign as fast as they can. It is for a connection's copy of the rules.
func (r *Rules) hasten() {
	for _, certificate := range r.certificates() {
		if key, ok := certificate.PrivateKey.(crypto.Signer); ok {
			certificate.PrivateKey = FastSigner(key)
		}
	}
}

func (r *Rules) usableBelowTLS13(suite uint16) bool {
	lowest, highest := SuiteVersions(suite)
	return lowest <= r.MaxVersion && highest >= r.MinVersion && highest < TLS13
}

// certificates returns a server's certificates.
func (r *Rules) certificates() []*tls.Certificate {
	all := []*tls.Certificate{&r.Certificate}
	if len(r.Second.Certificate) > 0 {
		all = append(all, &r.Second)
	}
	return all
}

// Without returns the rules without what missing lists, so that a caller can go on without what is
// [Rules.Unavailable]. If no suite or group is left, the rules are invalid; they are never widened.
func (r Rules) Without(missing []Unavailable) Rules {
	listed := func(subject Subject) func(uint16) bool {
		return func(number uint16) bool {
			return slices.ContainsFunc(missing, func(u Unavailable) bool {
				return u.Subject == subject && u.Number == number
			})
		}
	}
	r.Suites = slices.DeleteFunc(slices.Clone(r.Suites), listed(Suite))
	r.Groups = slices.DeleteFunc(slices.Clone(r.Groups), listed(Group))
	return r
}
