package edge

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// trunk serves a Cisco UCM, and a device that is connected over TCP, for which it needs no certificate.
func trunk(t *testing.T) (*Server, *testkit.Device) {
	t.Helper()
	s := serve(t, "cisco-ucm", map[string]string{"security_mode": "non-secure"})
	return s, connect(t, s, observation.TCP, 0)
}

// accepts returns the phone's answer to an offer, and starts its media.
func accepts(t *testing.T, endpoint *media.Endpoint, offer *sipwire.Message) string {
	t.Helper()
	m := stream(t, offer, 0)
	theirs, err := sdes.Parse(m.Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	own := keyed(t, theirs.Tag, theirs.Suite, 'a')
	err = endpoint.Start(media.Session{
		Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), m.Port), Send: media.KeyingOf(own), Receive: media.KeyingOf(theirs),
	})
	if err != nil {
		t.Fatal(err)
	}
	return offered(endpoint, m.Proto, own.String())
}

// TestLateOffer has the device call without an offer. A UCM makes one in its 200, and media flows both ways under the
// answer in the ACK.
func TestLateOffer(t *testing.T) {
	t.Parallel()
	s, d := trunk(t)
	endpoint, log := phone(t)
	ok := calls(d, s, "Supported: timer", "User-Agent: Cisco-CUCM12.5")
	if ok.Status != 200 || stream(t, ok, 0).Proto != "RTP/SAVP" || !strings.Contains(string(ok.Body), "o=CiscoSystemsCCM-SIP") {
		t.Fatalf("got %s", ok.Raw)
	}
	d.Send(d.Within(ok, "INVITE", 2, testkit.RTP())) // while the edge's offer has no answer, RFC 3261 §14.2
	if got := d.Final("INVITE"); got.Status != 491 {
		t.Errorf("an offer that crosses the edge's got %d", got.Status)
	}
	d.Send(d.Within(ok, "ACK", 1, accepts(t, endpoint, ok)))
	heard(t, s, 0, log, observation.AuthenticRTP)
	d.Send(d.Within(ok, "BYE", 3))
	if got := d.Final("BYE"); got.Status != 200 {
		t.Errorf("BYE got %d", got.Status)
	}
	for _, e := range s.Log.Events() {
		if e.Kind == observation.Unexpected || e.Kind == observation.Media && e.Media.Class == observation.BadTag {
			t.Errorf("%s: %s %+v", e.Kind, e.Text, e.Media)
		}
	}
}

// TestLateOfferUnanswered has ACKs whose answer the edge cannot work with: it ends the call.
func TestLateOfferUnanswered(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no answer": "", "rejected": testkit.Description("m=audio 0 RTP/SAVP 0\r\n"), "in clear": testkit.RTP(), "no key": testkit.SRTP(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := trunk(t)
			ok := calls(d, s)
			if answer == "" {
				d.Send(d.Within(ok, "ACK", 1))
			} else {
				d.Send(d.Within(ok, "ACK", 1, answer))
			}
			d.Send(d.Reply(d.Expect(0, "BYE"), 200))
			testkit.Await(t, s.Log, observation.Note, func(e observation.Event) bool { return strings.HasPrefix(e.Text, "call ended") })
		})
	}
}

// TestLateOfferAbandoned has the device go, and hang up, before it has answered.
func TestLateOfferAbandoned(t *testing.T) {
	t.Parallel()
	s, d := trunk(t)
	ok := calls(d, s)
	d.Send(d.Within(ok, "BYE", 2))
	d.Final("BYE")
	calls(d, s)
	d.Conn.Close()
	testkit.Await(t, s.Log, observation.TransportClose, nil)
	_, d = trunk(t)
	calls(d, s) // closing the mock ends the wait for the ACK
}

