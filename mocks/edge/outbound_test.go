package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

var outbound = Outbound{User: "alice", Caller: "+15550100", Secure: true}

type outcome struct {
	call *Call
	err  error
}

// ring has the edge call in the background.
func ring(ctx context.Context, s *Server, o Outbound) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		call, err := s.Call(ctx, o)
		done <- outcome{call, err}
	}()
	return done
}

// registered returns an edge with secure media, and a device that has registered there.
func registered(t *testing.T, settings ...string) (*Server, *testkit.Device) {
	t.Helper()
	s := withoutDigest(t, append([]string{"secure_media=on"}, settings...)...)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	register(d, s)
	return s, d
}

// answerer answers an offer under its tag and suite, with a key of its own.
func answerer(t *testing.T, invite *sipwire.Message, fill byte) sdes.Attribute {
	t.Helper()
	offer, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	return keyed(t, offer.Tag, offer.Suite, fill)
}

// TestOffer checks where an INVITE goes and whom it is from, and what the caller adds to it. Its Contact leads to a
// socket that logs what comes and answers nothing.
func TestOffer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	o := outbound
	o.Headers = []sipwire.Header{{Name: "X-Order", Value: "42"}, {Name: "X-Empty"}}
	done := ring(t.Context(), s, o)
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 486))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 486 {
		t.Errorf("got %+v, %v", r.call, r.err)
	}

	if want := "sip:alice@" + d.Conn.LocalAddr().String() + ";transport=tls"; invite.RequestURI != want {
		t.Errorf("Request-URI %s, want %s", invite.RequestURI, want)
	}
	for name, want := range map[string][]string{
		"Record-Route":    {"<sip:" + s.Addresses()[observation.TLS].String() + ";transport=tls;lr;r2=on>", "<sip:127.0.0.1;lr;r2=on>"},
		"Session-Expires": nil,
		"Max-Forwards":    {"70"},
		"X-Order":         {"42"},
		"X-Empty":         {""},
		"CSeq":            {"1 INVITE"},
		"To":              {"<sip:alice@example.sip.twilio.com>"},
	} {
		if got := invite.Values(name); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	from, err := invite.From()
	if err != nil || from.URI.User != "+15550100" || from.URI.Host != s.Domain() || from.Tag() == "" || len(invite.Defects()) > 0 {
		t.Errorf("From is %v, %v; defects %v", from, err, invite.Defects())
	}
	contact, err := invite.Contact()
	if err != nil || contact.URI.HostPort() == s.Addresses()[observation.UDP].String() {
		t.Fatalf("Contact is %v, %v", contact, err)
	}
	trap, err := net.Dial("udp", contact.URI.HostPort())
	if err != nil {
		t.Fatal(err)
	}
	defer trap.Close()
	trap.Write([]byte(d.Compose("BYE", contact.URI.String())))
	opened := testkit.Await(t, s.Log, observation.TransportOpen, func(e observation.Event) bool {
		return e.Transport.Listener == observation.PrivateContact
	})
	testkit.Await(t, s.Log, observation.SIP, func(e observation.Event) bool { return e.Conn == opened.Conn })
}

