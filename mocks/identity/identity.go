// Package identity judges the certificates of a TLS peer as a vendor does that calls it: by name, by dates and by the
// roots that the vendor trusts, with a cause for each fault. It is separate from the TLS engines, so that both reject
// the same certificates and no cause depends on an engine's error texts. The package serves this module and may
// change.
package identity

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
)

// The causes besides the Cause constants of package certs.
const (
	// CauseAddress is an endpoint that was configured by its address, which no certificate can match (GE-CRT-13).
	CauseAddress = "configured-by-address"
	// CauseNone is a peer without any certificate.
	CauseNone = "no-certificate"
	// CauseMalformed is a certificate that breaks a rule about how certificates are written, and that OpenSSL does not
	// accept either. What only crypto/x509 minds is no cause.
	CauseMalformed = "malformed"
	// CauseOther is a fault that no other cause names.
	CauseOther = "not-acceptable"
)

// Rules are the rules that a chain must meet.
type Rules struct {
	// Roots are the only trusted authorities; intermediates come from the peer only.
	Roots []*x509.Certificate
	// Names are the names under which the peer was configured; the certificate must be for one of them. Nil accepts
	// any name, as for a peer that connects.
	Names []string
	// AnyUsage accepts certificates that are not for TLS servers.
	AnyUsage bool
	// Wildcards lets "*" stand for one whole left-most label (RFC 6125 §6.4.3).
	Wildcards bool
	// At is the time at which dates are checked; zero means now.
	At time.Time
}

// Rejection says why a chain is rejected. It has all causes: a certificate can be both for another name and from an
// unknown authority.
type Rejection struct {
	Causes []string
	Err    error
}

func (r *Rejection) Error() string { return strings.Join(r.Causes, ", ") + ": " + r.Err.Error() }

// Unwrap returns r.Err.
func (r *Rejection) Unwrap() error { return r.Err }

// Verify judges a chain as it was sent, leaf first, of certificates that package certs has parsed. Its error is a
// [*Rejection].
func (r Rules) Verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return &Rejection{[]string{CauseNone}, errors.New("the peer showed no certificate")}
	}
	var rejection Rejection
	add := func(cause string, err error) {
		if cause != "" {
			rejection.Causes, rejection.Err = append(rejection.Causes, cause), errors.Join(rejection.Err, err)
		}
	}
	add(r.trust(chain))
	add(r.name(chain[0]))
	add(form(chain))
	if rejection.Err == nil {
		return nil
	}
	return &rejection
}

// form judges how the certificates are written.
func form(chain []*x509.Certificate) (cause string, err error) {
	for _, c := range chain {
		_, flaws, _ := certs.Parse(c.Raw) // it was parsed before
		for _, flaw := range flaws {
			if !flaw.Kind.Tolerated() {
				cause, err = CauseMalformed, errors.Join(err, fmt.Errorf("the certificate for %s: %s", c.Subject, flaw))
			}
		}
	}
	return cause, err
}

