package edge

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// sent counts the media that the edge has sent, from event number from on.
func sent(s *Server, from int) (n int) {
	for _, e := range s.Log.Events()[from:] {
		if e.Kind == observation.Media && e.Dir == observation.Out {
			n++
		}
	}
	return n
}

// flows waits until the edge has sent RTP.
func flows(t *testing.T, s *Server, from int) {
	t.Helper()
	testkit.AwaitFrom(t, s.Log, from, observation.Media, func(e observation.Event) bool { return e.Dir == observation.Out })
}

// TestHold has the device hold the call in each way that there is, and resume it: until then the edge sends neither RTP
// nor RTCP.
func TestHold(t *testing.T) {
	t.Parallel()
	held := func(old, new string) func(string) string {
		return func(offer string) string { return strings.Replace(offer, old, new, 1) }
	}
	for name, hold := range map[string]func(string) string{
		"address 0.0.0.0":          held("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"),
		"address of the stream":    func(offer string) string { return offer + "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 127.0.0.1\r\n" },
		"address ::":               held("c=IN IP4 127.0.0.1", "c=IN IP6 ::"),
		"a name that leads no way": held("c=IN IP4 127.0.0.1", "c=IN IP4 host.invalid"),
		"sendonly":                 func(offer string) string { return offer + "a=sendonly\r\n" },
		"inactive":                 func(offer string) string { return offer + "a=inactive\r\n" },
		"sendonly, all streams":    held("t=0 0\r\n", "t=0 0\r\na=sendonly\r\n"),
		"inactive, all streams":    held("t=0 0\r\n", "t=0 0\r\na=inactive\r\n"),
		"port 0":                   held("m=audio 40000", "m=audio 0"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(c *Config) { c.Wire, c.MediaInterval = true, 1e6 })
			d := connect(t, s, observation.UDP, 0)
			ok := calls(d, s, testkit.RTP())
			d.Send(d.Within(ok, "ACK", 1))
			flows(t, s, 0)
			d.Send(d.Within(ok, "INVITE", 2, hold(testkit.RTP())))
			answer := d.Final("INVITE")
			if answer.Status != 200 {
				t.Fatalf("got %s", answer.Raw)
			}
			from := len(s.Log.Events())
			d.Send(d.Within(ok, "ACK", 2))
			// As many exchanges as take longer than several packets.
			for i := range 30 {
				d.Send(d.Within(ok, "OPTIONS", 3+i))
				d.Final("OPTIONS")
			}
			if n := sent(s, from); n > 0 {
				t.Errorf("%d datagrams after the 200", n)
			}
			from = len(s.Log.Events())
			d.Send(d.Within(ok, "INVITE", 50, testkit.RTP()))
			d.Final("INVITE")
			d.Send(d.Within(ok, "ACK", 50))
			flows(t, s, from)
			for _, e := range s.Log.Events() {
				if e.Kind == observation.Unexpected || e.Kind == observation.Media && e.Media.Remote.Addr().IsUnspecified() {
					t.Errorf("%s %s %+v", e.Kind, e.Text, e.Media)
				}
			}
		})
	}
}

// TestHeldFromTheBeginning checks a call that begins on hold.
func TestHeldFromTheBeginning(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(c *Config) { c.Wire, c.MediaInterval = true, 1e6 })
	d := connect(t, s, observation.UDP, 0)
	ok := calls(d, s, strings.Replace(testkit.RTP(), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1))
	d.Send(d.Within(ok, "ACK", 1))
	for i := range 10 {
		d.Send(d.Within(ok, "OPTIONS", 3+i))
		d.Final("OPTIONS")
	}
	if n := sent(s, 0); ok.Status != 200 || n > 0 {
		t.Errorf("%d datagrams, %s", n, ok.Raw)
	}
}

// TestRTCPAddress checks where RTCP goes: where a=rtcp says, to RTP's own port if both sides want that, and else to the
// next port.
func TestRTCPAddress(t *testing.T) {
	t.Parallel()
	socket := func() (*net.UDPConn, uint16) {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(testkit.Loopback))
		testkit.Started(t, c, err)
		return c, c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	}
	_, elsewhere := socket()
	for name, c := range map[string]struct {
		lines string
		mux   bool // whether the edge offers it
		want  func(rtp netip.AddrPort) string
	}{
		"nothing said":                {"", false, func(rtp netip.AddrPort) string { return fmt.Sprintf("127.0.0.1:%d", rtp.Port()+1) }},
		"a port":                      {fmt.Sprintf("a=rtcp:%d\r\n", elsewhere), false, func(netip.AddrPort) string { return fmt.Sprintf("127.0.0.1:%d", elsewhere) }},
		"an address":                  {fmt.Sprintf("a=rtcp:%d IN IP4 127.0.0.9\r\n", elsewhere), false, func(netip.AddrPort) string { return fmt.Sprintf("127.0.0.9:%d", elsewhere) }},
		"mux that is refused":         {fmt.Sprintf("a=rtcp-mux\r\na=rtcp:%d\r\n", elsewhere), false, func(netip.AddrPort) string { return fmt.Sprintf("127.0.0.1:%d", elsewhere) }},
		"mux":                         {"a=rtcp-mux\r\n", true, func(rtp netip.AddrPort) string { return rtp.String() }},
		"mux that the device refuses": {fmt.Sprintf("a=rtcp:%d\r\n", elsewhere), true, func(netip.AddrPort) string { return fmt.Sprintf("127.0.0.1:%d", elsewhere) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, func(c *Config) { c.Wire, c.MediaInterval = true, 2e6 })
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			if c.mux {
				register(d, s)
				o := outbound
				o.RTCPMux, o.Secure = true, false
				done := ring(t.Context(), s, o)
				invite := d.Expect(0, "INVITE")
				if _, offers := stream(t, invite, 0).Value("rtcp-mux"); !offers {
					t.Errorf("the offer is %s", invite.Body)
				}
				d.Send(d.Reply(invite, 200, testkit.RTP()+c.lines))
				d.Expect(0, "ACK")
				<-done
			} else {
				ok := calls(d, s, testkit.RTP()+c.lines)
				d.Send(d.Within(ok, "ACK", 1))
				if strings.Contains(string(ok.Body), "mux") {
					t.Errorf("the answer is %s", ok.Body)
				}
			}
			report := testkit.Await(t, s.Log, observation.Media, func(e observation.Event) bool {
				return e.Dir == observation.Out && e.Media.Class == observation.ClearRTCP
			})
			if want := c.want(netip.MustParseAddrPort("127.0.0.1:40000")); report.Media.Remote.String() != want {
				t.Errorf("RTCP goes to %s, want %s", report.Media.Remote, want)
			}
		})
	}
}

