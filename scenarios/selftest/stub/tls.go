package stub

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
)

// handshakes are devices that shake hands and say nothing, or have something against
// every handshake.
func handshakes() []Stub {
	return []Stub{
		{
			Name: "completes TLS and is silent",
			Device: door{name: "tls-silent", meet: func(m *meeting) error {
				_, err := secure(m, unverifying(m))
				return err
			}},
		},
		{
			Name: "completes TLS and closes",
			Device: door{name: "tls-closes", meet: func(m *meeting) error {
				conn, err := secure(m, unverifying(m))
				if err != nil {
					return err
				}
				return conn.Close()
			}},
		},
		{
			Name: "verifies certificates and is silent",
			Device: door{name: "tls-verifies", meet: func(m *meeting) error {
				_, err := secure(m, verifying(m))
				return err
			}},
		},
		{
			Name: "has no common suite",
			Device: altered{name: "alien-suite", set: func(setup *device.Setup) error {
				setup.Levers.TLSMin, setup.Levers.TLSMax = tls.VersionTLS12, tls.VersionTLS12
				setup.Levers.Suites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
				return nil
			}},
		},
		{
			Name:   "has only TLS 1.0",
			Device: altered{name: "tls1.0", options: reference.Options{Bugs: reference.Bugs{OnlyTLS10: true}}},
		},
		{
			Name:   "has only TLS 1.3",
			Device: altered{name: "tls1.3", options: reference.Options{Bugs: reference.Bugs{OnlyTLS13: true}}},
		},
	}
}

// secure shakes hands, as client on a connection that the device opened and as server on
// any other.
func secure(m *meeting, client *tls.Config) (*tls.Conn, error) {
	if m.dialed {
		conn := tls.Client(m.Conn, client)
		return conn, conn.HandshakeContext(m.ctx)
	}
	conn := tls.Server(m.Conn, &tls.Config{Certificates: client.Certificates})
	return conn, conn.HandshakeContext(m.ctx)
}

// unverifying is the configuration of a client that accepts every certificate.
func unverifying(m *meeting) *tls.Config {
	config := verifying(m)
	config.InsecureSkipVerify = true
	return config
}

// verifying is the configuration of a client that verifies certificates as Go does, and
// shows its own where it is asked.
func verifying(m *meeting) *tls.Config {
	config := &tls.Config{ServerName: m.host, RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(m.setup.Trust)
	if own, err := tls.X509KeyPair(m.setup.Certificate, m.setup.Key); err == nil {
		config.Certificates = []tls.Certificate{own}
	}
	return config
}