// TestWithoutOffer checks the vendors that make no offer, and bodies that are none.
func TestWithoutOffer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile, settings string
		parts             []string
		status            int
	}{
		{"twilio-voice", "digest=off", nil, 400},
		{"genesys-byoc-cloud", "secure_trunk=off", nil, 488},
		{"genesys-byoc-premises", "secure_trunk=off", []string{"Content-Type: application/sdp"}, 488},
		{"cisco-ucm", "security_mode=non-secure", []string{"Content-Type: application/sdp"}, 200},
	} {
		name, value, _ := strings.Cut(c.settings, "=")
		s := serve(t, c.profile, map[string]string{name: value})
		d := connect(t, s, observation.TCP, 0)
		user := "+15550199"
		if s.product.Trunk != nil {
			user += ";tgrp=example;trunk-context=" + s.product.Trunk.Context
		}
		d.Send(d.Compose("INVITE", "sip:"+user+"@"+s.Domain(), c.parts...))
		if got := d.Final("INVITE"); got.Status != c.status {
			t.Errorf("%s: got %s", c.profile, got.Raw)
		}
	}
	s, d := trunk(t)
	for kind, status := range map[string]int{"text/plain": 415, "application/sdp": 488, "multipart/mixed;boundary=b": 415} {
		text := strings.Replace(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), "Content-Type: "+kind), "Content-Length: 0\r\n\r\n",
			"Content-Length: 5\r\n\r\nhello", 1)
		d.Send(text)
		if got := d.Final("INVITE"); got.Status != status || status == 415 && got.Get("Accept") != "application/sdp" {
			t.Errorf("%s: got %s", kind, got.Raw)
		}
	}
}

// TestReinviteWithoutOffer has the device refresh a call without an offer, at a vendor that takes no call without one.
func TestReinviteWithoutOffer(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t, "secure_media=on")
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	ok := calls(d, s, testkit.SRTP(tag80))
	d.Send(d.Within(ok, "ACK", 1))
	d.Send(d.Within(ok, "INVITE", 2))
	again := d.Final("INVITE")
	if again.Status != 200 || again.ToTag() != ok.ToTag() || !strings.Contains(string(again.Body), " 2 IN IP4 ") {
		t.Fatalf("got %s", again.Raw)
	}
	endpoint, log := phone(t)
	d.Send(d.Within(ok, "ACK", 2, accepts(t, endpoint, again)))
	heard(t, s, 0, log, observation.AuthenticRTP)
}

// TestVendorsLateOffer calls a device without an offer: the device's is in its 200, and the answer in the ACK.
func TestVendorsLateOffer(t *testing.T) {
	t.Parallel()
	o := outbound
	o.LateOffer = true
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		s, d := registered(t)
		endpoint, log := phone(t)
		done := ring(t.Context(), s, o)
		invite := d.Expect(0, "INVITE")
		if len(invite.Body) > 0 || invite.Has("Content-Type") {
			t.Errorf("the INVITE has a body: %s", invite.Raw)
		}
		own := keyed(t, 3, suite, 'a')
		settled := endpoint.Expect()
		d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String())))
		ack := d.Expect(0, "ACK")
		answer, err := sdes.Parse(stream(t, ack, 0).Values("crypto")[0])
		if err != nil || answer.Tag != 3 || answer.Suite != suite {
			t.Fatalf("%v, %v", answer, err)
		}
		err = endpoint.Start(media.Session{
			Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, ack, 0).Port), Send: media.KeyingOf(own), Receive: media.KeyingOf(answer),
		})
		if err != nil {
			t.Fatal(err)
		}
		settled()
		heard(t, s, 0, log, observation.AuthenticRTP)
		if r := <-done; r.err != nil || r.call.Status != 200 {
			t.Errorf("got %+v, %v", r.call, r.err)
		}
	})
	for name, body := range map[string]string{"in clear": testkit.RTP(), "no offer": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			done := ring(t.Context(), s, o)
			invite := d.Expect(0, "INVITE")
			var parts []string
			if body != "" {
				parts = append(parts, body)
			}
			d.Send(d.Reply(invite, 200, parts...))
			ack := d.Expect(0, "ACK")
			if body != "" {
				if session, err := sdp.Of(ack); err != nil || session.Media[0].Port != 0 {
					t.Errorf("the answer is %s", ack.Raw)
				}
			}
			d.Send(d.Reply(d.Expect(0, "BYE"), 200))
			<-done
		})
	}
}
