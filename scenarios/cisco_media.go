package scenarios

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// media is SRTP and RTP on a trunk that allows either.
func (c ciscoProduct) media() []scene {
	plain := map[string]string{"srtp_allowed": "off"}
	secure := outward("call-out/secure", "srtp", "a secure call from the device", talk...)
	secure.asks = []judge.Check{
		ask("CU-SRTP-02", "offers SRTP, and sends it", judge.All(judge.OffersCrypto("no-suite-offered", func(sdes.Attribute) bool { return true }), judge.Called, judge.SecureMedia)),
		ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
	}
	clear := outward("call-out/rtp", "srtp", "the device set to RTP, on a trunk without SRTP", talk...)
	clear.settings, clear.levers.Media = plain, device.RTP
	clear.asks = []judge.Check{ask("CU-SRTP-01", "calls over TLS with RTP", judge.All(judge.Called, judge.ClearMedia))}
	rung := inward("call-listener/rtp", "srtp", "a call with RTP to a device that is set to it", ringListener(edge.Outbound{})...)
	rung.settings, rung.levers.Media = plain, device.RTP
	rung.asks = []judge.Check{ask("CU-SRTP-01", "takes TLS with RTP", judge.All(judge.Answered, judge.ClearMedia))}
	keys := outward("call-out/keys-in-clear", "sdes", "the device set to TCP, on a trunk that is not secure", callOut(), settle())
	keys.settings, keys.levers.Transport = map[string]string{"security_mode": "non-secure"}, "tcp"
	keys.asks = []judge.Check{ask("CU-SRTP-03", "sends no keys without TLS", judge.All(judge.Did("INVITE"), judge.NoKeysInClear))}
	back := inward("call-listener/back-to-rtp", "srtp", "a secure call that goes back to RTP by a new offer",
		callListener(edge.Outbound{}), hear(), reoffer(edge.Outbound{Media: "RTP/AVP"}), reaction(), vendorHangsUp(), settle())
	back.control = "call-listener/secure"
	back.asks = []judge.Check{ask("CU-SRTP-12", "follows, refuses, or ends the call", judge.GoesBackToRTP)}
	return []scene{secure, clear, rung, keys, back}
}

// everySuite are the lines of the vendor's longest offer.
var everySuite = []string{
	"1 AEAD_AES_256_GCM inline:{key}", "2 AEAD_AES_128_GCM inline:{key}",
	"3 AES_CM_128_HMAC_SHA1_80 inline:{key}", "4 AES_CM_128_HMAC_SHA1_32 inline:{key}", "5 F8_128_HMAC_SHA1_80 inline:{bytes:30}",
}

// crypto is what the vendor offers by the parameter about SRTP.
func (c ciscoProduct) crypto() []scene {
	taken := judge.All(judge.Answered, judge.OneCrypto, judge.SecureMedia)
	in := inward("call-listener/secure", "srtp", "a secure call to the device's server", ringListener(edge.Outbound{})...)
	in.asks = []judge.Check{
		ask("CU-SRTP-02", "answers with SRTP", taken),
		ask("CU-SRTP-04", "ignores the tag for fallback, and answers with SRTP", taken),
		ask("CU-SRTP-09", "answers with the tag of one line", judge.All(judge.Answered, judge.OneCrypto)),
	}
	every := inward("call-listener/every-suite", "sdes", "all suites of the vendor's, one of which few know", ringListener(edge.Outbound{Crypto: everySuite})...)
	every.asks = []judge.Check{ask("CU-SRTP-05", "takes one that it knows", taken)}
	scenes := []scene{in, every}
	for _, o := range []struct{ id, value, row, title, first string }{
		{"gcm-256-only", "strongest", "CU-SRTP-06", "AES-256 GCM alone", "AEAD_AES_256_GCM"},
		{"gcm-only", "medium", "CU-SRTP-07", "the two GCM suites alone", "AEAD_AES_256_GCM"},
		{"aes-cm-only", "aes128", "CU-SRTP-08", "the two AES_CM suites alone", tag80},
	} {
		s := inward("call-listener/"+o.id, "sdes", "an offer of "+o.title, ringListener(edge.Outbound{})...)
		s.settings = map[string]string{"srtp_ciphers": o.value}
		s.asks = []judge.Check{ask(o.row, "takes a suite that is offered, or refuses the call", judge.RefusesCallOr("no-suite-of-its-own", taken))}
		able := s
		able.id, able.title = s.id+"/enabled", s.title+", to a device that is set to the first of them"
		able.needs, able.enable = []device.Capability{device.SRTPSuite(o.first)}, []string{o.first}
		able.asks = []judge.Check{ask(o.row, "takes the suite", taken)}
		scenes = append(scenes, s, able)
	}
	short := inward("call-listener/short-tags", "srtp", "AES_CM_128_HMAC_SHA1_32 alone", ringListener(edge.Outbound{Crypto: []string{"1 AES_CM_128_HMAC_SHA1_32 inline:{key}"}})...)
	short.needs, short.enable = []device.Capability{device.SRTPSuite("AES_CM_128_HMAC_SHA1_32")}, []string{"AES_CM_128_HMAC_SHA1_32"}
	short.asks = []judge.Check{ask("CU-SRTP-13", "takes the suite with short tags", taken)}
	return append(scenes, short)
}
