package scenarios

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// cm256 is of RFC 6188, and beyond what the vendor offers.
const cm256 = "AES_256_CM_HMAC_SHA1_80"

// video is a stream that a telephone has no use for.
var video = sdp.Stream{Type: "video", Port: 40000, Proto: "RTP/SAVP", Formats: []sdp.Format{{Name: "96", Map: "H264/90000"}}}

// good are offers that a device has to take, and the tag that it has to choose.
var good = []struct {
	id, title, requirement string
	crypto                 []string
	tag                    int
}{
	{"lifetime-power", "a lifetime as a power of two", "RF-SD-11", []string{"1 " + tag80 + " inline:{key}|2^20"}, 1},
	{"lifetime-decimal", "a lifetime in decimal", "RF-SD-11", []string{"1 " + tag80 + " inline:{key}|1048576"}, 1},
	{"lifetime-longest", "the longest lifetime that there is", "RF-SD-10", []string{"1 " + tag80 + " inline:{key}|2^48"}, 1},
	{"unknown-suite-first", "an unknown suite before a known one", "RF-SD-19", []string{"1 NO_SUCH_SUITE_80 inline:{key}", "2 " + tag80 + " inline:{key}"}, 2},
	{"tag-of-nine-digits", "a tag of nine digits", "RF-SD-01", []string{"999999999 " + tag80 + " inline:{key}"}, 999999999},
	{"tags-out-of-order", "tags whose order is not that of preference", "RF-SD-01", []string{"7 " + tag80 + " inline:{key}", "3 " + tag80 + " inline:{key}"}, 7},
	{"optional-parameter", "an unknown session parameter that may be ignored", "RF-SD-16", []string{"1 " + tag80 + " inline:{key} -FOO=1"}, 1},
	{"window-size", "a window size hint", "RF-SD-15", []string{"1 " + tag80 + " inline:{key} WSH=64"}, 1},
	{"invalid-then-valid", "an invalid attribute before a valid one", "RF-SD-07", []string{"1 " + tag80 + " inline:{bytes:20}", "2 " + tag80 + " inline:{key}"}, 2},
	{"mki-then-plain", "an attribute with an MKI before one without", "RF-SD-13", []string{"1 " + tag80 + " inline:{key}|2^20|1:4", "2 " + tag80 + " inline:{key}"}, 0},
}

// bad are offers of one attribute that a device must not take.
var bad = []struct{ id, title, requirement, crypto string }{
	{"unknown-suite", "only an unknown suite", "RF-SD-03", "1 NO_SUCH_SUITE_80 inline:{key}"},
	{"key-too-short", "a key that is too short", "RF-SD-07", "1 " + tag80 + " inline:{bytes:29}"},
	{"key-too-long", "a key that is too long", "RF-SD-07", "1 " + tag80 + " inline:{bytes:46}"},
	{"aead-length", "forty characters of base64 that are 28 bytes", "RF-SD-08", "1 " + tag80 + " inline:{bytes:28}"},
	{"lifetime-too-long", "a lifetime over the suite's maximum", "RF-SD-10", "1 " + tag80 + " inline:{key}|2^49"},
	{"mki-length-zero", "an MKI of no length", "RF-SD-12", "1 " + tag80 + " inline:{key}|1:0"},
	{"mki-length-129", "an MKI of 129 bytes", "RF-SD-12", "1 " + tag80 + " inline:{key}|1:129"},
	{"two-keys-without-mki", "two keys and no MKI to tell them apart", "RF-SD-11", "1 " + tag80 + " inline:{key};inline:{key}"},
	{"unknown-parameter", "an unknown session parameter", "RF-SD-16", "1 " + tag80 + " inline:{key} FOO=1"},
	{"kdr-25", "a key derivation rate out of range", "RF-SD-15", "1 " + tag80 + " inline:{key} KDR=25"},
	{"wsh-32", "a window size below 64", "RF-SD-15", "1 " + tag80 + " inline:{key} WSH=32"},
	{"unencrypted", "encryption switched off", "RF-SD-18", "1 " + tag80 + " inline:{key} UNENCRYPTED_SRTP"},
	{"unauthenticated", "authentication switched off", "RF-SD-18", "1 " + tag80 + " inline:{key} UNAUTHENTICATED_SRTP"},
	{"lower-case-suite", "a suite in lower case", "RF-SD-21", "1 aes_cm_128_hmac_sha1_80 inline:{key}"},
}

