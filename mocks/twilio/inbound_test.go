package twilio_test

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	sdppkg "github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// open is a mock that asks for no credentials.
func open(t *testing.T, settings ...string) *twilio.Server {
	t.Helper()
	chosen := map[string]string{"digest": "off"}
	for _, pair := range settings {
		name, value, _ := strings.Cut(pair, "=")
		chosen[name] = value
	}
	return start(t, twilio.Voice, chosen)
}

// calls places a call and returns the final response.
func (d *device) calls(s *twilio.Server, more ...string) *sipwire.Message {
	d.t.Helper()
	d.send(d.compose("INVITE", "sip:+15550199@"+s.Domain(), more...))
	return d.final("INVITE")
}

// stream is the m= section of a description that counts.
func stream(t testing.TB, m *sipwire.Message, index int) *sdppkg.Media {
	t.Helper()
	session, err := sdppkg.Parse(m.Body)
	if err != nil || index >= len(session.Media) {
		t.Fatalf("%v in %s", err, m.Raw)
	}
	return &session.Media[index]
}

// TestAnswers is what calls that are taken get for an answer.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const tag80, tag32 = "1 AES_CM_128_HMAC_SHA1_80 inline:" + key, "2 AES_CM_128_HMAC_SHA1_32 inline:" + key
	for name, c := range map[string]struct {
		settings string
		offer    string
		media    []string // of the answer: protocol, or "-" where rejected
		crypto   string   // tag and suite of the answer
		formats  string   // of the stream that is taken
	}{
		"TW-SRTP-09 RTP":                   {"", sdp("RTP/AVP"), []string{"RTP/AVP"}, "", "0"},
		"opportunistic is RTP":             {"", sdp("RTP/AVP", tag80), []string{"RTP/AVP"}, "", "0"},
		"TW-SRTP-10 _80":                   {"secure_media=on", sdp("RTP/SAVP", tag80), []string{"RTP/SAVP"}, "1 AES_CM_128_HMAC_SHA1_80", "0"},
		"TW-SRTP-10 _32":                   {"secure_media=on", sdp("RTP/SAVP", tag32), []string{"RTP/SAVP"}, "2 AES_CM_128_HMAC_SHA1_32", "0"},
		"TW-SRTP-10 the first counts":      {"secure_media=on", sdp("RTP/SAVP", tag32, tag80), []string{"RTP/SAVP"}, "2 AES_CM_128_HMAC_SHA1_32", "0"},
		"TW-SRTP-12 one that is supported": {"secure_media=on", sdp("RTP/SAVP", "1 F8_128_HMAC_SHA1_80 inline:"+key, tag32), []string{"RTP/SAVP"}, "2 AES_CM_128_HMAC_SHA1_32", "0"},
		"TW-SRTP-13 one without MKI":       {"secure_media=on", sdp("RTP/SAVP", tag80+"|2^20|1:4", tag32), []string{"RTP/SAVP"}, "2 AES_CM_128_HMAC_SHA1_32", "0"},
		"TW-SRTP-18 lifetime":              {"secure_media=on", sdp("RTP/SAVP", tag80+"|2^48"), []string{"RTP/SAVP"}, "1 AES_CM_128_HMAC_SHA1_80", "0"},
		"nine-digit tag":                   {"secure_media=on", sdp("RTP/SAVP", "999999999 AES_CM_128_HMAC_SHA1_80 inline:"+key), []string{"RTP/SAVP"}, "999999999 AES_CM_128_HMAC_SHA1_80", "0"},
		"SAVPF":                            {"secure_media=on", sdp("RTP/SAVPF", tag80), []string{"RTP/SAVPF"}, "1 AES_CM_128_HMAC_SHA1_80", "0"},
		"both, secure":                     {"secure_media=on", sdp("RTP/AVP") + audio("RTP/SAVP", tag80), []string{"-", "RTP/SAVP"}, "1 AES_CM_128_HMAC_SHA1_80", "0"},
		"both, in clear":                   {"", sdp("RTP/SAVP", tag80) + audio("RTP/AVP"), []string{"-", "RTP/AVP"}, "", "0"},
		"video beside":                     {"", sdp("RTP/AVP") + "m=video 40002 RTP/AVP 96\r\n", []string{"RTP/AVP", "-"}, "", "0"},
		"the second has a key":             {"secure_media=on", sdp("RTP/SAVP", "1 F8_128_HMAC_SHA1_80 inline:"+key) + audio("RTP/SAVP", tag80), []string{"-", "RTP/SAVP"}, "1 AES_CM_128_HMAC_SHA1_80", "0"},
		"PCMA first":                       {"", strings.Replace(sdp("RTP/AVP"), "AVP 0", "AVP 18 8 0", 1), []string{"RTP/AVP"}, "", "8"},
		"telephone-event":                  {"", strings.Replace(sdp("RTP/AVP"), "AVP 0", "AVP 0 97", 1) + "a=rtpmap:97 telephone-event/8000\r\n", []string{"RTP/AVP"}, "", "0 97"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, strings.Fields(c.settings)...)
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			got := d.calls(s, c.offer)
			if got.Status != 200 || got.Get("Server") != "Twilio" || !strings.Contains(got.Get("Allow"), "CANCEL") || len(got.Defects()) > 0 {
				t.Fatalf("got %s", got.Raw)
			}
			session, err := sdppkg.Parse(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			var protocols []string
			for i := range session.Media {
				m := &session.Media[i]
				if m.Port == 0 {
					protocols = append(protocols, "-")
					continue
				}
				protocols = append(protocols, m.Proto)
				if formats := strings.Join(m.Formats, " "); formats != c.formats {
					t.Errorf("the answer has formats %s, want %s", formats, c.formats)
				}
				var crypto []string
				for _, value := range m.Values("crypto") {
					a, err := sdes.Parse(value)
					if err != nil {
						t.Error(err)
					}
					if strings.Contains(value, key) || a.Keys[0].LifetimeText != "" || a.HasMKI() {
						t.Errorf("the answer has a=crypto:%s", value)
					}
					crypto = append(crypto, fmt.Sprintf("%d %s", a.Tag, a.Suite))
				}
				if strings.Join(crypto, ", ") != c.crypto {
					t.Errorf("the answer has keys %q, want %q", crypto, c.crypto)
				}
			}
			if !slices.Equal(protocols, c.media) {
				t.Errorf("the answer has streams %q, want %q", protocols, c.media)
			}
		})
	}
}

