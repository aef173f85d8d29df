package edge

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// phone returns the device's end of the media.
func phone(t *testing.T) (*media.Endpoint, *observation.Log) {
	t.Helper()
	return phoneAt(t, testkit.Loopback.Addr())
}

func phoneAt(t *testing.T, address netip.Addr) (*media.Endpoint, *observation.Log) {
	t.Helper()
	log := observation.NewLog()
	endpoint, err := media.Listen(media.Config{Address: address, Log: log, Interval: 2e6})
	testkit.Started(t, endpoint, err)
	return endpoint, log
}

// offered returns a session description with the phone's port.
func offered(endpoint *media.Endpoint, proto string, crypto ...string) string {
	return strings.Replace(testkit.AudioOnly(proto, crypto...), "audio 40000", fmt.Sprintf("audio %d", endpoint.Port()), 1)
}

// keyed returns an attribute whose key consists of one character.
func keyed(t testing.TB, tag int, suite string, fill byte) sdes.Attribute {
	t.Helper()
	s, _ := sdes.LookupSuite(suite)
	return sdes.Attribute{Tag: tag, Suite: suite, Keys: []sdes.Key{{Material: []byte(strings.Repeat(string(rune(fill)), s.KeySalt()))}}}
}

// heard waits until both ends have received packets of that class.
func heard(t *testing.T, s *Server, from int, log *observation.Log, class observation.MediaClass) {
	t.Helper()
	match := func(e observation.Event) bool { return e.Dir != observation.Out && e.Media.Class == class }
	testkit.AwaitFrom(t, s.Log, from, observation.Media, match)
	testkit.Await(t, log, observation.Media, match)
}

// TestConversation has the device call, speak under the keys of the answer, change them in a re-INVITE, hold, and hang
// up.
func TestConversation(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t, "secure_media=on")
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			endpoint, log := phone(t)
			own := keyed(t, 7, suite, 'a')
			ok := calls(d, s, offered(endpoint, "RTP/SAVP", own.String()))
			d.Send(d.Within(ok, "ACK", 1))
			answer, err := sdes.Parse(stream(t, ok, 0).Values("crypto")[0])
			if err != nil {
				t.Fatal(err)
			}
			remote := netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, ok, 0).Port)
			session := media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(answer)}
			if err := endpoint.Start(session); err != nil {
				t.Fatal(err)
			}
			heard(t, s, 0, log, observation.AuthenticRTP)

			again := keyed(t, 8, suite, 'b')
			settled := endpoint.Expect() // the mock's packets can overtake its answer
			d.Send(d.Within(ok, "INVITE", 2, offered(endpoint, "RTP/SAVP", again.String())))
			renewed := d.Final("INVITE")
			d.Send(d.Within(ok, "ACK", 2))
			if renewed.Status != 200 || renewed.ToTag() != ok.ToTag() {
				t.Fatalf("got %s", renewed.Raw)
			}
			fresh, err := sdes.Parse(stream(t, renewed, 0).Values("crypto")[0])
			if err != nil || fresh.Tag != 8 || fresh.Keys[0].Equal(answer.Keys[0]) {
				t.Fatalf("got %v, %v", fresh, err)
			}
			session.Send, session.Receive = media.KeyingOf(again), media.KeyingOf(fresh)
			if err := endpoint.Update(session); err != nil {
				t.Fatal(err)
			}
			settled() // from here on, a packet under another key counts
			heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)

			d.Send(d.Within(ok, "INVITE", 3, offered(endpoint, "RTP/SAVP", again.String())+"a=sendonly\r\n"))
			held := d.Final("INVITE")
			d.Send(d.Within(ok, "ACK", 3))
			if !strings.Contains(string(held.Body), "\r\na=recvonly\r\n") {
				t.Errorf("on hold: %s", held.Body)
			}
			d.Send(d.Within(ok, "INVITE", 4, offered(endpoint, "RTP/AVP")))
			if got := d.Final("INVITE"); got.Status != 488 {
				t.Errorf("an offer in clear got %d", got.Status)
			}
			d.Send(d.Within(ok, "BYE", 5))
			if got := d.Final("BYE"); got.Status != 200 {
				t.Errorf("BYE got %d", got.Status)
			}
			for _, e := range append(s.Log.Events(), log.Events()...) {
				if e.Kind == observation.Media && e.Media.Class != observation.AuthenticRTP && e.Media.Class != observation.AuthenticRTCP {
					t.Errorf("media %+v", e.Media)
				}
				if e.Kind == observation.Unexpected {
					t.Errorf("unexpected: %s", e.Text)
				}
			}
		})
	}
}