// sdes is the device as answerer: the vendor's offer, and offers that only the
// RFC knows.
func (t twilioProduct) sdes() []scene {
	in := func(id, title string, o edge.Outbound, control string, asks ...judge.Check) scene {
		return scene{id: "call-in/" + id, title: title, direction: plan.FromVendor, area: "sdes", settings: t.secured(), control: control,
			script: t.ringIn(o, hear(), vendorHangsUp(), settle()), asks: asks}
	}
	works := judge.All(judge.OneCrypto, judge.SecureMedia)
	heard := func(id, title string, o edge.Outbound, requirement string, rule judge.Rule) scene {
		s := in(id, title, o, "", ask(requirement, "decrypts what the vendor sends", rule))
		s.script = t.ringIn(o, hearOut(), vendorHangsUp(), settle())
		return s
	}
	able := func(id, title string, o edge.Outbound, requirement, suite string) scene {
		s := in("offer/"+id, title, o, "", ask(requirement, "takes an offer with "+title, works))
		s.needs, s.enable = []device.Capability{device.SRTPSuite(suite)}, []string{suite}
		return s
	}
	scenes := []scene{
		in("secure", "the vendor's own offer", edge.Outbound{}, "",
			ask("TW-SRTP-14", "takes the single suite that the vendor offers", works),
			ask("TW-SRTP-15", "takes an offer without lifetime, in the vendor's form", works),
			ask("TW-SRTP-16", "answers RTP/SAVP with one crypto", judge.OneCrypto),
			ask("RF-SD-02", "answers with one crypto: tag and suite as offered, key its own", judge.OneCrypto),
			ask("RF-SD-14", "declares no MKI where it sends none", works),
			ask("RF-SR-01", "sends packets that authenticate and none in clear", judge.SecureMedia),
			ask("RF-SR-03", "has tags of 10 bytes", judge.SecureMedia),
			ask("TW-URI-10", "takes the vendor's headers, and Min-SE without Session-Expires", judge.Answered),
			ask("TW-URI-13", "answers something within 4 s", judge.AnswersWithin(vendorPatience))),
		heard("secure-heard", "the vendor's own offer: the device must decrypt what it is sent", edge.Outbound{}, "RF-SR-01", judge.Decrypts),
		heard("mki-heard", "an attribute with an MKI: the device must decrypt what carries it",
			edge.Outbound{Crypto: []string{"1 " + tag80 + " inline:{key}|2^20|1:4"}}, "RF-SD-13", judge.RefusesCallOr("mki", judge.Decrypts)),
		in("control-32", "the RTCP of a call under the short tag", edge.Outbound{Crypto: []string{"1 " + tag32 + " inline:{key}"}}, "",
			ask("RF-SR-03", "has tags of 4 bytes on SRTP", judge.SecureMedia)),
		in("two-streams", "an offer of audio and video", edge.Outbound{Streams: []sdp.Stream{video}}, "",
			ask("RF-TLS-07", "answers each stream, with port 0 for what it does not take", judge.AnswersEachStream)),
		in("nothing-acceptable", "an offer of which nothing can be taken", edge.Outbound{Crypto: []string{"1 NO_SUCH_SUITE_80 inline:{key}"}}, ringBase,
			ask("RF-TLS-07", "refuses the session with 488", judge.RefusesCallWith("unknown-suite", 488))),
		able("gcm", "an AEAD suite", edge.Outbound{Crypto: []string{"1 " + gcm + " inline:{key}"}}, "RF-SR-04", gcm),
		able("unpadded", "a key whose base64 lacks its padding", edge.Outbound{Crypto: []string{"1 " + gcm + " inline:{unpadded}"}}, "RF-SD-09", gcm),
		able("cm-256", "AES_CM with a key of 256 bits", edge.Outbound{Crypto: []string{"1 " + cm256 + " inline:{key}"}}, "RF-SR-05", cm256),
		in("mki", "an attribute with an MKI", edge.Outbound{Crypto: []string{"1 " + tag80 + " inline:{key}|2^20|1:4"}}, ringBase,
			ask("RF-SD-13", "refuses an MKI, or means it", judge.RefusesCallOr("mki", works))),
		in("duplicate-tags", "two attributes under one tag", edge.Outbound{Crypto: []string{"1 " + tag80 + " inline:{key}", "1 " + tag32 + " inline:{key}"}}, ringBase,
			ask("RF-SD-01", "refuses an offer whose tags are not unique", judge.RefusesCall("duplicate-tags"))),
	}
	for _, g := range good {
		scenes = append(scenes, in("offer/"+g.id, g.title, edge.Outbound{Crypto: g.crypto}, "",
			ask(g.requirement, "takes an offer with "+g.title, judge.All(chooses(g.tag), judge.SecureMedia)),
			ask("RF-SD-02", "answers with the tag of what it chose", judge.OneCrypto)))
	}
	for _, b := range bad {
		s := in("offer/"+b.id, b.title, edge.Outbound{Crypto: []string{b.crypto}}, ringBase, ask(b.requirement, "refuses an offer with "+b.title, judge.RefusesCall(b.id)))
		s.script = t.ringIn(edge.Outbound{Crypto: []string{b.crypto}}, vendorHangsUp(), settle())
		scenes = append(scenes, s)
	}
	again := in("new-key", "a new offer within the call, with a new key", edge.Outbound{}, "",
		ask("RF-SD-20", "goes on under the new key", judge.AnswersAgain))
	again.script = t.ringIn(edge.Outbound{}, hear(), reoffer(edge.Outbound{}), listen(echoed), vendorHangsUp(), settle())
	heardAgain := heard("new-key-heard", "a new offer within the call: the device must decrypt under the new key", edge.Outbound{}, "RF-SD-20", judge.DecryptsAgain)
	heardAgain.script = t.ringIn(edge.Outbound{}, hear(), reoffer(edge.Outbound{}), hearOut(), vendorHangsUp(), settle())
	return append(scenes, again, heardAgain)
}

// chooses asks for the attribute with that tag, or for any if it is 0.
func chooses(tag int) judge.Rule {
	if tag == 0 {
		return judge.OneCrypto
	}
	return judge.ChoosesTag(tag)
}