// TestUnacceptable offers what no row is about.
func TestUnacceptable(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := connect(t, s, observation.TCP, 0)
	for _, offer := range []string{
		sdp("UDP/TLS/RTP/SAVPF"),
		strings.Replace(sdp("RTP/AVP"), "audio 40000", "audio 0", 1),
		strings.Replace(sdp("RTP/AVP"), "AVP 0", "AVP 18", 1),
		strings.Replace(sdp("RTP/AVP"), "m=audio 40000 RTP/AVP 0", "m=image 40000 udptl t38", 1),
	} {
		if got := d.calls(s, offer); got.Status != 488 {
			t.Errorf("%q got %d", offer, got.Status)
		}
		if got := d.calls(s, sdp("RTP/AVP"), "Contact:"); got.Status != 400 {
			t.Errorf("without a Contact: %d", got.Status)
		}
	}
}

// phone is the device's end of the media.
func phone(t *testing.T) (*media.Endpoint, *observation.Log) {
	t.Helper()
	log := observation.NewLog()
	endpoint, err := media.Listen(media.Config{Address: netip.AddrFrom4([4]byte{127, 0, 0, 1}), Log: log, Interval: 2e6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endpoint.Close() })
	return endpoint, log
}

// offered is a description with the phone's port.
func offered(endpoint *media.Endpoint, proto string, crypto ...string) string {
	return strings.Replace(sdp(proto, crypto...), "audio 40000", fmt.Sprintf("audio %d", endpoint.Port()), 1)
}

// keyed makes an attribute with a key of its own.
func keyed(t testing.TB, tag int, suite string, fill byte) sdes.Attribute {
	t.Helper()
	s, _ := sdes.LookupSuite(suite)
	return sdes.Attribute{Tag: tag, Suite: suite, Keys: []sdes.Key{{Material: []byte(strings.Repeat(string(rune(fill)), s.KeySalt()))}}}
}

// heard waits until both ends have had packets of that class.
func heard(t *testing.T, s *twilio.Server, from int, log *observation.Log, class observation.MediaClass) {
	t.Helper()
	match := func(e observation.Event) bool {
		return e.Kind == observation.Media && e.Dir != observation.Out && e.Media.Class == class
	}
	if _, err := s.Log.WaitFrom(t.Context(), from, match); err != nil {
		t.Fatal("the mock heard nothing")
	}
	if _, err := log.Wait(t.Context(), match); err != nil {
		t.Fatal("the device heard nothing")
	}
}