// trust judges signatures, authorities, usage and dates.
func (r Rules) trust(chain []*x509.Certificate) (cause string, err error) {
	at := r.At
	if at.IsZero() {
		at = time.Now()
	}
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if r.AnyUsage {
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	for _, root := range r.Roots {
		options.Roots.AddCert(root)
	}
	for _, intermediate := range chain[1:] {
		options.Intermediates.AddCert(intermediate)
	}
	if _, err := chain[0].Verify(options); err != nil {
		return r.explain(chain, at, err), err
	}
	return "", nil
}

// explain returns the cause of an error of crypto/x509.
func (r Rules) explain(chain []*x509.Certificate, at time.Time, err error) string {
	leaf := chain[0]
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var critical x509.UnhandledCriticalExtension
	switch {
	case errors.As(err, &invalid):
		switch invalid.Reason {
		case x509.Expired:
			return dated(invalid.Cert, leaf, at)
		case x509.NotAuthorizedToSign:
			return certs.CauseIssuerNotCA
		case x509.TooManyIntermediates:
			return certs.CausePathTooLong
		case x509.IncompatibleUsage:
			return certs.CauseExtendedKeyUsage
		case x509.CANotAuthorizedForThisName, x509.CANotAuthorizedForExtKeyUsage, x509.UnconstrainedName:
			return certs.CauseNameConstraint
		}
	case errors.As(err, &critical):
		return certs.CauseCriticalExtension
	case errors.As(err, &unknown):
		return r.unknown(chain)
	}
	return CauseOther
}

func dated(at, leaf *x509.Certificate, when time.Time) string {
	early := when.Before(at.NotBefore)
	switch {
	case at.Equal(leaf) && early:
		return certs.CauseNotYetValid
	case at.Equal(leaf):
		return certs.CauseExpired
	case early:
		return certs.CauseIssuerNotYetValid
	default:
		return certs.CauseIssuerExpired
	}
}

// unknown says why no chain leads to a root: the leaf is self-signed, an issuer was not sent, a signature is broken,
// or the root is unknown.
func (r Rules) unknown(chain []*x509.Certificate) string {
	leaf := chain[0]
	if bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
		return certs.CauseSelfSigned
	}
	known := slices.Concat(chain[1:], r.Roots)
	current := leaf
	for range len(known) {
		i := slices.IndexFunc(known, func(c *x509.Certificate) bool {
			return !c.Equal(current) && issued(c, current)
		})
		if i < 0 {
			if bytes.Equal(current.RawIssuer, current.RawSubject) {
				return certs.CauseUnknownCA // the peer sent its root, which is not one of Roots
			}
			if current == leaf || r.issuedByRoot(current) {
				return certs.CauseIncompleteChain
			}
			return certs.CauseUnknownCA
		}
		if err := current.CheckSignatureFrom(known[i]); err != nil {
			return signature(known[i], err)
		}
		current = known[i]
	}
	return certs.CauseUnknownCA
}

func (r Rules) issuedByRoot(c *x509.Certificate) bool {
	return slices.ContainsFunc(r.Roots, func(root *x509.Certificate) bool { return issued(root, c) })
}

// issued reports whether c names issuer as its issuer, by subject and, where both have it, by key (RFC 5280
// §4.2.1.1): two authorities may have the same name.
func issued(issuer, c *x509.Certificate) bool {
	sameKey := len(issuer.SubjectKeyId) == 0 || len(c.AuthorityKeyId) == 0 || bytes.Equal(issuer.SubjectKeyId, c.AuthorityKeyId)
	return sameKey && bytes.Equal(issuer.RawSubject, c.RawIssuer)
}

// signature returns the cause of a signature that does not verify.
func signature(issuer *x509.Certificate, err error) string {
	var insecure x509.InsecureAlgorithmError
	var constraint x509.ConstraintViolationError
	switch {
	case errors.As(err, &insecure):
		return certs.CauseWeakSignature
	case !errors.As(err, &constraint):
		return certs.CauseBadSignature
	case issuer.BasicConstraintsValid && issuer.IsCA:
		return certs.CauseKeyUsage
	default:
		return certs.CauseIssuerNotCA
	}
}

// name compares the configured names with the certificate's: its subjectAltName
// or its common name may hold one (GE-CRT-04, GE-CRT-13, CU-TRK-06).
func (r Rules) name(leaf *x509.Certificate) (cause string, err error) {
	if r.Names == nil {
		return "", nil
	}
	for _, name := range r.Names {
		if _, parsed := netip.ParseAddr(strings.Trim(name, "[]")); parsed == nil {
			return CauseAddress, fmt.Errorf("%s is an address, and only host names are validated", name)
		}
	}
	names := append(slices.Clone(leaf.DNSNames), leaf.Subject.CommonName)
	for _, wanted := range r.Names {
		if slices.ContainsFunc(names, func(name string) bool { return r.stands(name, wanted) }) {
			return "", nil
		}
	}
	_, flaws, _ := certs.Parse(leaf.Raw)
	for _, flaw := range flaws {
		if flaw.Kind == certs.FlawAlternativeName {
			names = append(names, flaw.Text+" (malformed)")
		}
	}
	return certs.CauseNameMismatch, fmt.Errorf("the certificate is for %q, not for %s", names, strings.Join(r.Names, " or "))
}

// stands reports whether a certificate's name matches a configured one.
func (r Rules) stands(name, wanted string) bool {
	name, wanted = strings.TrimSuffix(name, "."), strings.TrimSuffix(wanted, ".")
	if name == "" || wanted == "" {
		return false
	}
	if strings.EqualFold(name, wanted) {
		return true
	}
	below, wildcard := strings.CutPrefix(name, "*.")
	_, parent, _ := strings.Cut(wanted, ".")
	return wildcard && r.Wildcards && parent != "" && strings.EqualFold(below, parent)
}
