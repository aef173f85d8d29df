package cisco

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// media is SRTP and RTP on a trunk that allows either.
func (c ciscoProduct) media() []scene.Scene {
	plain := map[string]string{"srtp_allowed": "off"}
	secure := scene.Outward("call-out/secure", "srtp", "a secure call from the device", scene.Talk...)
	secure.Asks = []judge.Check{
		scene.Ask("CU-SRTP-02", "offers SRTP, and sends it", judge.All(judge.OffersCrypto("no-suite-offered", func(sdes.Attribute) bool { return true }), judge.Called, judge.SecureMedia)),
		scene.Ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
	}
	clear := scene.Outward("call-out/rtp", "srtp", "the device set to RTP, on a trunk without SRTP", scene.Talk...)
	clear.Settings, clear.Levers.Media = plain, device.RTP
	clear.Asks = []judge.Check{scene.Ask("CU-SRTP-01", "calls over TLS with RTP", judge.All(judge.Called, judge.ClearMedia))}
	rung := scene.Inward("call-listener/rtp", "srtp", "a call with RTP to a device that is set to it", scene.RingListener(edge.Outbound{})...)
	rung.Settings, rung.Levers.Media = plain, device.RTP
	rung.Asks = []judge.Check{scene.Ask("CU-SRTP-01", "takes TLS with RTP", judge.All(judge.Answered, judge.ClearMedia))}
	keys := scene.Outward("call-out/keys-in-clear", "sdes", "the device set to TCP, on a trunk that is not secure", scene.CallOut(), scene.Settle())
	keys.Settings, keys.Levers.Transport = map[string]string{"security_mode": "non-secure"}, "tcp"
	keys.Asks = []judge.Check{scene.Ask("CU-SRTP-03", "sends no keys without TLS", judge.All(judge.Did("INVITE"), judge.NoKeysInClear))}
	back := scene.Inward("call-listener/back-to-rtp", "srtp", "a secure call that goes back to RTP by a new offer",
		scene.CallListener(edge.Outbound{}), scene.Hear(), scene.Reoffer(edge.Outbound{Media: "RTP/AVP"}), scene.Reaction(), scene.VendorHangsUp(), scene.Settle())
	back.Control = "call-listener/secure"
	back.Asks = []judge.Check{scene.Ask("CU-SRTP-12", "follows, refuses, or ends the call", judge.GoesBackToRTP)}
	return []scene.Scene{secure, clear, rung, keys, back}
}

// everySuite are the lines of the vendor's longest offer.
var everySuite = []string{
	"1 AEAD_AES_256_GCM inline:{key}", "2 AEAD_AES_128_GCM inline:{key}",
	"3 AES_CM_128_HMAC_SHA1_80 inline:{key}", "4 AES_CM_128_HMAC_SHA1_32 inline:{key}", "5 F8_128_HMAC_SHA1_80 inline:{bytes:30}",
}

// crypto is what the vendor offers by the parameter about SRTP.
func (c ciscoProduct) crypto() []scene.Scene {
	taken := judge.All(judge.Answered, judge.OneCrypto, judge.SecureMedia)
	in := scene.Inward("call-listener/secure", "srtp", "a secure call to the device's server", scene.RingListener(edge.Outbound{})...)
	in.Asks = []judge.Check{
		scene.Ask("CU-SRTP-02", "answers with SRTP", taken),
		scene.Ask("CU-SRTP-04", "ignores the tag for fallback, and answers with SRTP", taken),
		scene.Ask("CU-SRTP-09", "answers with the tag of one line", judge.All(judge.Answered, judge.OneCrypto)),
	}
	every := scene.Inward("call-listener/every-suite", "sdes", "all suites of the vendor's, one of which few know", scene.RingListener(edge.Outbound{Crypto: everySuite})...)
	every.Asks = []judge.Check{scene.Ask("CU-SRTP-05", "takes one that it knows", taken)}
	scenes := []scene.Scene{in, every}
	for _, o := range []struct{ id, value, row, title, first string }{
		{"gcm-256-only", "strongest", "CU-SRTP-06", "AES-256 GCM alone", "AEAD_AES_256_GCM"},
		{"gcm-only", "medium", "CU-SRTP-07", "the two GCM suites alone", "AEAD_AES_256_GCM"},
		{"aes-cm-only", "aes128", "CU-SRTP-08", "the two AES_CM suites alone", scene.Tag80},
	} {
		s := scene.Inward("call-listener/"+o.id, "sdes", "an offer of "+o.title, scene.RingListener(edge.Outbound{})...)
		s.Settings = map[string]string{"srtp_ciphers": o.value}
		s.Asks = []judge.Check{scene.Ask(o.row, "takes a suite that is offered, or refuses the call", judge.RejectsOr("no-suite-of-its-own", taken))}
		able := s
		able.ID, able.Title = s.ID+"/enabled", s.Title+", to a device that is set to the first of them"
		able.Needs, able.Enable = []device.Capability{device.SRTPSuite(o.first)}, []string{o.first}
		able.Asks = []judge.Check{scene.Ask(o.row, "takes the suite", taken)}
		scenes = append(scenes, s, able)
	}
	short := scene.Inward("call-listener/short-tags", "srtp", "AES_CM_128_HMAC_SHA1_32 alone", scene.RingListener(edge.Outbound{Crypto: []string{"1 AES_CM_128_HMAC_SHA1_32 inline:{key}"}})...)
	short.Needs, short.Enable = []device.Capability{device.SRTPSuite("AES_CM_128_HMAC_SHA1_32")}, []string{"AES_CM_128_HMAC_SHA1_32"}
	short.Asks = []judge.Check{scene.Ask("CU-SRTP-13", "takes the suite with short tags", taken)}
	return append(scenes, short)
}