// TestCalled has the device take a call, speak, and take a new offer with new keys; then the vendor hangs up.
func TestCalled(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 180))
	own := answerer(t, invite, 'a')
	ok := d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String()))
	d.Send(ok)
	ack := d.Expect(0, "ACK")
	r := <-done
	if r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	if ack.ToTag() != "device" || ack.Get("CSeq") != "1 ACK" || ack.Get("From") != invite.Get("From") ||
		!strings.HasPrefix(ack.RequestURI, "sip:alice@"+d.Conn.LocalAddr().String()) {
		t.Errorf("ACK %s", ack.Raw)
	}
	d.Send(ok) // the ACK was lost, it seems
	if again := d.Expect(0, "ACK"); string(again.Raw) != string(ack.Raw) {
		t.Errorf("acknowledged again with %s", again.Raw)
	}
	theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	remote := netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, invite, 0).Port)
	session := media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(theirs)}
	if err := endpoint.Start(session); err != nil {
		t.Fatal(err)
	}
	heard(t, s, 0, log, observation.AuthenticRTP)

	renewal := make(chan error, 1)
	go func() { renewal <- r.call.Reoffer(t.Context(), Outbound{}) }()
	second := d.Expect(0, "INVITE")
	// Meanwhile an offer of the device's own must wait, RFC 3261 §14.2.
	d.Send(d.Compose("INVITE", invite.RequestURI, "To: "+invite.Get("From"), "From: <sip:alice@x>;tag=device",
		"Call-ID: "+invite.CallID(), "CSeq: 1 INVITE", testkit.SRTP(tag80)))
	if got := d.Final("INVITE"); got.Status != 491 {
		t.Errorf("an offer at the same time got %d", got.Status)
	}
	if contact, err := second.Contact(); err != nil || contact.URI.User != "+15550100" ||
		second.Get("X-Twilio-CallSid") != invite.Get("X-Twilio-CallSid") || second.ToTag() != "device" ||
		second.Get("CSeq") != "2 INVITE" || !strings.Contains(string(second.Body), "o=root 1 2 ") {
		t.Errorf("the new offer is %s", second.Raw)
	}
	fresh, err := sdes.Parse(stream(t, second, 0).Values("crypto")[0])
	if err != nil || fresh.Keys[0].Equal(theirs.Keys[0]) {
		t.Errorf("the new key is %v, %v", fresh, err)
	}
	again := answerer(t, second, 'b')
	d.Send(d.Reply(second, 200, offered(endpoint, "RTP/SAVP", again.String())))
	d.Expect(0, "ACK")
	if err := <-renewal; err != nil || r.call.Status != 200 {
		t.Errorf("got %d, %v", r.call.Status, err)
	}
	session.Send, session.Receive = media.KeyingOf(again), media.KeyingOf(fresh)
	if err := endpoint.Update(session); err != nil {
		t.Fatal(err)
	}
	heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)

	go func() { renewal <- r.call.Reoffer(t.Context(), Outbound{}) }()
	d.Send(d.Reply(d.Expect(0, "INVITE"), 488))
	d.Expect(0, "ACK")
	if err := <-renewal; err != nil || r.call.Status != 488 {
		t.Errorf("a refused offer: %d, %v", r.call.Status, err)
	}

	go func() { renewal <- r.call.HangUp(t.Context()) }()
	bye := d.Expect(0, "BYE")
	d.Send(d.Reply(bye, 200))
	if err := <-renewal; err != nil || bye.Get("CSeq") != "4 BYE" {
		t.Errorf("%v: %s", err, bye.Raw)
	}
	if err := r.call.HangUp(t.Context()); err != nil {
		t.Errorf("hanging up twice: %v", err)
	}
	if codes(s) != "" {
		t.Errorf("the console has %s", codes(s))
	}
}

// TestRouteSet checks that a device behind a proxy of its own is reached through it, RFC 3261 §12.1.2, and that a later
// answer does not change that.
func TestRouteSet(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	through := func(reply string, routes ...string) string {
		for _, route := range routes {
			reply = strings.Replace(reply, "\r\nCSeq:", "\r\nRecord-Route: "+route+"\r\nCSeq:", 1)
		}
		return reply
	}
	ok := d.Reply(invite, 200, testkit.SRTP(answerer(t, invite, 'a').String()))
	routes := append([]string{"<sip:near-device.test;lr>", "<sip:near-vendor.test;lr>"}, invite.Values("Record-Route")...)
	d.Send(through(ok, routes...))
	ack := d.Expect(0, "ACK")
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	renewed := make(chan error, 1)
	go func() { renewed <- r.call.Reoffer(t.Context(), Outbound{}) }()
	second := d.Expect(0, "INVITE")
	d.Send(through(d.Reply(second, 200, testkit.SRTP(answerer(t, second, 'b').String())), "<sip:other.test;lr>"))
	again := d.Expect(0, "ACK")
	if err := <-renewed; err != nil {
		t.Fatal(err)
	}
	go func() { renewed <- r.call.HangUp(t.Context()) }()
	bye := d.Expect(0, "BYE")
	d.Send(d.Reply(bye, 200))
	<-renewed
	if got := invite.Values("Route"); len(got) > 0 {
		t.Errorf("the INVITE has Route %q", got)
	}
	want := []string{"<sip:near-vendor.test;lr>", "<sip:near-device.test;lr>"}
	for _, m := range []*sipwire.Message{ack, second, again, bye} {
		if got := m.Values("Route"); !slices.Equal(got, want) {
			t.Errorf("%s has Route %q, want %q", m.Method, got, want)
		}
	}
}

