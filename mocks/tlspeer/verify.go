package tlspeer

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

// UnreadableError is the error of a handshake that ended because this program cannot read what the peer sent. That is
// its own limit, and no fault of the peer's: another TLS stack may accept it.
type UnreadableError struct {
	What string // "certificate"
	Err  error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the peer's %s cannot be read here: %v", e.What, e.Err)
}

// Unwrap returns e.Err.
func (e *UnreadableError) Unwrap() error { return e.Err }

// EngineError is the error of a connection that ended because a TLS engine could not do its part, such as for want of
// memory. It says nothing about the peer; the log has an [observation.Fault].
type EngineError struct {
	Doing string // what the engine was to do, such as "set up"
	Err   error
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("libssl failed when it was %s: %v", e.Doing, e.Err)
}

// Unwrap returns e.Err.
func (e *EngineError) Unwrap() error { return e.Err }

// notAccepted is the error for certificates that the rules do not accept. Both engines then send bad_certificate.
type notAccepted struct{ error }

func (e notAccepted) Unwrap() error { return e.error }

// verify judges the certificates that the peer of an endpoint in role as has sent.
func (r *Rules) verify(as role, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return nil
	}
	if r.Roots != nil {
		options := x509.VerifyOptions{
			Roots:         r.Roots,
			Intermediates: x509.NewCertPool(),
			// Public authorities no longer issue certificates for clientAuth, and a SIP peer shows the same one in
			// both roles.
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		}
		if as == client {
			options.DNSName = r.ServerName
		}
		for _, certificate := range chain[1:] {
			options.Intermediates.AddCert(certificate)
		}
		if _, err := chain[0].Verify(options); err != nil {
			return notAccepted{err}
		}
	}
	if r.Verify != nil {
		if err := r.Verify(chain); err != nil {
			return notAccepted{err}
		}
	}
	return nil
}

// verifyDER parses and judges a chain. Where nothing is judged, it need not be possible to parse it.
func (r *Rules) verifyDER(as role, raw [][]byte) ([]*x509.Certificate, error) {
	chain := make([]*x509.Certificate, len(raw))
	for i, der := range raw {
		c, _, err := certs.Parse(der)
		switch {
		case err == nil:
			chain[i] = c
		case r.Roots == nil && r.Verify == nil:
			return nil, nil
		default:
			return nil, &UnreadableError{"certificate", err}
		}
	}
	return chain, r.verify(as, chain)
}

// judged adds to info what the rules say of the peer's certificates. If the engine could not read them but the tap
// could, they may still be rejected for a real defect, which is then the reason; else it is a limit of this program.
func (r *Rules) judged(as role, info *observation.HandshakeInfo, err error) {
	if limit := new(UnreadableError); errors.As(err, &limit) {
		info.Limit = limit.Error()
		if len(info.PeerChain) > 0 {
			_, err = r.verifyDER(as, info.PeerChain)
		}
	}
	if failed := new(EngineError); errors.As(err, &failed) {
		info.Limit = failed.Error()
	}
	if rejection := new(identity.Rejection); errors.As(err, &rejection) {
		info.Rejected, info.Limit = rejection.Causes, ""
	}
}
