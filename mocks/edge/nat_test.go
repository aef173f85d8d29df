package edge

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestDeviceBehindNAT: a device names nothing but addresses inside. What the edge sends goes over the connection that the
// device has opened, and media to where the device's own comes from.
func TestDeviceBehindNAT(t *testing.T) {
	t.Parallel()
	nat := netip.MustParseAddr("127.3.5.2")
	const inside = "10.0.0.7"
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off", "secure_media": "on"}, func(c *Config) {
				c.Peers = peers.Peers{Device: []netip.Addr{nat}, Latch: true}
			})
			network := protocol
			if protocol == observation.TLS {
				network = observation.TCP
			}
			conn := from(t, nat.String(), network, s.Addresses()[protocol])
			if protocol == observation.TLS {
				conn = tls.Client(conn, testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS12))
			}
			d := testkit.NewDevice(t, conn, protocol)
			d.Account = "sip:alice@" + s.Domain()
			via := func(branch string) string {
				return fmt.Sprintf("Via: SIP/2.0/%s %s:5060;branch=z9hG4bK%s", strings.ToUpper(protocol), inside, branch)
			}
			contact := fmt.Sprintf("Contact: <sip:alice@%s:5060;transport=%s>", inside, protocol)
			d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), via("register"), contact)) // without rport
			d.Expect(200, "REGISTER")
			if protocol == observation.UDP { // where an answer can be lost
				d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), via("register"), contact))
				d.Expect(200, "REGISTER")
			}

			endpoint, log := phoneAt(t, nat)
			call := outbound
			call.Secure = protocol == observation.TLS
			proto, class := "RTP/AVP", observation.ClearRTP
			if call.Secure {
				proto, class = "RTP/SAVP", observation.AuthenticRTP
			}
			call.MediaProfile = proto
			done := ring(t.Context(), s, call)
			invite := d.Expect(0, "INVITE")
			if !strings.HasPrefix(invite.RequestURI, "sip:alice@"+inside) {
				t.Errorf("the Request-URI is %s", invite.RequestURI)
			}
			session := media.Session{Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, invite, 0).Port)}
			var crypto []string
			if call.Secure {
				own := answerer(t, invite, 'a')
				theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
				if err != nil {
					t.Fatal(err)
				}
				crypto = []string{own.String()}
				session.Send, session.Receive = media.KeyingOf(own), media.KeyingOf(theirs)
			}
			answer := strings.ReplaceAll(offered(endpoint, proto, crypto...), "IP4 127.0.0.1", "IP4 "+inside)
			d.Send(testkit.Reply(invite, 200, contact, answer))
			d.Expect(0, "ACK")
			r := <-done
			if r.err != nil || r.call.Status != 200 {
				t.Fatalf("got %+v, %v", r.call, r.err)
			}
			if err := endpoint.Start(session); err != nil {
				t.Fatal(err)
			}
			heard(t, s, 0, log, class)

			hung := make(chan error, 1)
			go func() { hung <- r.call.HangUp(t.Context()) }()
			bye := d.Expect(0, "BYE")
			d.Send(testkit.Reply(bye, 200))
			if err := <-hung; err != nil {
				t.Error(err)
			}
			for _, e := range s.Log.Events() {
				switch {
				case e.Kind == observation.MediaWithheld, e.Kind == observation.Stranger, e.Kind == observation.Unexpected:
					t.Errorf("the log has %s: %s", e.Kind, e.Text)
				case e.Kind == observation.TransportOpen && e.Transport.Dialed:
					t.Errorf("the edge has opened a connection to %s", e.Transport.Remote)
				case e.Kind == observation.TransportOpen && e.Transport.Remote.String() != d.Conn.LocalAddr().String():
					t.Errorf("the edge has sent to %s", e.Transport.Remote)
				}
			}
		})
	}
}