// TestDialogs sends requests within calls, and requests that only seem to be.
func TestDialogs(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t)
			d := connect(t, s, protocol, tls.VersionTLS12)
			one := calls(d, s, testkit.RTP(), "Record-Route: <sip:127.0.0.1:5062;lr>")
			d.Send(d.Within(one, "ACK", 1))
			two := calls(d, s, testkit.RTP())
			d.Send(d.Within(two, "ACK", 1))
			if one.Get("Record-Route") != "<sip:127.0.0.1:5062;lr>" || one.ToTag() == two.ToTag() {
				t.Errorf("got %s", one.Raw)
			}
			expect := func(request, method string, status int) *sipwire.Message {
				t.Helper()
				d.Send(request)
				got := d.Final(method)
				if got.Status != status {
					t.Errorf("%s got %d %s, want %d", method, got.Status, got.Reason, status)
				}
				return got
			}
			stray := func(method string, more ...string) string {
				return d.Within(one, method, 9, append([]string{"To: <sip:x@y>;tag=made-up"}, more...)...)
			}
			for _, method := range []string{"BYE", "INVITE", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY", "UNHEARD"} {
				expect(stray(method), method, 481)
			}
			expect(d.Within(one, "BYE", 9, "From: <sip:alice@x>;tag=another"), "BYE", 481)
			expect(d.Compose("BYE", "sip:"+s.Domain()), "BYE", 481)
			expect(d.Compose("CANCEL", "sip:"+s.Domain()), "CANCEL", 481)
			expect(d.Compose("NOTIFY", "sip:"+s.Domain()), "NOTIFY", 481)

			for i, method := range []string{"INFO", "UPDATE", "MESSAGE", "UNHEARD"} {
				got := expect(d.Within(one, method, 10+i), method, 405)
				if allow := got.Values("Allow"); !slices.Contains(allow, "BYE") || slices.Contains(allow, method) {
					t.Errorf("%s: Allow is %q", method, allow)
				}
			}
			expect(d.Within(one, "REFER", 20), "REFER", 603)
			expect(d.Within(one, "NOTIFY", 20), "NOTIFY", 481)
			expect(d.Within(one, "OPTIONS", 21), "OPTIONS", 200)
			expect(d.Within(one, "OPTIONS", 3), "OPTIONS", 500) // an old number
			expect(d.Within(one, "INVITE", 22, "Require: 100rel, timer", testkit.RTP()), "INVITE", 420)
			d.Send(d.Within(one, "ACK", 22))
			outside := expect(d.Compose("OPTIONS", "sip:"+s.Domain(), "Require: timer"), "OPTIONS", 200)
			if !slices.Contains(outside.Values("Allow"), "REGISTER") || outside.Get("Accept") != "application/sdp" {
				t.Errorf("got %s", outside.Raw)
			}
			bad := expect(d.Compose("OPTIONS", "sip:"+s.Domain(), "Require: x-a, timer, x-b"), "OPTIONS", 420)
			if bad.Get("Unsupported") != "x-a, x-b" {
				t.Errorf("Unsupported is %q", bad.Get("Unsupported"))
			}
			for _, method := range []string{"SUBSCRIBE", "PUBLISH", "REFER", "UNHEARD"} {
				expect(d.Compose(method, "sip:"+s.Domain()), method, 405)
			}

			// The same INVITE by another path is a loop.
			expect(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), "From: "+one.Get("From"), "Call-ID: "+one.CallID(),
				"CSeq: 22 INVITE", testkit.RTP()), "INVITE", 482)

			expect(d.Within(two, "BYE", 2), "BYE", 200)
			expect(d.Within(two, "BYE", 3), "BYE", 481)
			expect(d.Within(one, "BYE", 23), "BYE", 200)
			if codes(s) != "" {
				t.Errorf("the console has %s", codes(s))
			}
		})
	}
}

// TestNewCertificate checks that a new certificate is shown from the next connection on, and that Disconnect ends the
// open ones.
func TestNewCertificate(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	config := testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS12)
	leaf := func() (*tls.Conn, []byte) {
		conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), config)
		testkit.Started(t, conn, err)
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		return conn, conn.ConnectionState().PeerCertificates[0].Raw
	}
	first, before := leaf()
	if err := s.SetCertificates(func(vendor.Host) (tls.Certificate, error) { return stranger(), nil }); err != nil {
		t.Fatal(err)
	}
	s.Disconnect()
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays")
	}
	config.InsecureSkipVerify = true
	if _, after := leaf(); string(after) == string(before) {
		t.Error("the certificate is the same")
	}
}

// TestAllInOneGo has a device send the requests of a call without waiting for answers. Each finds the call as those before it
// have left it, and the new offer is answered, or over with the call.
func TestAllInOneGo(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t, "secure_media=off")
			d := connect(t, s, protocol, tls.VersionTLS12)
			for range 20 {
				ok := calls(d, s, testkit.RTP())
				var requests []string
				for i, method := range []string{"ACK", "INFO", "INVITE", "OPTIONS", "INFO", "BYE", "OPTIONS"} {
					var parts []string
					if method == "INVITE" {
						parts = append(parts, testkit.RTP())
					}
					requests = append(requests, d.Within(ok, method, i+1, parts...))
				}
				if protocol == observation.UDP {
					for _, r := range requests {
						d.Send(r)
					}
				} else {
					d.Send(strings.Join(requests, ""))
				}
				got, offer := "", 0
				for range 6 {
					m, err := d.Next()
					for err == nil && m.Status == 100 {
						m, err = d.Next()
					}
					if err != nil {
						t.Fatal(err)
					}
					if _, method := m.CSeq(); method == "INVITE" {
						offer = m.Status
					} else {
						got += fmt.Sprintf("%s %d, ", method, m.Status)
					}
				}
				if want := "INFO 405, OPTIONS 200, INFO 405, BYE 200, OPTIONS 481, "; got != want || offer != 200 && offer != 487 {
					t.Fatalf("got %sand %d to the new offer, want %s", got, offer, want)
				}
			}
		})
	}
}
