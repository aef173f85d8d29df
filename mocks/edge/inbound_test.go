package edge

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// TestAnswers checks the answers to calls that the vendor takes.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const one80, two32, f8 = "1 AES_CM_128_HMAC_SHA1_80", "2 AES_CM_128_HMAC_SHA1_32", "1 F8_128_HMAC_SHA1_80 inline:" + key
	for name, c := range map[string]struct {
		secure  bool
		offer   string
		media   string // protocol of each stream in the answer, or "-" if it is rejected
		crypto  string // tag and suite of the answer
		formats string // of the stream that is taken
	}{
		"TW-SRTP-09 RTP":                   {false, testkit.RTP(), "RTP/AVP", "", "0"},
		"opportunistic is RTP":             {false, testkit.RTP(tag80), "RTP/AVP", "", "0"},
		"TW-SRTP-10 _80":                   {true, testkit.SRTP(tag80), "RTP/SAVP", one80, "0"},
		"TW-SRTP-10 _32":                   {true, testkit.SRTP(tag32), "RTP/SAVP", two32, "0"},
		"TW-SRTP-10 the first counts":      {true, testkit.SRTP(tag32, tag80), "RTP/SAVP", two32, "0"},
		"TW-SRTP-12 one that is supported": {true, testkit.SRTP(f8, tag32), "RTP/SAVP", two32, "0"},
		"TW-SRTP-13 one without MKI":       {true, testkit.SRTP(tag80+"|2^20|1:4", tag32), "RTP/SAVP", two32, "0"},
		"TW-SRTP-18 lifetime":              {true, testkit.SRTP(tag80 + "|2^48"), "RTP/SAVP", one80, "0"},
		"nine-digit tag":                   {true, testkit.SRTP("999999999" + tag80[1:]), "RTP/SAVP", "999999999" + one80[1:], "0"},
		"SAVPF":                            {true, testkit.AudioOnly("RTP/SAVPF", tag80), "RTP/SAVPF", one80, "0"},
		"both, secure":                     {true, testkit.RTP() + testkit.Audio("RTP/SAVP", tag80), "- RTP/SAVP", one80, "0"},
		"both, in clear":                   {false, testkit.SRTP(tag80) + testkit.Audio("RTP/AVP"), "- RTP/AVP", "", "0"},
		"video beside":                     {false, testkit.RTP() + "m=video 40002 RTP/AVP 96\r\n", "RTP/AVP -", "", "0"},
		"the second has a key":             {true, testkit.SRTP(f8) + testkit.Audio("RTP/SAVP", tag80), "- RTP/SAVP", one80, "0"},
		"PCMA first":                       {false, strings.Replace(testkit.RTP(), "AVP 0", "AVP 18 8 0", 1), "RTP/AVP", "", "8"},
		"telephone-event": {
			false, strings.Replace(testkit.RTP(), "AVP 0", "AVP 0 97", 1) + "a=rtpmap:97 telephone-event/8000\r\n", "RTP/AVP", "", "0 97",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withoutDigest(t, "secure_media="+map[bool]string{true: "on", false: "off"}[c.secure])
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			got := calls(d, s, c.offer)
			if got.Status != 200 || got.Get("Server") != "Twilio" || !strings.Contains(got.Get("Allow"), "CANCEL") || len(got.Defects()) > 0 {
				t.Fatalf("got %s", got.Raw)
			}
			session, err := sdp.Parse(got.Body)
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
			if got := strings.Join(protocols, " "); got != c.media {
				t.Errorf("the answer has streams %q, want %q", got, c.media)
			}
		})
	}
}

// TestUnacceptable makes offers that no refusal is about, and that no vendor takes.
func TestUnacceptable(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	d := connect(t, s, observation.TCP, 0)
	for _, offer := range []string{
		testkit.AudioOnly("UDP/TLS/RTP/SAVPF"),
		strings.Replace(testkit.RTP(), "audio 40000", "audio 0", 1),
		strings.Replace(testkit.RTP(), "AVP 0", "AVP 18", 1),
		strings.Replace(testkit.RTP(), "m=audio 40000 RTP/AVP 0", "m=image 40000 udptl t38", 1),
	} {
		if got := calls(d, s, offer); got.Status != 488 {
			t.Errorf("%q got %d", offer, got.Status)
		}
		if got := calls(d, s, testkit.RTP(), "Contact:"); got.Status != 400 {
			t.Errorf("without a Contact: %d", got.Status)
		}
	}
}

// TestFaultyAnswers checks that each fault makes its own mistake and no other.
func TestFaultyAnswers(t *testing.T) {
	t.Parallel()
	const other = "2 AES_CM_128_HMAC_SHA1_32 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
	for fault, holds := range map[AnswerFault]func(m *sdp.Media, a []sdes.Attribute) bool{
		Faultless: func(m *sdp.Media, a []sdes.Attribute) bool {
			return m.Proto == "RTP/SAVP" && len(a) == 1 && a[0].Tag == 1 && a[0].Suite == suite
		},
		WrongTag: func(m *sdp.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && a[0].Tag > 2 && a[0].Suite == suite
		},
		OtherSuite: func(m *sdp.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && a[0].Tag == 1 && a[0].Suite == "AES_CM_128_HMAC_SHA1_32"
		},
		AlienSuite: func(m *sdp.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && a[0].Tag == 1 && a[0].Suite == "AES_256_CM_HMAC_SHA1_80"
		},
		TwoCryptos:  func(m *sdp.Media, a []sdes.Attribute) bool { return len(a) == 2 && a[0].Tag == 1 && a[1].Tag == 2 },
		NoCrypto:    func(m *sdp.Media, a []sdes.Attribute) bool { return len(a) == 0 && m.Proto == "RTP/SAVP" },
		ClearAnswer: func(m *sdp.Media, a []sdes.Attribute) bool { return len(a) == 0 && m.Proto == "RTP/AVP" },
		OfferersKey: func(m *sdp.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && strings.Contains(a[0].String(), key)
		},
		UnencryptedKey: func(m *sdp.Media, a []sdes.Attribute) bool {
			return len(a) == 1 && len(a[0].Weakened()) == 1 && a[0].Tag == 1
		},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"secure_media": "on", "digest": "off"}, func(c *Config) { c.Answer = fault })
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			ok := calls(d, s, testkit.SRTP(tag80, other))
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
