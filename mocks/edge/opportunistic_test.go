package edge

import (
	"crypto/tls"
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestOpportunistic offers opportunistic SRTP both ways: with keys in offer and answer the media is secure (RFC 8643).
func TestOpportunistic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer AnswerFault
		crypto func(own string) []string
		class  observation.MediaClass
	}{
		"taken":      {Opportunistic, func(own string) []string { return []string{own} }, observation.AuthenticRTP},
		"ignored":    {Faultless, func(own string) []string { return []string{own} }, observation.ClearRTP},
		"not usable": {Opportunistic, func(string) []string { return []string{"1 NO_SUCH_SUITE inline:" + key} }, observation.ClearRTP},
		"no keys":    {Opportunistic, func(string) []string { return nil }, observation.ClearRTP},
	} {
		t.Run("offered by the device, "+name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(config *Config) { config.Answer = c.answer })
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			endpoint, log := phone(t)
			own := keyed(t, 1, suite, 'a')
			ok := calls(d, s, offered(endpoint, "RTP/AVP", c.crypto(own.String())...))
			d.Send(d.Within(ok, "ACK", 1))
			answer := stream(t, ok, 0)
			session := media.Session{Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), answer.Port)}
			if keys := answer.Values("crypto"); len(keys) > 0 {
				theirs, err := sdes.Parse(keys[0])
				if err != nil {
					t.Fatal(err)
				}
				session.Send, session.Receive = media.KeyingOf(own), media.KeyingOf(theirs)
			}
			if err := endpoint.Start(session); err != nil || answer.Proto != "RTP/AVP" {
				t.Fatalf("%v, %s", err, answer.Proto)
			}
			heard(t, s, 0, log, c.class)
		})
	}
	for name, taken := range map[string]bool{"taken": true, "ignored": false} {
		t.Run("offered by the edge, "+name, func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			endpoint, log := phone(t)
			o := outbound
			o.MediaProfile, o.Crypto = "RTP/AVP", []string{"1 " + suite + " inline:{key}"}
			done := ring(t.Context(), s, o)
			invite := d.Expect(0, "INVITE")
			own := answerer(t, invite, 'a')
			class, session := observation.ClearRTP, media.Session{Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, invite, 0).Port)}
			var crypto []string
			if taken {
				theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
				if err != nil {
					t.Fatal(err)
				}
				class, crypto = observation.AuthenticRTP, []string{own.String()}
				session.Send, session.Receive = media.KeyingOf(own), media.KeyingOf(theirs)
			}
			d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/AVP", crypto...)))
			d.Expect(0, "ACK")
			if r := <-done; r.err != nil {
				t.Fatal(r.err)
			}
			if err := endpoint.Start(session); err != nil {
				t.Fatal(err)
			}
			heard(t, s, 0, log, class)
		})
	}
}