// TestConversation calls, speaks under the keys of the answer, changes them in a
// re-INVITE, holds, and hangs up.
func TestConversation(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := open(t, "secure_media=on")
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			endpoint, log := phone(t)
			own := keyed(t, 7, suite, 'a')
			ok := d.calls(s, offered(endpoint, "RTP/SAVP", own.String()))
			d.send(d.within(ok, "ACK", 1))
			answer, err := sdes.Parse(stream(t, ok, 0).Values("crypto")[0])
			if err != nil {
				t.Fatal(err)
			}
			remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), stream(t, ok, 0).Port)
			session := media.Session{Remote: remote, Send: media.KeyingOf(own), Receive: media.KeyingOf(answer)}
			if err := endpoint.Start(session); err != nil {
				t.Fatal(err)
			}
			heard(t, s, 0, log, observation.AuthenticRTP)

			again := keyed(t, 8, suite, 'b')
			d.send(d.within(ok, "INVITE", 2, offered(endpoint, "RTP/SAVP", again.String())))
			renewed := d.final("INVITE")
			d.send(d.within(ok, "ACK", 2))
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
			heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)

			d.send(d.within(ok, "INVITE", 3, offered(endpoint, "RTP/SAVP", again.String())+"a=sendonly\r\n"))
			held := d.final("INVITE")
			d.send(d.within(ok, "ACK", 3))
			if !strings.Contains(string(held.Body), "\r\na=recvonly\r\n") {
				t.Errorf("on hold: %s", held.Body)
			}
			d.send(d.within(ok, "INVITE", 4, offered(endpoint, "RTP/AVP")))
			if got := d.final("INVITE"); got.Status != 488 {
				t.Errorf("an offer in clear got %d", got.Status)
			}
			d.send(d.within(ok, "BYE", 5))
			if got := d.final("BYE"); got.Status != 200 {
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

// TestFaultyAnswers makes each mistake on purpose.
func TestFaultyAnswers(t *testing.T) {
	t.Parallel()
	const other = "2 AES_CM_128_HMAC_SHA1_32 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
	for fault, holds := range map[edge.AnswerFault]func(m *sdppkg.Media, a []sdes.Attribute) bool{
		edge.Faultless: func(m *sdppkg.Media, a []sdes.Attribute) bool {
			return m.Proto == "RTP/SAVP" && len(a) == 1 && a[0].Tag == 1 && a[0].Suite == suite
		},
		edge.WrongTag: func(m *sdppkg.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && a[0].Tag > 2 && a[0].Suite == suite
		},
		edge.OtherSuite: func(m *sdppkg.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && a[0].Tag == 1 && a[0].Suite != suite
		},
		edge.TwoCryptos:  func(m *sdppkg.Media, a []sdes.Attribute) bool { return len(a) == 2 && a[0].Tag == 1 && a[1].Tag == 2 },
		edge.NoCrypto:    func(m *sdppkg.Media, a []sdes.Attribute) bool { return len(a) == 0 && m.Proto == "RTP/SAVP" },
		edge.ClearAnswer: func(m *sdppkg.Media, a []sdes.Attribute) bool { return len(a) == 0 && m.Proto == "RTP/AVP" },
		edge.OfferersKey: func(m *sdppkg.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && strings.Contains(a[0].String(), key)
		},
		edge.UnencryptedKey: func(m *sdppkg.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && len(a[0].Weakened()) == 1 && a[0].Tag == 1
		},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := start(t, twilio.Voice, map[string]string{"secure_media": "on", "digest": "off"}, func(c *edge.Config) { c.Answer = fault })
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			ok := d.calls(s, sdp("RTP/SAVP", tag1, other))
			if ok.Status != 200 {
				t.Fatalf("got %d %s", ok.Status, ok.Reason)
			}
			m := stream(t, ok, 0)
			var attributes []sdes.Attribute
			for _, value := range m.Values("crypto") {
				a, err := sdes.Parse(value)
				if err != nil {
					t.Fatal(err)
				}
				attributes = append(attributes, a)
			}
			if !holds(m, attributes) {
				t.Errorf("the answer is\n%s", ok.Body)
			}
			for _, e := range s.Log.Events() {
				if e.Kind == observation.Unexpected {
					t.Errorf("unexpected: %s", e.Text)
				}
			}
		})
	}
}