// TestSIPS checks the Contact in the answer to a device that asks for sips, and what the vendor sends to one that has
// registered as sips.
func TestSIPS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile, uri string
		parts        []string
		scheme       string
	}{
		{"genesys-byoc-cloud", "sips", nil, "sips"},
		{"genesys-byoc-cloud", "sip", nil, "sip"},
		{"genesys-byoc-cloud", "sip", []string{"Contact: <sips:alice@127.0.0.1:5062>"}, "sips"},
		{"genesys-byoc-cloud", "sip", []string{"Contact: <sips:alice@127.0.0.1:5062>", "Record-Route: <sip:127.0.0.1:5062;lr>"}, "sip"},
		{"genesys-byoc-cloud", "SIPS", []string{"Record-Route: <sips:127.0.0.1:5062;lr>"}, "sips"},
		{"twilio-voice", "sips", nil, "sip"}, // TW-URI-04
	} {
		settings := map[string]string{"digest": "off", "secure_media": "on"}
		if c.profile != "twilio-voice" {
			settings = nil
		}
		s := serve(t, c.profile, settings)
		d := connect(t, s, observation.TLS, tls.VersionTLS12)
		user := "+15550199"
		if s.product.Trunk != nil {
			user += ";tgrp=example;trunk-context=" + s.product.Trunk.Context
		}
		d.Send(d.Compose("INVITE", c.uri+":"+user+"@"+s.Domain(), append([]string{testkit.SRTP(tag80)}, c.parts...)...))
		ok := d.Final("INVITE")
		contact, err := ok.Contact()
		if ok.Status != 200 || err != nil || contact.URI.Scheme != c.scheme || contact.URI.HostPort() != s.Addresses()[observation.TLS].String() {
			t.Errorf("%s, %s %q: got %s", c.profile, c.uri, c.parts, ok.Raw)
			continue
		}
		d.Send(d.Within(ok, "ACK", 1))
		d.Send(d.Within(ok, "BYE", 2))
		if got := d.Final("BYE"); got.Status != 200 {
			t.Errorf("BYE got %d", got.Status)
		}
	}
}

// TestCallsSIPS calls a device that has registered a sips Contact: nothing in the INVITE leads back over less.
func TestCallsSIPS(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t, "secure_media=on")
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	register(d, s, "Contact: <sips:alice@"+d.Conn.LocalAddr().String()+">")
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 486))
	d.Expect(0, "ACK")
	<-done
	if !strings.HasPrefix(invite.RequestURI, "sips:") || len(invite.Values("Record-Route")) != 2 {
		t.Errorf("got %s", invite.Raw)
	}
	for _, name := range []string{"Contact", "Record-Route"} {
		for _, value := range invite.Values(name) {
			addr, err := sipwire.ParseNameAddr(value)
			if err != nil || addr.URI.Scheme != "sips" || addr.URI.Params.Has("transport") || name == "Record-Route" && !addr.URI.Params.Has("lr") {
				t.Errorf("%s: %s", name, value)
			}
		}
	}
}

// TestMultipartOffer checks that an offer in one part of a body is an offer, that an alternative is, and that the answer
// of a device may come in one.
func TestMultipartOffer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	wrap := func(offer string) string {
		return "--uniqueBoundary\r\nContent-Type: application/sdp\r\n\r\n" + offer + "\r\n--uniqueBoundary\r\n" +
			"Content-Type: application/pidf+xml\r\nContent-ID: <a@example>\r\n\r\n<presence entity=\"pres:a@example\"/>\r\n--uniqueBoundary--\r\n"
	}
	with := func(text, body string) string {
		head, _, _ := strings.Cut(text, "Content-Type: ")
		return fmt.Sprintf("%sc: multipart/mixed;boundary=uniqueBoundary\r\nl: %d\r\n\r\n%s", head, len(body), body)
	}
	d.Send(with(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), testkit.SRTP(tag80)), wrap(testkit.SRTP(tag80))))
	ok := d.Final("INVITE")
	if ok.Status != 200 || stream(t, ok, 0).Proto != "RTP/SAVP" {
		t.Fatalf("got %s", ok.Raw)
	}
	d.Send(d.Within(ok, "ACK", 1))

	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	answer := testkit.SRTP(answerer(t, invite, 'a').String())
	d.Send(with(d.Reply(invite, 200, answer), wrap(answer)))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	for _, e := range s.Log.Events() {
		if e.Kind == observation.Note && strings.HasPrefix(e.Text, "call ended") {
			t.Error(e.Text)
		}
	}
	if _, err := sdp.Of(ok); err != nil {
		t.Error(err)
	}
}
