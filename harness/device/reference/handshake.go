package reference

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// doTLSConnect does a TLS handshake with a host and closes the connection. The port is that of HTTPS if the target has none.
// Nothing is tried again, and nothing is sent without TLS.
func (s *session) doTLSConnect(ctx context.Context, target string) {
	u, err := url.Parse("//" + strings.TrimPrefix(target, "https://"))
	if err != nil || u.Hostname() == "" {
		s.event("TLS failed: %s has no host", target)
		return
	}
	port := u.Port()
	if port == "" {
		port = strconv.Itoa(443)
	}
	address := net.JoinHostPort(u.Hostname(), port)
	conn, err := s.dialTLS(ctx, u.Hostname(), address, s.connectTLS(u.Hostname(), 0))
	if err != nil && s.bugs.ConnectsAtTLS10 {
		conn, err = s.dialTLS(ctx, u.Hostname(), address, s.connectTLS(u.Hostname(), tls.VersionTLS10))
	}
	if err != nil && s.bugs.ConnectsInClear {
		s.greetInClear(ctx, address)
	}
	if err != nil {
		s.event("TLS failed: %v", err)
		return
	}
	state := conn.ConnectionState()
	_ = conn.Close()
	s.event("TLS established: %s %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
}

// connectTLS returns the configuration for a port whose protocol the device does not say.
func (s *session) connectTLS(host string, floor uint16) *tls.Config {
	config := s.clientTLS(host, floor)
	if s.bugs.ConnectsAtAnyVersion {
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS13
	}
	switch {
	case s.bugs.ConnectsToAnybody:
		config.VerifyConnection = nil
	case s.bugs.ConnectsToAnyName:
		config.VerifyConnection = func(state tls.ConnectionState) error {
			_, err := s.verifyChain(state.PeerCertificates, x509.ExtKeyUsageServerAuth)
			return err
		}
	}
	return config
}

// greetInClear sends a line to a port without TLS, and waits for what comes of it, for
// ConnectsInClear.
func (s *session) greetInClear(ctx context.Context, address string) {
	if raw, err := s.dialHTTP(ctx, "tcp", address); err == nil {
		_ = raw.SetDeadline(time.Now().Add(handshakeLimit))
		_, _ = raw.Write([]byte("HELLO\r\n"))
		_, _ = raw.Read(make([]byte, 1))
		_ = raw.Close()
	}
}