// TestDialogs is about requests within calls, and those that seem to be.
func TestDialogs(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			d := connect(t, s, protocol, tls.VersionTLS12)
			one := d.calls(s, sdp("RTP/AVP"), "Record-Route: <sip:127.0.0.1:5062;lr>")
			d.send(d.within(one, "ACK", 1))
			two := d.calls(s, sdp("RTP/AVP"))
			d.send(d.within(two, "ACK", 1))
			if one.Get("Record-Route") != "<sip:127.0.0.1:5062;lr>" || one.ToTag() == two.ToTag() {
				t.Errorf("got %s", one.Raw)
			}
			expect := func(request, method string, status int) *sipwire.Message {
				t.Helper()
				d.send(request)
				got := d.final(method)
				if got.Status != status {
					t.Errorf("%s got %d %s, want %d", method, got.Status, got.Reason, status)
				}
				return got
			}
			stray := func(method string, more ...string) string {
				return d.within(one, method, 9, append([]string{"To: <sip:x@y>;tag=made-up"}, more...)...)
			}
			for _, method := range []string{"BYE", "INVITE", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY", "UNHEARD"} {
				expect(stray(method), method, 481)
			}
			expect(d.within(one, "BYE", 9, "From: <sip:alice@x>;tag=another"), "BYE", 481)
			expect(d.compose("BYE", "sip:"+s.Domain()), "BYE", 481)
			expect(d.compose("CANCEL", "sip:"+s.Domain()), "CANCEL", 481)
			expect(d.compose("NOTIFY", "sip:"+s.Domain()), "NOTIFY", 481)

			for i, method := range []string{"INFO", "UPDATE", "MESSAGE", "UNHEARD"} {
				got := expect(d.within(one, method, 10+i), method, 405)
				if allow := got.Values("Allow"); !slices.Contains(allow, "BYE") || slices.Contains(allow, method) {
					t.Errorf("%s: Allow is %q", method, allow)
				}
			}
			expect(d.within(one, "REFER", 20), "REFER", 603)
			expect(d.within(one, "NOTIFY", 20), "NOTIFY", 481)
			expect(d.within(one, "OPTIONS", 21), "OPTIONS", 200)
			expect(d.within(one, "OPTIONS", 3), "OPTIONS", 500) // an old number
			expect(d.within(one, "INVITE", 22, "Require: 100rel, timer", sdp("RTP/AVP")), "INVITE", 420)
			d.send(d.within(one, "ACK", 22))
			outside := expect(d.compose("OPTIONS", "sip:"+s.Domain(), "Require: timer"), "OPTIONS", 200)
			if !slices.Contains(outside.Values("Allow"), "REGISTER") || outside.Get("Accept") != "application/sdp" {
				t.Errorf("got %s", outside.Raw)
			}
			bad := expect(d.compose("OPTIONS", "sip:"+s.Domain(), "Require: x-a, timer, x-b"), "OPTIONS", 420)
			if bad.Get("Unsupported") != "x-a, x-b" {
				t.Errorf("Unsupported is %q", bad.Get("Unsupported"))
			}
			for _, method := range []string{"SUBSCRIBE", "PUBLISH", "REFER", "UNHEARD"} {
				expect(d.compose(method, "sip:"+s.Domain()), method, 405)
			}

			// The same INVITE by another way is a loop; one that is repeated is not.
			expect(d.compose("INVITE", "sip:+15550199@"+s.Domain(), "From: "+one.Get("From"), "Call-ID: "+one.CallID(), "CSeq: 22 INVITE", sdp("RTP/AVP")), "INVITE", 482)

			expect(d.within(two, "BYE", 2), "BYE", 200)
			expect(d.within(two, "BYE", 3), "BYE", 481)
			expect(d.within(one, "BYE", 23), "BYE", 200)
			if codes(s) != "" {
				t.Errorf("the console has %s", codes(s))
			}
		})
	}
}

