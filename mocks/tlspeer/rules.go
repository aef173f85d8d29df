package tlspeer

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The versions that [Rules] can name.
const (
	TLS10 uint16 = 0x0301
	TLS11 uint16 = 0x0302
	TLS12 uint16 = 0x0303
	TLS13 uint16 = 0x0304
)

// ClientAuth is what a server asks of a client by way of a certificate. Whether
// the certificate is good is for [Rules.Roots] and [Rules.Verify] to say.
type ClientAuth int

const (
	// ClientAuthNone sends no CertificateRequest.
	ClientAuthNone ClientAuth = iota
	// ClientAuthRequest asks, and goes on without.
	ClientAuthRequest
	// ClientAuthRequire refuses a client that has none: alert handshake_failure,
	// under TLS 1.3 certificate_required.
	ClientAuthRequire
)

// Rules is how an endpoint behaves. Numbers are IANA's. Session tickets and
// every other kind of resumption are off, so each handshake is a full one.
//
// Rules is a value: it is not changed by this package, and one may be used by
// any number of connections at once as long as nobody changes what it refers to.
type Rules struct {
	// MinVersion and MaxVersion are [TLS10] to [TLS13]. Both must be set. A
	// server that has no version in common sends alert protocol_version.
	MinVersion, MaxVersion uint16

	// Suites are the only cipher suites, in order of preference. A server uses
	// the first that the client offers, that the version allows, and that suits
	// the certificate and the groups; if there is none it sends alert
	// handshake_failure. A client offers these, in the order of the engine.
	// Nil leaves suites to the engine.
	//
	// The suites of TLS 1.3 are apart: if none of them is listed, those under TLS
	// 1.3 are left to the engine.
	//
	// A TLS 1.2 client that takes no signature but with SHA-1 gets one from libssl;
	// crypto/tls does not sign so, and uses a suite with RSA key exchange, or none.
	Suites []uint16
	// ClientOrder makes a server use the first suite of the client's list that
	// is in Suites.
	ClientOrder bool

	// Groups are the only groups for key exchange, in order of preference. A
	// server uses the first that the client supports, under TLS 1.3 by
	// HelloRetryRequest if the client sent no share for it. A server that has no
	// group in common uses a suite with RSA key exchange, or sends alert
	// handshake_failure. A client offers these, in the order of the engine. Nil
	// leaves groups to the engine.
	//
	// crypto/tls takes a TLS 1.2 client that sends no supported_groups for one
	// that cannot do ECDHE; libssl for one that can do all. A libssl server up to
	// TLS 1.2 does not show a P-256 certificate to a client whose groups lack
	// P-256, and so refuses it for want of a suite; crypto/tls does.
	Groups []uint16

	// Certificate is the endpoint's chain, leaf first, and key. A server must
	// have one. A client sends it when asked, whatever the names of authorities
	// in the request, or sends an empty list if there is none.
	Certificate tls.Certificate
	// Second is a server's other certificate, whose key is of another kind, such
	// as ECDSA beside RSA. Which is shown goes by the suite, under TLS 1.3 by what
	// signatures the client takes, Certificate before Second.
	Second tls.Certificate
	// Named are what a server shows instead of Certificate to a client that asks
	// for that name, by server_name. The names are in lower case, without a dot
	// at the end, and match as they are: what they stand for is in the
	// certificate.
	Named map[string]tls.Certificate
	// ClientAuth is for servers.
	ClientAuth ClientAuth
	// ServerName is what a client puts into server_name (RFC 6066 §3, which
	// forbids addresses there: an address is not sent) and, with Roots, expects
	// in the server's certificate.
	ServerName string

	// Roots and Verify judge the peer's certificate, Roots first. If both are
	// nil every certificate is accepted; the chain is in the log and the state
	// in any case. A certificate that is not accepted is refused with alert
	// bad_certificate. A client without a certificate is not asked about.
	//
	// Roots asks for a chain to one of the roots that is valid now, for any
	// extended key usage; and, of a server, for a subject alternative name that
	// is ServerName unless that is empty.
	Roots *x509.CertPool
	// Verify is given the certificates as the peer sent them.
	Verify func(chain []*x509.Certificate) error
}

// ErrInvalidRules is wrapped by the errors about rules that contradict
// themselves, such as a server without a certificate.
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

// sameKind tells whether the keys of two certificates are for the same suites.
func sameKind(a, b *tls.Certificate) bool {
	_, isRSA := publicKey(a).(*rsa.PublicKey)
	_, also := publicKey(b).(*rsa.PublicKey)
	return isRSA == also
}

func incomplete(c tls.Certificate) bool { return len(c.Certificate) == 0 || c.PrivateKey == nil }

// show makes Certificate the one for a client that asks for that name, and tells
// whether it is another. It is for the copy of the rules that a connection has.
func (r *Rules) show(serverName string) bool {
	named, ok := r.Named[strings.TrimSuffix(strings.ToLower(serverName), ".")]
	if ok {
		r.Certificate, r.Second = named, tls.Certificate{}
	}
	return ok
}

func (r *Rules) usableBelowTLS13(suite uint16) bool {
	lowest, highest := SuiteVersions(suite)
	return lowest <= r.MaxVersion && highest >= r.MinVersion && highest < TLS13
}

// certificates are those that a server has.
func (r *Rules) certificates() []*tls.Certificate {
	all := []*tls.Certificate{&r.Certificate}
	if len(r.Second.Certificate) > 0 {
		all = append(all, &r.Second)
	}
	return all
}

// verify judges the certificates that the peer of role as sent.
func (r *Rules) verify(as role, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return nil
	}
	if r.Roots != nil {
		options := x509.VerifyOptions{
			Roots:         r.Roots,
			Intermediates: x509.NewCertPool(),
			// Public authorities no longer issue for clientAuth, and a SIP peer
			// shows one certificate in both roles.
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		}
		if as == client {
			options.DNSName = r.ServerName
		}
		for _, certificate := range chain[1:] {
			options.Intermediates.AddCert(certificate)
		}
		if _, err := chain[0].Verify(options); err != nil {
			return err
		}
	}
	if r.Verify != nil {
		return r.Verify(chain)
	}
	return nil
}

// Without returns rules that do not ask for what missing lists, so that a
// caller who has been told what is [Rules.Unavailable] can go on with the rest.
// Rules of which nothing is left are then refused as invalid, never widened.
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
