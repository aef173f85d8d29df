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

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

var outbound = Outbound{User: "alice", Caller: "+15550100"}

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

// registered is a device that has registered, at an edge with secure media.
func registered(t *testing.T, settings ...string) (*Server, *device) {
	t.Helper()
	s := withoutDigest(t, append([]string{"secure_media=on"}, settings...)...)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	d.register()
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

// TestOffer: where an INVITE goes and whom it is from, and what the caller adds to
// it. Its Contact leads to a socket that sees what comes and answers nothing.
func TestOffer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	o := outbound
	o.Headers = []sipwire.Header{{Name: "X-Order", Value: "42"}, {Name: "X-Empty"}}
	done := ring(t.Context(), s, o)
	invite := d.request("INVITE")
	d.send(d.reply(invite, 486, ""))
	d.request("ACK")
	if r := <-done; r.err != nil || r.call.Status != 486 {
		t.Errorf("got %+v, %v", r.call, r.err)
	}

	if want := "sip:alice@" + d.conn.LocalAddr().String() + ";transport=tls"; invite.RequestURI != want {
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
	trap.Write([]byte(d.compose("BYE", contact.URI.String())))
	opened := seen(t, s, func(e observation.Event) bool {
		return e.Kind == observation.TransportOpen && e.Transport.Listener == PrivateListener
	})
	seen(t, s, func(e observation.Event) bool { return e.Kind == observation.SIP && e.Conn == opened.Conn })
}

// TestCalled: the device takes a call, speaks and takes a new offer with new keys;
// then the vendor hangs up.
func TestCalled(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.request("INVITE")
	d.send(d.reply(invite, 180, ""))
	own := answerer(t, invite, 'a')
	ok := d.reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String()))
	d.send(ok)
	ack := d.request("ACK")
	r := <-done
	if r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	if ack.ToTag() != "device" || ack.Get("CSeq") != "1 ACK" || ack.Get("From") != invite.Get("From") ||
		!strings.HasPrefix(ack.RequestURI, "sip:alice@"+d.conn.LocalAddr().String()) {
		t.Errorf("ACK %s", ack.Raw)
	}
	d.send(ok) // the ACK was lost, it seems
	if again := d.request("ACK"); string(again.Raw) != string(ack.Raw) {
		t.Errorf("acknowledged again with %s", again.Raw)
	}
	theirs, err := sdes.Parse(stream(t, invite, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), stream(t, invite, 0).Port)
	session := media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(theirs)}
	if err := endpoint.Start(session); err != nil {
		t.Fatal(err)
	}
	heard(t, s, 0, log, observation.AuthenticRTP)

	renewal := make(chan error, 1)
	go func() { renewal <- r.call.Reoffer(t.Context(), Outbound{}) }()
	second := d.request("INVITE")
	// Meanwhile an offer of the device's own must wait, RFC 3261 §14.2.
	d.send(d.compose("INVITE", invite.RequestURI, "To: "+invite.Get("From"), "From: <sip:alice@x>;tag=device",
		"Call-ID: "+invite.CallID(), "CSeq: 1 INVITE", audioOnly("RTP/SAVP", tag80)))
	if got := d.final("INVITE"); got.Status != 491 {
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
	d.send(d.reply(second, 200, offered(endpoint, "RTP/SAVP", again.String())))
	d.request("ACK")
	if err := <-renewal; err != nil || r.call.Status != 200 {
		t.Errorf("got %d, %v", r.call.Status, err)
	}
	session.Send, session.Receive = media.KeyingOf(again), media.KeyingOf(fresh)
	if err := endpoint.Update(session); err != nil {
		t.Fatal(err)
	}
	heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)

	go func() { renewal <- r.call.Reoffer(t.Context(), Outbound{}) }()
	d.send(d.reply(d.request("INVITE"), 488, ""))
	d.request("ACK")
	if err := <-renewal; err != nil || r.call.Status != 488 {
		t.Errorf("a refused offer: %d, %v", r.call.Status, err)
	}

	go func() { renewal <- r.call.HangUp(t.Context()) }()
	bye := d.request("BYE")
	d.send(d.reply(bye, 200, ""))
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

