package tlspeer

import (
	"bytes"
	"context"
	"net"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// spoiling is a connection that changes what is written on its way to the peer.
type spoiling struct {
	net.Conn
	spoil func(segment []byte)
}

func (s *spoiling) Write(p []byte) (int, error) {
	segment := bytes.Clone(p)
	s.spoil(segment)
	return s.Conn.Write(segment)
}

// atMessage returns a spoil that changes the body of the first message of that type in a segment. It walks records,
// since each engine divides its flight in its own way; a message may not span records.
func atMessage(kind byte, change func(body []byte)) func(segment []byte) {
	return func(segment []byte) {
		for len(segment) > recordHeaderLength && segment[0] == recordHandshake {
			end := recordHeaderLength + bodyLength(segment)
			for body := segment[recordHeaderLength:end]; len(body) >= messageHeader; {
				whole := messageHeader + messageLength(body)
				if body[0] == kind {
					change(body[messageHeader:whole])
				}
				body = body[whole:]
			}
			segment = segment[end:]
		}
	}
}

// TestRefusedByPrograms: what OpenSSL, GnuTLS and curl refuse, as measured.
func TestRefusedByPrograms(t *testing.T) { eachEngine(t, refusedByPrograms) }

func refusedByPrograms(t *testing.T, e engine) {
	rsa12 := serverRules(rsaCertificate())
	rsa12.MaxVersion = TLS12
	rsa13 := serverRules(rsaCertificate())
	rsa13.MinVersion = TLS13
	decrypting, dhe, tls10 := rsa12, rsa12, rsa12
	decrypting.Suites = suitesNamed(t, "AES128-GCM-SHA256")
	dhe.Suites = suitesNamed(t, "DHE-RSA-AES128-GCM-SHA256")
	tls10.MaxVersion, tls10.Suites = TLS10, suitesNamed(t, "ECDHE-RSA-AES128-SHA")

	const schemeAt = 4 + 65 // in the ServerKeyExchange of P-256, RFC 8422 §5.4
	p256 := rsa12
	p256.Groups, p256.Suites = []uint16{23}, suitesNamed(t, "ECDHE-RSA-AES128-GCM-SHA256")
	scheme := atMessage(typeServerKeyExchange, func(body []byte) { copy(body[schemeAt:], []byte{8, 8}) }) // ed448
	signature := atMessage(typeServerKeyExchange, func(body []byte) { body[len(body)-1] ^= 1 })
	group := atMessage(typeServerKeyExchange, func(body []byte) { body[2] = 22 })
	suite := atMessage(typeServerHello, func(body []byte) { body[36] = 0x02 }) // TLS_RSA_WITH_NULL_SHA

	verify := []string{"openssl", "s_client", "-verify_return_error", "-verify", "3", "-connect"}
	trust := []string{"openssl", "s_client", "-connect"}
	for _, test := range []struct {
		name    string
		rules   Rules
		spoil   func([]byte)
		program []string // the address follows
		alert   uint8
		want    observation.HandshakeMessage
	}{
		{"certificate", rsa12, nil, verify, 48, observation.CertificateMessage},
		{"certificate under TLS 1.3", rsa13, nil, verify, 48, observation.CertificateMessage},
		{"certificate, RSA key exchange", decrypting, nil, verify, 48, observation.CertificateMessage},
		{"certificate of curl", rsa12, nil, []string{"curl", "-s", "--url"}, 48, observation.CertificateMessage},
		{"certificate of GnuTLS", rsa12, nil, []string{"gnutls-cli"}, 42, observation.CertificateMessage},
		{"certificate of GnuTLS under TLS 1.3", rsa13, nil, []string{"gnutls-cli"}, 42, observation.CertificateMessage},
		{"prime", dhe, nil, append(trust[:2:2], "-cipher", "ALL:@SECLEVEL=3", "-connect"), 40, observation.ServerKeyExchangeMessage},
		{"prime of GnuTLS", dhe, nil, []string{"gnutls-cli", "--insecure", "--priority", "NORMAL:%PROFILE_HIGH"}, 71, observation.ServerKeyExchangeMessage},
		{"SHA-1 under TLS 1.0", tls10, nil, append(trust[:2:2], "-tls1", "-connect"), 80, observation.ServerKeyExchangeMessage},
		{"scheme", p256, scheme, trust, 47, observation.ServerKeyExchangeMessage},
		{"signature of GnuTLS", p256, signature, []string{"gnutls-cli", "--insecure"}, 51, observation.ServerKeyExchangeMessage},
		{"signature", p256, signature, trust, 51, observation.ServerKeyExchangeMessage},
		{"group", p256, group, trust, 47, observation.ServerKeyExchangeMessage},
		{"suite", decrypting, suite, trust, 47, observation.ServerHelloMessage},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			testkit.Program(t, test.program[0])
			if len(e.lacks(&test.rules)) > 0 {
				t.Skip("this engine lacks the suite")
			}
			side := func(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
				if test.spoil != nil {
					raw = &spoiling{raw, test.spoil}
				}
				return serverOf(e)(ctx, raw, rules, tap)
			}
			var out string
			got := serve(t, side, test.rules, func(address string) { out = runAt(t, test.program, address) })
			alerts := got.all(observation.TLSAlert)
			if len(alerts) != 1 || alerts[0].Alert.Description != test.alert || alerts[0].Alert.Refused != test.want {
				t.Fatalf("%v; alerts %+v, want %d for %q\n%s", got.err, got.alerts(observation.In), test.alert, test.want, out)
			}
			info := got.handshake(t)
			if info.Refused != test.want || info.EndedBy != observation.DeviceSide {
				t.Errorf("handshake recorded as %+v", info)
			}
		})
	}
}

// runAt runs a program with an address to connect to, and returns its output.
func runAt(t *testing.T, program []string, address string) string {
	t.Helper()
	host, port, _ := net.SplitHostPort(address)
	arguments := append(program[1:len(program):len(program)], address)
	switch program[0] {
	case "gnutls-cli":
		arguments = append(program[1:len(program):len(program)], "--port", port, host)
	case "curl":
		arguments[len(arguments)-1] = "https://" + address
	}
	out, _ := testkit.Run(t, testkit.Command(t, program[0], arguments...))
	return out
}
