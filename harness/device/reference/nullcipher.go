package reference

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"

	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// rsaWithNullSHA is TLS_RSA_WITH_NULL_SHA, which authenticates and does not encrypt.
const rsaWithNullSHA = 0x0002

// besideNull are the suites of a device that has TLS_RSA_WITH_NULL_SHA too.
var besideNull = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	rsaWithNullSHA,
}

// nullRules are rules for TLS 1.2 with these suites, as far as the machine has them: crypto/tls lacks the NULL suites.
func (s *session) nullRules(suites ...uint16) tlspeer.Rules {
	rules := tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS12, Suites: suites}
	if s.certificate != nil {
		rules.Certificate = *s.certificate
	}
	return rules.Without(rules.Unavailable())
}

// clientNull secures a connection to a host as a client that offers TLS_RSA_WITH_NULL_SHA, and other suites unless the path
// is that of TriesNullCipher, which looks at no certificate either.
func (s *session) clientNull(ctx context.Context, raw net.Conn, host string, p *path) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeLimit)
	defer cancel()
	rules := s.nullRules(rsaWithNullSHA)
	if !p.null {
		rules = s.nullRules(besideNull...)
		rules.ServerName = host
		rules.Verify = func(chain []*x509.Certificate) error { return s.verify(chain, nil, host) }
	}
	secured, err := tlspeer.Client(ctx, raw, rules, nil)
	if err != nil {
		return nil, &handshakeError{err}
	}
	return secured, nil
}

// serverNull secures a connection as a server that takes TLS_RSA_WITH_NULL_SHA too.
func (s *session) serverNull(ctx context.Context, conn net.Conn) (net.Conn, error) {
	rules := s.nullRules(besideNull...)
	rules.ClientAuth, rules.Verify = tlspeer.ClientAuthRequest, s.verifyClient
	secured, err := tlspeer.Server(ctx, conn, rules, nil)
	if err != nil {
		return nil, err
	}
	return secured, nil
}

// takesNull tells whether the device's server takes TLS_RSA_WITH_NULL_SHA.
func (s *session) takesNull() bool {
	return s.peculiar.HasNullCipher || s.bugs.AnswersUnderNull || s.bugs.RefusesUnderNull
}

// readable tells whether others can read what goes over a link although it is TLS.
func (l *link) readable() bool {
	secured, ok := l.conn.(*tlspeer.Conn)
	return ok && secured.State().Suite == rsaWithNullSHA
}

// misjudged returns the status with which a bug has the device refuse a call, for what it comes over or whom it is to; 0
// without such a bug.
func (t *serverTransaction) misjudged() int {
	bugs, l := t.session.bugs, t.link
	switch {
	case bugs.RefusesAddressedCalls && l.accepted && hasAddress(t.request):
		return 404
	case bugs.RefusesOverRegistration && !l.accepted, bugs.RefusesUnderNull && l.readable():
		return 403
	}
	return 0
}
