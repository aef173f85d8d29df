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
			Passes: append(shakes(), ownCertificate),
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
			Passes: append(shakes(), ownCertificate),
		},
		{
			Name: "verifies certificates and is silent",
			Device: door{name: "tls-verifies", meet: func(m *meeting) error {
				_, err := secure(m, verifying(m))
				return err
			}},
			Passes: append(shakes(), ownCertificate, Shown{"cisco/*/ports/*/certificate/**", "it verifies the certificate in the handshake"}),
		},
		{
			Name: "has no common suite",
			Device: altered{name: "alien-suite", set: func(setup *device.Setup) error {
				setup.Levers.TLSMin, setup.Levers.TLSMax = tls.VersionTLS12, tls.VersionTLS12
				setup.Levers.Suites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}
				return nil
			}},
			Passes: []Shown{withoutTLS, insecureTrunk, insecureCalls},
		},
		{
			Name:   "has only TLS 1.0",
			Device: altered{name: "tls1.0", options: reference.Options{Bugs: reference.Bugs{OnlyTLS10: true}}},
			Passes: append(underGood("twilio/*", append([]string{"misordered-chain", "unrelated-certificate"}, atTwilio...)...), []Shown{
				{"cisco/ucm/certificate/**", "it called at TLS 1.0, which the vendor's default lets in"},
				{"twilio/*/*/tls1.*/no-longer-offered", "it is served at TLS 1.0 where the vendor lets it in, and stays away where not"},
				{"cisco/ucm/identity/**", "it called at TLS 1.0, and not where its certificate is not known"},
				{"cisco/ucm/connect/default", "it called at TLS 1.0, and offers suites of the vendor's"},
				{"cisco/ucm/connect/ciphers-all-ecdsa", "it called at TLS 1.0, with a suite of the list"},
				{"cisco/ucm/call-out/**", "it called at TLS 1.0"},
				{"cisco/ucm/call-listener/**", "it took calls at TLS 1.0"},
				{"cisco/ucm/register/encrypted", "it registered at TLS 1.0"},
				{"cisco/ucm/connect/other-port", "it called at TLS 1.0, at the port that it was told"},
				{"cisco/imp/connect/default", "its OPTIONS was answered at TLS 1.0"},
				{"cisco/imp/mutual/**", "its OPTIONS was answered at TLS 1.0, and not where its certificate is not known"},
				{"cisco/imp/certificate/**", "it sent OPTIONS at TLS 1.0, and none under bad certificates"},
				{"cisco/*/ports/*/certificate/**", "it shook hands at TLS 1.0, and not under bad certificates"},
				{"cisco/*/ports/*/min-tls1.0/tls1.0", "it was served at TLS 1.0"},
				{"cisco/ucm/phone/encrypted/**", "it registered at TLS 1.0, and called and was called"},
				{"cisco/ucm/restart/** !cisco/ucm/restart/min-tls1.2", "it called at TLS 1.0, and not where the authority is unknown"},
				{"genesys/*/routing/keys-in-clear-*", "it called in clear, where no version matters, without keys in its offer"},
				insecureTrunk,
				insecureCalls,
			}...),
			Lacks: []Shown{
				{"cisco/ucm/call-out/tls1.*/**", "where it is turned away it would be at any version"},
				{"cisco/ucm/call-listener/tls1.2", "it has no TLS 1.2"},
				{"cisco/ucm/call-out/vendor-at-most-*", "it has no version that it could insist on"},
				{"cisco/ucm/call-listener/vendor-at-most-*", "it has no version that it could insist on"},
			},
		},
		{
			Name:   "has only TLS 1.3",
			Device: altered{name: "tls1.3", options: reference.Options{Bugs: reference.Bugs{OnlyTLS13: true}}},
			Passes: []Shown{
				{"infobip/rest/connect/default", "it fetched the page at TLS 1.3"},
				{"infobip/rest/versions/tls1.3", "it fetched the page at TLS 1.3"},
				{"infobip/rest/versions/server-at-most-tls1.1", "it offers nothing below TLS 1.3"},
				{"infobip/rest/suites/tls1.3/**", "it fetched the page at TLS 1.3"},
				{"infobip/rest/certificate/**", "it fetched the page at TLS 1.3, and from no server with a bad certificate"},
				{"infobip/rest/test-endpoint/**", "it fetched the page at TLS 1.3"},
				{"infobip/rest/change/**", "it fetched the pages at TLS 1.3, and from no server with a bad certificate"},
				{"cisco/ucm/connect/fresh-15su2", "it called at TLS 1.3"},
				{"cisco/imp/connect/fresh-15su2", "its OPTIONS was answered at TLS 1.3"},
				{"cisco/*/ports/*/min-tls1.3/tls1.3", "it was served at TLS 1.3"},
				{"cisco/ucm/connect/min-tls1.3", "it called at TLS 1.3"},
				withoutTLS,
				insecureTrunk,
				insecureCalls,
			},
			Lacks: []Shown{
				{"infobip/rest/change/suite-tls1.2", "it has no TLS 1.2"},
			},
		},
	}
}

// shakes is what devices show that complete handshakes at TLS 1.2 and 1.3 with ports that ask for no more.
func shakes() []Shown {
	const why = "it completed the handshake, which is all that it was told to do"
	all := []Shown{
		{"cisco/*/ports/*/certificate/exact-name", why},
		{"cisco/ucm/ports/2443/vendor-at-most-tls1.0", "it offers nothing below TLS 1.2"},
	}
	for _, ports := range []string{"cisco/ucm/ports/[2379]*", "cisco/ucm/ports/697[12]", "cisco/imp/ports/[57]*", "cisco/imp/ports/8083"} {
		const sip = " !cisco/imp/ports/506[12]/**"
		all = append(all, Shown{ports + "/default" + sip, why})
		all = append(all, Shown{ports + "/*/tls1.2" + sip + " !" + ports + "/min-tls1.3/tls1.2", why})
	}
	return append(all, []Shown{
		{"cisco/ucm/ports/2443/min-tls1.2", why},
		{"cisco/imp/ports/8083/min-tls1.2", why},
		{"cisco/ucm/ports/[29]*/min-tls1.3/tls1.3", why},
		{"cisco/ucm/ports/5090/cc/tls1.2", why},
		{"cisco/ucm/ports/5090/min-tls1.3/tls1.3", why},
		{"cisco/imp/ports/[57]*/min-tls1.3/tls1.3 !cisco/imp/ports/506[12]/**", why},
	}...)
}

// insecureTrunk is what devices show at a trunk that is set to be in clear.
var insecureTrunk = Shown{"genesys/*/call-out/secure-trunk-off/[ut][dc]p/rtp", "it called in clear, as the trunk is set"}

// insecureCalls are scenarios in which a device without working TLS takes calls.
var insecureCalls = Shown{"genesys/*/call-listener/secure-trunk-off-[ut][dc]p", "it took a call in clear, as the trunk is set"}

// withoutTLS is what devices show that do not get through TLS.
var withoutTLS = Shown{"*/*/*/keys-in-clear*", "it spoke in clear, where no certificate is shown, and sent no key"}

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
