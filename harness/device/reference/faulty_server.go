package reference

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// serveFaultily gives the server's configuration the faults of [GenesysBugs].
func (s *session) serveFaultily(config *tls.Config) {
	if s.bugs.ServesWithoutP384 {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
		config.CipherSuites = []uint16{
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		}
	}
	if !s.bugs.ServesUnusableSuites {
		return
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, suite := range hello.CipherSuites {
			if suite == tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 {
				return nil, nil
			}
		}
		failing := config.Clone()
		failing.ClientAuth = tls.NoClientCert // the alert would be the same for the lack of one
		failing.VerifyConnection = func(tls.ConnectionState) error { return errors.New("nobody can serve under this suite") }
		return failing, nil
	}
}

// peeked is a connection whose first bytes have been looked at.
type peeked struct {
	net.Conn
	from *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.from.Read(b) }

// handshakeRecord is the type of the TLS record that a client begins with.
const handshakeRecord = 0x16

// beginsInClear tells whether a peer begins with something other than TLS, for TakesClearOnTLSPort, and returns the
// connection to go on with.
func beginsInClear(conn net.Conn) (net.Conn, bool) {
	p := peeked{conn, bufio.NewReader(conn)}
	first, err := p.from.Peek(1)
	return p, err == nil && first[0] != handshakeRecord
}

// writeTransport writes the transport where it does not belong, or another one.
func (s *session) writeTransport(uri *sipwire.URI) {
	if s.bugs.MovesTransport && strings.Contains(uri.User, ";") {
		uri.User += ";transport=" + uri.Params.Get("transport")
		uri.Params = slices.DeleteFunc(uri.Params, func(p sipwire.Param) bool { return p.Name == "transport" })
	}
	if s.bugs.NamesOtherTransport && uri.Params.Has("transport") {
		uri.Params = uri.Params.Set("transport", "udp")
	}
}
