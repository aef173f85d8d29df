package judge

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestRefused: what a device refused is the message that the mock names. A close
// without an alert refuses the certificate if the device had seen it and nothing else
// explains the close.
func TestRefused(t *testing.T) {
	t.Parallel()
	const (
		certificate = observation.CertificateMessage
		keys        = observation.ServerKeyExchangeMessage
		answer      = observation.ClientKeyExchangeMessage
	)
	chain := [][]byte{{0x30}}
	alert := func(description uint8, refused observation.HandshakeMessage) *observation.AlertInfo {
		return &observation.AlertInfo{Level: 2, Description: description, Refused: refused}
	}
	closed := func(h observation.HandshakeInfo) Connection {
		return Connection{Handshake: &h, Closed: true, Cause: observation.ClosedByPeer}
	}
	shown := observation.HandshakeInfo{LocalChain: chain, EndedBy: observation.DeviceSide}
	answered, explained, unseen, ours, complete := shown, shown, shown, shown, shown
	answered.Received = []observation.HandshakeMessage{observation.ClientHelloMessage, answer}
	explained.Refused = keys
	unseen.LocalChain = nil
	ours.EndedBy = observation.MockSide
	complete.Complete, complete.EndedBy = true, ""
	complete.Received = answered.Received

	spoke := closed(complete)
	spoke.Spoke = SIP
	turnedAway := closed(shown)
	turnedAway.MockAlert = alert(40, "")
	gaveUp := closed(shown)
	gaveUp.Cause = observation.TimedOut

	for _, test := range []struct {
		name        string
		connection  Connection
		message     string
		certificate bool
	}{
		{"nothing happened", Connection{}, "", false},
		{"alert about the certificate", Connection{Alert: alert(48, certificate)}, "Certificate", true},
		{"alert about a certificate, of a handshake that the mock could not follow", Connection{Alert: alert(45, "")}, "Certificate", true},
		{"alert about the keys", Connection{Alert: alert(47, keys), Handshake: &shown}, "ServerKeyExchange", false},
		{"alert that leaves it open", Connection{Alert: alert(80, ""), Handshake: &shown}, "", false},
		{"alert after it sent SIP", Connection{Alert: alert(48, certificate), Spoke: SIP}, "Certificate", false},
		{"close after the certificate", closed(shown), "", true},
		{"close after the handshake", closed(complete), "", false},
		{"close after SIP", spoke, "", false},
		{"close after it answered", closed(answered), "", false},
		{"close over the keys", closed(explained), "ServerKeyExchange", false},
		{"close before the certificate", closed(unseen), "", false},
		{"close by the mock", closed(ours), "", false},
		{"close after an alert of the mock's", turnedAway, "", false},
		{"the mock gave up", gaveUp, "", false},
	} {
		c := test.connection
		if got := c.refusedMessage(); got != test.message {
			t.Errorf("%s: it refused %q, want %q", test.name, got, test.message)
		}
		if got := c.refusedCertificate(); got != test.certificate {
			t.Errorf("%s: it refused the certificate: %t", test.name, got)
		}
	}
}