// TestDeviceHangsUp has the device end the vendor's call.
func TestDeviceHangsUp(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 200, testkit.SRTP(answerer(t, invite, 'a').String())))
	d.Expect(0, "ACK")
	r := <-done
	d.Send(d.Compose("BYE", "sip:"+s.Domain(), "To: "+invite.Get("From"), "From: <sip:alice@x>;tag=device", "Call-ID: "+invite.CallID()))
	if got := d.Final("BYE"); got.Status != 200 {
		t.Errorf("got %d", got.Status)
	}
	if err := r.call.HangUp(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.call.Reoffer(t.Context(), Outbound{}); !errors.Is(err, ErrEnded) {
		t.Errorf("a new offer within a call that has ended: %v", err)
	}
}

// TestCancelled checks that a call that rings when time is up is cancelled, and that the edge hangs up if the device
// takes it all the same.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		s, d := registered(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := ring(ctx, s, outbound)
		invite := d.Expect(0, "INVITE")
		d.Send(d.Reply(invite, 180))
		testkit.Await(t, s.Log, observation.SIP, func(e observation.Event) bool {
			return e.Dir == observation.In && strings.HasPrefix(string(e.Bytes), "SIP/2.0 180")
		})
		// The 180 is in the log; the OPTIONS that comes back was read behind it.
		d.Send(d.Compose("OPTIONS", "sip:"+s.Domain()))
		d.Final("OPTIONS")
		cancel()
		d.Send(d.Reply(d.Expect(0, "CANCEL"), 200))
		if taken {
			d.Send(d.Reply(invite, 200, testkit.SRTP(answerer(t, invite, 'a').String())))
			d.Expect(0, "ACK")
			d.Send(d.Reply(d.Expect(0, "BYE"), 200))
		} else {
			d.Send(d.Reply(invite, 487))
			d.Expect(0, "ACK")
		}
		if r := <-done; r.call != nil || !errors.Is(r.err, context.Canceled) {
			t.Errorf("taken %v: got %+v, %v", taken, r.call, r.err)
		}
		if codes(s) != "" {
			t.Errorf("the console has %s", codes(s))
		}
	}
}

// TestOfferTemplates checks that the offer has the keys that the call's templates describe.
func TestOfferTemplates(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	for _, c := range []struct {
		o    Outbound
		want func(values []string) bool
	}{
		{Outbound{Crypto: []string{"1 " + suite + " inline:{key}|2^20|1:4"}}, func(v []string) bool {
			a, err := sdes.Parse(v[0])
			return len(v) == 1 && err == nil && a.HasMKI() && a.Keys[0].Lifetime == 1<<20
		}},
		{Outbound{Crypto: []string{"7 " + suite + " inline:{bytes:16}", "8 AES_256_CM_HMAC_SHA1_80 inline:{key}"}}, func(v []string) bool {
			_, short := sdes.Parse(v[0])
			a, err := sdes.Parse(v[1])
			return len(v) == 2 && short != nil && err == nil && len(a.Keys[0].Material) == 46
		}},
		{Outbound{MediaProfile: "RTP/AVP"}, func(v []string) bool { return len(v) == 0 }},
		{Outbound{MediaProfile: "RTP/SAVP", Crypto: []string{}}, func(v []string) bool { return len(v) == 0 }},
	} {
		c.o.User, c.o.Caller, c.o.Secure = outbound.User, outbound.Caller, true
		done := ring(t.Context(), s, c.o)
		invite := d.Expect(0, "INVITE")
		d.Send(d.Reply(invite, 488))
		d.Expect(0, "ACK")
		if r := <-done; r.err != nil || r.call.Status != 488 {
			t.Errorf("got %+v, %v", r.call, r.err)
		}
		if v := stream(t, invite, 0).Values("crypto"); !c.want(v) {
			t.Errorf("%+v became %q", c.o, v)
		}
	}
}
