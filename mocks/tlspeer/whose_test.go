package tlspeer

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestWhoEnded: whichever side the mock plays, an alert or a close is recorded as that of the side that made it.
func TestWhoEnded(t *testing.T) { eachEngine(t, whoEnded) }

func whoEnded(t *testing.T, e engine) {
	const (
		device = observation.DeviceSide
		mock   = observation.MockSide
	)
	refusing := func([]*x509.Certificate) error { return errors.New("not configured") }
	hangUp := func(ctx context.Context, raw net.Conn, _ Rules, _ *Tap) (*Conn, error) {
		raw.Close()
		return nil, net.ErrClosed
	}
	for _, version := range []uint16{TLS12, TLS13} {
		sound := Rules{MinVersion: version, MaxVersion: version, Certificate: ecdsaCertificate()}
		demanding, rejecting, empty, other := sound, sound, sound, sound
		demanding.ClientAuth = ClientAuthRequire
		rejecting.ClientAuth, rejecting.Verify = ClientAuthRequire, refusing
		empty.Certificate.Certificate, empty.Certificate.PrivateKey = nil, nil
		other.MinVersion, other.MaxVersion = TLS10, TLS11
		none := uint8(alertHandshakeFailure) // of a client without a certificate
		if version == TLS13 {
			none = alertCertificateRequired
		}
		for _, test := range []struct {
			name         string
			as           role // the mock's
			mock, device Rules
			peer         endpoint // the device's; nil: an endpoint by rules
			by           observation.Side
			alert        uint8 // 0: none
			refused      observation.HandshakeMessage
		}{
			{"rejects the device's certificate", server, rejecting, sound, nil, mock, alertBadCertificate, ""},
			{"rejects a device without certificate", server, demanding, empty, nil, mock, none, ""},
			{"has no common version", server, sound, other, nil, mock, alertProtocolVersion, ""},
			{"is refused for its certificate", server, sound, rejecting, nil, device, alertBadCertificate, observation.CertificateMessage},
			{"is left", server, sound, sound, hangUp, device, 0, ""},
			{"rejects the device's certificate", client, rejecting, sound, nil, mock, alertBadCertificate, ""},
			{"is refused for its version", client, other, sound, nil, device, alertProtocolVersion, observation.ClientHelloMessage},
			{"is left", client, sound, sound, hangUp, device, 0, ""},
		} {
			t.Run(string(test.as)+" "+test.name+" "+VersionName(version), func(t *testing.T) {
				t.Parallel()
				peer := test.peer
				var got outcome
				if test.as == server {
					if peer == nil {
						peer = clientOf(cryptoTLS{})
					}
					got = serve(t, serverOf(e), test.mock, func(address string) { call(t, peer, test.device, address) })
				} else {
					if peer == nil {
						peer = serverOf(cryptoTLS{})
					}
					serve(t, peer, test.device, func(address string) { got = call(t, clientOf(e), test.mock, address) })
				}
				checkWho(t, got, test.by, test.alert)
				if info := got.handshake(t); info.Refused != test.refused {
					t.Errorf("refused %q, want %q", info.Refused, test.refused)
				}
			})
		}
	}
}

// checkWho checks that only one side sent an alert, and that the handshake says that it ended it.
func checkWho(t *testing.T, got outcome, by observation.Side, alert uint8) {
	t.Helper()
	want := map[observation.Side][]uint8{}
	if alert != 0 {
		want[by] = []uint8{alert}
	}
	in, out := got.alerts(observation.In), got.alerts(observation.Out)
	if !slices.Equal(in, want[observation.DeviceSide]) || !slices.Equal(out, want[observation.MockSide]) {
		t.Errorf("alerts of the device %v, of the mock %v; want %v", in, out, want)
	}
	info := got.handshake(t)
	if info.Complete || info.EndedBy != by {
		t.Errorf("complete %t, ended by %q, want %q: %s", info.Complete, info.EndedBy, by, info.Error)
	}
	if gone := observation.CauseOfClose(got.err); by == observation.DeviceSide && gone.ByMock() {
		t.Errorf("the connection's end is %q", gone)
	}
}

// TestWhoEndedLater: after the handshake, a record that cannot be decrypted makes the mock end the connection.
func TestWhoEndedLater(t *testing.T) { eachEngine(t, whoEndedLater) }

func whoEndedLater(t *testing.T, e engine) {
	for _, version := range []uint16{TLS12, TLS13} {
		rules := serverRules(ecdsaCertificate())
		rules.MaxVersion = version
		var raw net.Conn
		side := func(ctx context.Context, conn net.Conn, rules Rules, tap *Tap) (*Conn, error) {
			raw = conn
			return clientOf(cryptoTLS{})(ctx, conn, rules, tap)
		}
		got := serve(t, serverOf(e), rules, func(address string) {
			var d net.Dialer
			conn, err := d.DialContext(testkit.Context(t), "tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			secured, err := side(testkit.Context(t), conn, Rules{MinVersion: version, MaxVersion: version}, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer secured.Close()
			raw.Write(record(recordApplicationData, make([]byte, 64)))
			io.Copy(io.Discard, secured)
		})
		if got.err != nil || !observation.CauseOfClose(got.read).ByMock() {
			t.Errorf("%s: %v; reading ended with %v", VersionName(version), got.err, got.read)
		}
	}
}