// TestRegistrations puts the registrar through what RFC 3261 §10.3 and the
// vendor's limits say.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	bindings := func(more ...string) []string {
		t.Helper()
		ok := d.register(more...)
		if ok.Get("Date") == "" {
			t.Errorf("no Date in %s", ok.Raw)
		}
		var list []string
		for _, value := range ok.Values("Contact") {
			contact, err := sipwire.ParseNameAddr(value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprintf("%s %s", contact.URI.HostPort(), contact.Params.Get("expires")))
		}
		slices.Sort(list)
		return list
	}
	for _, step := range []struct {
		what string
		more []string
		want []string
	}{
		{"a query", []string{"Contact:"}, nil},
		{"capped, TW-REG-02", []string{"Contact: <sip:a@127.0.0.1:1>", "Expires: 7200"}, []string{"127.0.0.1:1 3600"}},
		{"two more, of their own", []string{"Contact: <sip:a@127.0.0.1:2>;expires=600, <sip:a@127.0.0.1:3>", "Expires: 1200"}, []string{"127.0.0.1:1 3600", "127.0.0.1:2 600", "127.0.0.1:3 1200"}},
		{"a refresh", []string{"Contact: <sip:a@127.0.0.1:1>;expires=900"}, []string{"127.0.0.1:1 900", "127.0.0.1:2 600", "127.0.0.1:3 1200"}},
		{"one less", []string{"Contact: <sip:a@127.0.0.1:2>", "Expires: 0"}, []string{"127.0.0.1:1 900", "127.0.0.1:3 1200"}},
		{"another user", []string{"To: <sip:bob@example.sip.twilio.com>", "Contact: <sip:b@127.0.0.1:4>"}, []string{"127.0.0.1:4 3600"}},
		{"none left", []string{"Contact: *", "Expires: 0"}, nil},
		{"bob's stays", []string{"To: <sip:bob@example.sip.twilio.com>", "Contact:"}, []string{"127.0.0.1:4 3600"}},
	} {
		if got := bindings(step.more...); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.what, got, step.want)
		}
	}
	for name, more := range map[string][]string{
		"all with a time":    {"Contact: *", "Expires: 600"},
		"all without a time": {"Contact: *"},
		"all and another":    {"Contact: *, <sip:a@127.0.0.1:1>", "Expires: 0"},
		"unreadable":         {"Contact: <sip:a@127.0.0.1:1"},
	} {
		d.send(d.compose("REGISTER", "sip:"+s.Domain(), more...))
		if got := d.final("REGISTER"); got.Status != 400 {
			t.Errorf("%s: got %d %s", name, got.Status, got.Reason)
		}
	}
	if got := s.Bindings(); len(got) != 1 || got[0].User != "bob" || got[0].Link == nil || !got[0].Link.Alive() {
		t.Errorf("bindings %+v", got)
	}
}

// TestDigest answers challenges over the wire, with the right password and
// with nonces that are the mock's or not.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := start(t, twilio.Voice, nil)
			d := connect(t, s, protocol, tls.VersionTLS12)
			uri := "sip:" + s.Domain()
			d.send(d.compose("REGISTER", uri))
			challenge := d.final("REGISTER")
			asked, err := sipwire.ParseAuth(challenge.Get("Proxy-Authenticate"))
			if err != nil || asked.Get("realm") != "sip.twilio.com" || asked.Get("qop") != "auth" || asked.Get("opaque") == "" || asked.Get("stale") != "" {
				t.Fatalf("%v in %s", err, challenge.Raw)
			}
			d.send(d.compose("REGISTER", uri, authorize(t, challenge, "REGISTER", uri, "secret")))
			if got := d.final("REGISTER"); got.Status != 200 {
				t.Fatalf("got %d %s", got.Status, got.Reason)
			}
			d.send(d.compose("INVITE", uri, sdp("RTP/AVP"), authorize(t, challenge, "INVITE", uri, "secret"))) // the nonce is still good
			if got := d.final("INVITE"); got.Status != 200 {
				t.Errorf("got %d %s", got.Status, got.Reason)
			}
			stale := *challenge
			stale.Headers = slices.Clone(challenge.Headers)
			stale.Set("Proxy-Authenticate", strings.Replace(challenge.Get("Proxy-Authenticate"), asked.Get("nonce"), "0123456789abcdef0123456789abcdef", 1))
			d.send(d.compose("REGISTER", uri, authorize(t, &stale, "REGISTER", uri, "secret")))
			again := d.final("REGISTER")
			asked, _ = sipwire.ParseAuth(again.Get("Proxy-Authenticate"))
			if again.Status != 407 || asked.Get("stale") != "true" {
				t.Errorf("a nonce that is not the mock's got %s", again.Raw)
			}
			d.send(d.compose("REGISTER", uri, authorize(t, again, "REGISTER", uri, "secret")))
			if got := d.final("REGISTER"); got.Status != 200 {
				t.Errorf("then came %d %s", got.Status, got.Reason)
			}
			d.send(d.compose("REGISTER", uri, authorize(t, again, "REGISTER", uri, "guess")))
			if got := d.final("REGISTER"); got.Status != 403 {
				t.Errorf("a wrong password got %d", got.Status)
			}
		})
	}
}

// TestNewCertificate is shown from the next connection on; a restart of the
// vendor's ends those that there are.
func TestNewCertificate(t *testing.T) {
	t.Parallel()
	s := open(t)
	config := clientConfig(s, tls.VersionTLS12)
	leaf := func() (*tls.Conn, []byte) {
		conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(patience))
		return conn, conn.ConnectionState().PeerCertificates[0].Raw
	}
	first, before := leaf()
	s.SetCertificate(shown())
	s.Disconnect()
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays")
	}
	config.InsecureSkipVerify = true
	if _, after := leaf(); string(after) == string(before) {
		t.Error("the certificate is the same")
	}
}
