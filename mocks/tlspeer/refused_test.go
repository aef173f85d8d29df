package tlspeer

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Flights of messages, in order.
var (
	helloOnly   = []observation.HandshakeMessage{observation.ClientHelloMessage}
	helloServer = []observation.HandshakeMessage{observation.ServerHelloMessage}
	retry       = []observation.HandshakeMessage{observation.HelloRetryRequestMessage}
	rsaFlight   = []observation.HandshakeMessage{
		observation.ServerHelloMessage, observation.CertificateMessage, observation.ServerHelloDoneMessage,
	}
	ecdheFlight = []observation.HandshakeMessage{
		observation.ServerHelloMessage, observation.CertificateMessage, observation.CertificateStatusMessage,
		observation.ServerKeyExchangeMessage, observation.ServerHelloDoneMessage,
	}
	mutualFlight = append(ecdheFlight[:4:4], observation.CertificateRequestMessage, observation.ServerHelloDoneMessage)
	answer       = append(helloOnly[:1:1], observation.ClientKeyExchangeMessage)
	emptyAnswer  = append(helloOnly[:1:1], observation.CertificateMessage, observation.ClientKeyExchangeMessage)
	signedAnswer = append(emptyAnswer[:3:3], observation.CertificateVerifyMessage)
)

// TestRefused: what an alert refuses, by the messages that had passed.
func TestRefused(t *testing.T) {
	t.Parallel()
	offered := &observation.HelloInfo{
		LegacyVersion: TLS12, Versions: []uint16{TLS13, TLS12}, Suites: []uint16{0x1301, 0xC02F, 0x009C, 0x009E},
		Groups: []uint16{29, 23}, Signatures: []uint16{0x0804, 0x0401},
	}
	old := &observation.HelloInfo{LegacyVersion: TLS10, Suites: []uint16{0xC013}}
	tls13 := choice{version: TLS13, suite: 0x1301, group: 29}
	ecdhe := choice{version: TLS12, suite: 0xC02F, group: 29, scheme: 0x0804}
	rsaKeys := choice{version: TLS12, suite: 0x009C}
	with := func(c choice, change func(*choice)) choice {
		change(&c)
		return c
	}
	sha1 := with(ecdhe, func(c *choice) { c.scheme = 0x0201 })
	otherGroup := with(ecdhe, func(c *choice) { c.group = 24 })
	otherSuite := with(ecdhe, func(c *choice) { c.suite = 0xC030 })
	downgraded := with(ecdhe, func(c *choice) { c.downgraded = true })
	smallPrime := choice{version: TLS12, suite: 0x009E, scheme: 0x0804, primeBits: 2048}
	bigPrime := with(smallPrime, func(c *choice) { c.primeBits = 4096 })

	const (
		close = -1 // no alert, but the end of the connection
		none  = observation.UnknownHandshakeMessage
	)
	type messages = []observation.HandshakeMessage
	for _, test := range []struct {
		name           string
		as             role
		hello          *observation.HelloInfo
		sent, received messages
		chosen         choice
		alerts         []int
		want           observation.HandshakeMessage
	}{
		{"certificate alerts", server, offered, ecdheFlight, helloOnly, ecdhe, []int{42, 43, 44, 45, 46, 48, 49}, observation.CertificateMessage},
		{"certificate alerts, RSA key exchange", server, offered, rsaFlight, helloOnly, rsaKeys, []int{42, 48}, observation.CertificateMessage},
		{"certificate alerts after the answer", server, offered, ecdheFlight, answer, ecdhe, []int{42, 48}, observation.CertificateMessage},
		{"certificate alerts under TLS 1.3", server, offered, helloServer, helloOnly, tls13, []int{42, 45, 48}, observation.CertificateMessage},
		{"certificate alerts without a certificate", server, offered, nil, helloOnly, choice{}, []int{42, 48, 40}, none},
		{"certificate alerts at a HelloRetryRequest", server, offered, retry, helloOnly, tls13, []int{42}, none},
		{"signature or group", server, offered, ecdheFlight, helloOnly, ecdhe, []int{47, 51, 71}, observation.ServerKeyExchangeMessage},
		{"anything", server, offered, ecdheFlight, helloOnly, ecdhe, []int{10, 40, 50, 80, 90, close}, none},
		{"SHA-1 signature", server, offered, ecdheFlight, helloOnly, sha1, []int{40, 47, 80, close}, observation.ServerKeyExchangeMessage},
		{"group not offered", server, offered, ecdheFlight, helloOnly, otherGroup, []int{40, 47, close}, observation.ServerKeyExchangeMessage},
		{"signature before TLS 1.2", server, old, ecdheFlight, helloOnly, choice{version: TLS10, suite: 0xC013}, []int{40, 47, 80, close}, observation.ServerKeyExchangeMessage},
		{"small prime", server, offered, ecdheFlight, helloOnly, smallPrime, []int{40, 71, close}, observation.ServerKeyExchangeMessage},
		{"large prime", server, offered, ecdheFlight, helloOnly, bigPrime, []int{40, close}, none},
		{"suite not offered", server, offered, ecdheFlight, helloOnly, otherSuite, []int{40, 47, close}, observation.ServerHelloMessage},
		{"mark of a downgrade", server, offered, ecdheFlight, helloOnly, downgraded, []int{47, close}, observation.ServerHelloMessage},
		{"version", server, old, rsaFlight, helloOnly, rsaKeys, []int{70, 47, close}, observation.ServerHelloMessage},
		{"illegal parameter, RSA key exchange", server, offered, rsaFlight, helloOnly, rsaKeys, []int{47}, observation.ServerHelloMessage},
		{"anything, RSA key exchange", server, offered, rsaFlight, helloOnly, rsaKeys, []int{40, 71, close}, none},
		{"staple", server, offered, ecdheFlight, helloOnly, ecdhe, []int{113}, observation.CertificateStatusMessage},
		{"staple that was not sent", server, offered, rsaFlight, helloOnly, rsaKeys, []int{113}, none},
		{"after the answer", server, offered, ecdheFlight, answer, ecdhe, []int{20, 51}, observation.FinishedMessage},
		{"anything after the answer", server, offered, ecdheFlight, answer, sha1, []int{40, 47, close}, none},
		{"signature under TLS 1.3", server, offered, helloServer, helloOnly, tls13, []int{51}, observation.CertificateVerifyMessage},
		{"anything under TLS 1.3", server, offered, helloServer, helloOnly, tls13, []int{40, 47, close}, none},
		{"group of the HelloRetryRequest", server, offered, retry, helloOnly, tls13, []int{47, 40}, observation.HelloRetryRequestMessage},
		{"hello that cannot be read", server, nil, ecdheFlight, helloOnly, ecdhe, []int{40, close}, none},

		{"hello", client, offered, helloOnly, nil, choice{}, []int{40, 47, 70, 71, 86, 109, 112, 120}, observation.ClientHelloMessage},
		{"server's own trouble", client, offered, helloOnly, nil, choice{}, []int{80, 90, close}, none},
		{"client certificate", client, offered, signedAnswer, mutualFlight, ecdhe, []int{42, 45, 48}, observation.CertificateMessage},
		{"empty client certificate", client, offered, emptyAnswer, mutualFlight, ecdhe, []int{40, 42, 116}, observation.CertificateMessage},
		{"client certificate under TLS 1.3", client, offered, helloOnly, helloServer, tls13, []int{42, 48, 116}, observation.CertificateMessage},
		{"client's signature", client, offered, signedAnswer, mutualFlight, ecdhe, []int{51}, observation.CertificateVerifyMessage},
		{"client's Finished", client, offered, answer, ecdheFlight, ecdhe, []int{20, 51}, observation.FinishedMessage},
		{"certificate that was not asked for", client, offered, answer, ecdheFlight, ecdhe, []int{42, 40}, none},
		{"nothing sent", client, nil, nil, nil, choice{}, []int{40}, none},
	} {
		t.Run(string(test.as)+": "+test.name, func(t *testing.T) {
			t.Parallel()
			f := flights{as: test.as, hello: test.hello, sent: test.sent, received: test.received, chosen: test.chosen}
			for _, alert := range test.alerts {
				got := f.refusedByClosing()
				if alert != close {
					got = f.refused(uint8(alert))
				}
				if got != test.want {
					t.Errorf("alert %d: refused %q, want %q", alert, got, test.want)
				}
			}
		})
	}
}

// TestEndedBy: an alert of the peer's and the end of its stream are the device's doing, an error of the engine and a
// context are the mock's.
func TestEndedBy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want observation.Side
	}{
		{nil, ""},
		{&AlertError{40, errors.New("remote error")}, observation.DeviceSide},
		{io.EOF, observation.DeviceSide},
		{io.ErrUnexpectedEOF, observation.DeviceSide},
		{errors.New("tls: no cipher suite supported by both client and server"), observation.MockSide},
		{&net.OpError{Op: "local error", Err: errors.New("tls: bad record MAC")}, observation.MockSide},
		{context.DeadlineExceeded, observation.MockSide},
		{net.ErrClosed, observation.MockSide},
		{&net.OpError{Op: "read", Err: errors.New("no route to host")}, ""},
	} {
		if got := endedBy(test.err); got != test.want {
			t.Errorf("%v: ended by %q, want %q", test.err, got, test.want)
		}
	}
}