// TestRouteSet: a device behind a proxy of its own is reached through it, RFC
// 3261 §12.1.2, and a later answer does not change that.
func TestRouteSet(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	done := ring(t.Context(), s, outbound)
	invite := d.request("INVITE")
	through := func(reply string, routes ...string) string {
		for _, route := range routes {
			reply = strings.Replace(reply, "\r\nCSeq:", "\r\nRecord-Route: "+route+"\r\nCSeq:", 1)
		}
		return reply
	}
	ok := d.reply(invite, 200, audioOnly("RTP/SAVP", answerer(t, invite, 'a').String()))
	routes := append([]string{"<sip:near-device.test;lr>", "<sip:near-vendor.test;lr>"}, invite.Values("Record-Route")...)
	d.send(through(ok, routes...))
	ack := d.request("ACK")
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	renewed := make(chan error, 1)
	go func() { renewed <- r.call.Reoffer(t.Context(), Outbound{}) }()
	second := d.request("INVITE")
	d.send(through(d.reply(second, 200, audioOnly("RTP/SAVP", answerer(t, second, 'b').String())), "<sip:other.test;lr>"))
	again := d.request("ACK")
	if err := <-renewed; err != nil {
		t.Fatal(err)
	}
	go func() { renewed <- r.call.HangUp(t.Context()) }()
	bye := d.request("BYE")
	d.send(d.reply(bye, 200, ""))
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

// TestDeviceHangsUp: the device ends the vendor's call.
func TestDeviceHangsUp(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	done := ring(t.Context(), s, outbound)
	invite := d.request("INVITE")
	d.send(d.reply(invite, 200, audioOnly("RTP/SAVP", answerer(t, invite, 'a').String())))
	d.request("ACK")
	r := <-done
	d.send(d.compose("BYE", "sip:"+s.Domain(), "To: "+invite.Get("From"), "From: <sip:alice@x>;tag=device", "Call-ID: "+invite.CallID()))
	if got := d.final("BYE"); got.Status != 200 {
		t.Errorf("got %d", got.Status)
	}
	if err := r.call.HangUp(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.call.Reoffer(t.Context(), Outbound{}); !errors.Is(err, ErrEnded) {
		t.Errorf("a new offer within a call that has ended: %v", err)
	}
}

// TestCancelled: a call that rings when time is up is cancelled, and one that the
// device takes all the same is hung up on.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		s, d := registered(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := ring(ctx, s, outbound)
		invite := d.request("INVITE")
		d.send(d.reply(invite, 180, ""))
		seen(t, s, func(e observation.Event) bool {
			return e.Kind == observation.SIP && e.Dir == observation.In && strings.HasPrefix(string(e.Bytes), "SIP/2.0 180")
		})
		// The 180 is in the log; the OPTIONS that comes back was read behind it.
		d.send(d.compose("OPTIONS", "sip:"+s.Domain()))
		d.final("OPTIONS")
		cancel()
		m := d.next()
		if m.Method != "CANCEL" {
			t.Fatalf("got %s", m.Raw)
		}
		d.send(d.reply(m, 200, ""))
		if taken {
			d.send(d.reply(invite, 200, audioOnly("RTP/SAVP", answerer(t, invite, 'a').String())))
			d.request("ACK")
			d.send(d.reply(d.request("BYE"), 200, ""))
		} else {
			d.send(d.reply(invite, 487, ""))
			d.request("ACK")
		}
		if r := <-done; r.call != nil || !errors.Is(r.err, context.Canceled) {
			t.Errorf("taken %v: got %+v, %v", taken, r.call, r.err)
		}
		if codes(s) != "" {
			t.Errorf("the console has %s", codes(s))
		}
	}
}

// TestOfferTemplates: the offer has the keys that the call's templates describe.
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
		c.o.User, c.o.Caller = outbound.User, outbound.Caller
		done := ring(t.Context(), s, c.o)
		invite := d.request("INVITE")
		d.send(d.reply(invite, 488, ""))
		d.request("ACK")
		if r := <-done; r.err != nil || r.call.Status != 488 {
			t.Errorf("got %+v, %v", r.call, r.err)
		}
		if v := stream(t, invite, 0).Values("crypto"); !c.want(v) {
			t.Errorf("%+v became %q", c.o, v)
		}
	}
}
