package reference

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"time"
)

// slowness is how long a slow device takes for a step.
const slowness = 100 * time.Millisecond

// pause waits, or until the session is closed.
func (s *session) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// recommendedSuites are those that RFC 9325 §4.2 recommends, with 128 bits.
var recommendedSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}

// manySuites returns the suites that Go has, but not those with RC4, which RFC 7465 forbids.
func manySuites() []uint16 {
	var ids []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if !strings.Contains(suite.Name, "RC4") {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}

// adapt changes a TLS configuration of either side as the peculiarities say. What levers set stays.
func (s *session) adapt(config *tls.Config) {
	p, levers := s.peculiar, s.setup.Levers
	if p.ResumesSessions {
		config.SessionTicketsDisabled = false
		config.ClientSessionCache = s.tickets
	}
	if p.OffersALPN {
		config.NextProtos = []string{"sip/2", "http/1.1"}
	}
	if p.SpeaksTLS12Only && levers.TLSMin <= tls.VersionTLS12 {
		config.MaxVersion = cmp.Or(levers.TLSMax, tls.VersionTLS12)
	}
	if len(levers.Suites) == 0 && config.MinVersion >= tls.VersionTLS12 {
		switch {
		case p.OffersManySuites:
			config.CipherSuites = manySuites()
		case p.OffersFewSuites:
			config.CipherSuites = recommendedSuites
		}
	}
	if len(levers.Groups) == 0 {
		switch {
		case p.OffersOneGroup:
			config.CurvePreferences = []tls.CurveID{tls.CurveP384}
		case p.OffersClassicalGroups:
			config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
		case p.OffersHybridShareOnly: // Go makes a share for the first that it has: the hybrid
			config.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768, tls.CurveP256, tls.CurveP384}
		}
	}
}

// adaptClient changes the configuration of a client, which writes to w.
func (s *session) adaptClient(config *tls.Config, w *wire) {
	p := s.peculiar
	if p.WritesNameInCapitals {
		config.ServerName = strings.ToUpper(config.ServerName)
	}
	verify := config.VerifyConnection
	switch alert, quiet := p.alert(); {
	case p.RefusesAfterHandshake:
		config.VerifyConnection = func(state tls.ConnectionState) error {
			w.refused = verify(state)
			return nil
		}
	case quiet:
		config.VerifyConnection = func(state tls.ConnectionState) error {
			err := verify(state)
			if err != nil {
				w.mute.Store(true)
			}
			return err
		}
	case alert != 0:
		secret := new(trafficSecret)
		config.KeyLogWriter = secret
		config.VerifyConnection = func(state tls.ConnectionState) error {
			err := verify(state)
			if err != nil {
				w.alert(alertRecord(state, alert, *secret))
			}
			return err
		}
	}
}

// alert returns the number of the alert that a certificate is refused with; 0 is the usual one. Quiet means no alert.
func (p *Peculiarities) alert() (number uint8, quiet bool) {
	switch {
	case p.RefusesAsUnknownCA:
		return 48, false
	case p.RefusesAsCertificateUnknown:
		return 46, false
	case p.RefusesAsHandshakeFailure:
		return 40, false
	}
	return 0, p.RefusesSilently
}

// withRoot returns a chain that ends in its root, if the device has the root.
func (s *session) withRoot(own tls.Certificate) tls.Certificate {
	last, err := x509.ParseCertificate(own.Certificate[len(own.Certificate)-1])
	if err != nil || last.CheckSignatureFrom(last) == nil {
		return own
	}
	if i := slices.IndexFunc(s.roots, func(root *x509.Certificate) bool { return last.CheckSignatureFrom(root) == nil }); i >= 0 {
		own.Certificate = append(slices.Clone(own.Certificate), s.roots[i].Raw)
	}
	return own
}

// errSilent is what writes to a muted connection return.
var errSilent = errors.New("the device says nothing more")

// finish does the handshake, and closes the connection if a device that checks afterwards finds the certificate bad.
func (w *wire) finish(ctx context.Context, secured *tls.Conn) error {
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	if w.refused != nil {
		_ = w.Conn.Close() // without close_notify, which ends in good order what was to its liking
	}
	return w.refused
}

// rudely is a TLS connection that is closed without close_notify.
type rudely struct {
	*tls.Conn
	under net.Conn
}

// Close closes the connection under TLS.
func (r rudely) Close() error { return r.under.Close() }
