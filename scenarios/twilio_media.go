package scenarios

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// The suites of TW-SRTP-10, and one that the vendor lacks.
const (
	tag80 = "AES_CM_128_HMAC_SHA1_80"
	tag32 = "AES_CM_128_HMAC_SHA1_32"
	gcm   = "AEAD_AES_128_GCM"
)

var transports = []string{observation.UDP, observation.TCP, observation.TLS}

var mediaProfiles = []struct {
	slug  string
	media device.Media
}{
	{"rtp", device.RTP}, {"srtp", device.SRTP}, {"both", device.Both}, {"opportunistic", device.Opportunistic},
}

var talk = []step{callOut(), hear(), deviceHangsUp(), settle()}

// secureMedia is secure media on and off, each transport, each media profile:
// what has to be refused is, and the device does not look for a way round.
func (t twilioProduct) secureMedia() []scene {
	var scenes []scene
	for _, secure := range []string{"on", "off"} {
		for _, transport := range transports {
			for _, m := range mediaProfiles {
				scenes = append(scenes, t.mediaCase(secure, transport, m.slug, m.media))
			}
		}
	}
	return scenes
}

func (t twilioProduct) mediaCase(secure, transport, slug string, m device.Media) scene {
	s := scene{
		id: "call-out/secure-media-" + secure + "/" + transport + "/" + slug, title: "secure media " + secure + ": a call over " + transport + " with " + slug,
		direction: plan.ToVendor, area: "srtp", settings: map[string]string{t.secure: secure},
		levers: device.Levers{Transport: transport, Media: m}, script: []step{callOut(), settle()},
	}
	stays := []judge.Rule{judge.NoCall, judge.NoClearMedia, judge.TakesAsFinal("INVITE", 488)}
	if transport == observation.TLS {
		s.levers.Transport = "" // as configured
		stays = slices.Concat([]judge.Rule{judge.NoClearSignalling}, stays)
	}
	refused := func(row, expected string, more ...judge.Rule) []judge.Check {
		s.control = calledBase
		asks := []judge.Check{ask(row, expected, judge.After("INVITE", 488, slices.Concat(more, stays)...))}
		if transport == observation.TLS {
			asks = append(asks, ask("RF-SD-05", "sends no key in clear afterwards", judge.After("INVITE", 488, judge.NoKeysInClear)))
		}
		return asks
	}
	switch {
	case secure == "on" && transport != observation.TLS:
		s.asks = refused(t.row("TW-SRTP-02", "TW-SRTP-04"), "takes the 488 for the transport as final")
	case secure == "on" && m == device.RTP:
		s.asks = refused(t.row("TW-SRTP-03", "TW-SRTP-05"), "takes the 488 for plain RTP as final")
	case secure == "on" && m == device.Opportunistic:
		s.asks = refused("TW-SRTP-20", "takes a refusal of opportunistic SRTP as final")
	case secure == "on":
		s.script = talk
		s.asks = []judge.Check{
			ask("TW-SRTP-10", "has its SRTP accepted", judge.Called),
			ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
		}
	case m == device.SRTP:
		s.asks = refused(t.row("TW-SRTP-06", "TW-SRTP-08"), "takes the 488 for SRTP as final and offers no plain RTP instead", judge.NoClearOffer(488))
	case transport == observation.TLS && m == device.RTP:
		s.script = talk
		s.asks = []judge.Check{ask("TW-SRTP-09", "can do TLS with plain RTP when it is told to", judge.All(judge.Called, judge.ClearMedia))}
	default:
		s.script = talk
		s.asks = []judge.Check{ask("TW-SRTP-20", "settles on plain RTP where secure media is off", judge.All(judge.Called, judge.ClearMedia))}
	}
	return s
}

// offers are the device's SDES offers, and what comes of each.
func (t twilioProduct) offers() []scene {
	out := func(id, title string, levers device.Levers, asks ...judge.Check) scene {
		return scene{id: "call-out/" + id, title: title, direction: plan.ToVendor, area: "sdes", settings: t.secured(), levers: levers, script: talk, asks: asks}
	}
	works := judge.All(judge.Called, judge.SecureMedia)
	usable := judge.OffersCrypto("no-usable-crypto", func(a sdes.Attribute) bool {
		return (a.Suite == tag80 || a.Suite == tag32) && !a.HasMKI()
	})
	return []scene{
		out("secure", "a secure call as the device is configured", device.Levers{},
			ask("TW-SRTP-10", "offers a suite that the vendor takes", judge.All(usable, works)),
			ask("TW-SRTP-13", "can offer without MKI", judge.All(usable, works)),
			ask("RF-SD-01", "offers valid attributes with tags of their own", usable),
			ask("RF-SD-06", "offers keys of the suite's length", usable),
			ask("RF-SR-01", "sends packets that authenticate and none in clear", judge.SecureMedia),
			ask("TW-REJ-05", "offers a session description that parses", judge.ParsableOffer),
			ask("TW-URI-17", "answers the challenge over the same connection", judge.AnswersChallenge("INVITE")),
			ask("TW-URI-05", "asks for the vendor's domain, not for an address", addressed),
			ask("TW-URI-04", "uses a URI that the vendor supports", schemed),
			ask("RF-SD-05", "sends its keys over TLS only", judge.NoKeysInClear)),
		{id: "call-out/secure-heard", title: "a secure call in which the device must decrypt the vendor's media", direction: plan.ToVendor, area: "srtp",
			settings: t.secured(), script: []step{callOut(), hearOut(), deviceHangsUp(), settle()},
			asks: []judge.Check{ask("RF-SR-01", "decrypts what the vendor sends", judge.Decrypts)}},
		{id: "call-out/secure-control", title: "the RTCP of a secure call", direction: plan.ToVendor, area: "srtp",
			settings: t.secured(), script: []step{callOut(), hearRTCP(), deviceHangsUp(), settle()},
			asks: []judge.Check{ask("RF-SR-02", "sends SRTCP and no plain RTCP", judge.SecureRTCP)}},
		{id: "call-out/secure-control-32", title: "the RTCP of a secure call under the short tag", direction: plan.ToVendor, area: "srtp",
			settings: t.secured(), levers: device.Levers{SRTPSuites: []string{tag32}}, script: []step{callOut(), hearRTCP(), deviceHangsUp(), settle()},
			asks: []judge.Check{ask("RF-SR-03", "keeps the long tag on SRTCP", judge.SecureRTCP)}},
		out("suites/80", "only the suite with the long tag", device.Levers{SRTPSuites: []string{tag80}}, ask("TW-SRTP-10", "works with "+tag80, works)),
		out("suites/32", "only the suite with the short tag", device.Levers{SRTPSuites: []string{tag32}},
			ask("TW-SRTP-10", "works with "+tag32, works),
			ask("RF-SR-03", "has tags of 4 bytes on SRTP and 10 on SRTCP", judge.SecureMedia)),
		out("suites/80-32", "both suites, the long tag first", device.Levers{SRTPSuites: []string{tag80, tag32}}, ask("TW-SRTP-10", "works with the order 80, 32", works)),
		out("suites/32-80", "both suites, the short tag first", device.Levers{SRTPSuites: []string{tag32, tag80}},
			ask("TW-SRTP-10", "works with the order 32, 80", works), ask("RF-SR-03", "has tags of 4 bytes on SRTP and 10 on SRTCP", judge.SecureMedia)),
		out("suites/gcm-80", "a suite that the vendor lacks, then one that it has", device.Levers{SRTPSuites: []string{gcm, tag80}},
			ask("TW-SRTP-12", "takes an answer with a tag other than its first", works), ask("RF-SD-19", "goes on with the suite that both have", works)),
		out("suites/gcm", "only a suite that the vendor lacks", device.Levers{SRTPSuites: []string{gcm}},
			ask("TW-SRTP-11", "takes the refusal as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoClearSignalling, judge.NoClearOffer(488)))),
		out("lifetime", "an offer with a lifetime", device.Levers{Lifetime: "2^20"}, ask("TW-SRTP-18", "works with a lifetime in its offer", works)),
		out("mki", "an offer with an MKI only", device.Levers{MKI: true},
			ask("TW-SRTP-13", "takes the refusal of an MKI as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoClearSignalling, judge.NoClearOffer(488)))),
	}
}

// answers are the vendor's answers gone wrong: an offerer checks what it gets.
func (t twilioProduct) answers() []scene {
	faults := []edge.AnswerFault{edge.WrongTag, edge.OtherSuite, edge.TwoCryptos, edge.NoCrypto, edge.ClearAnswer, edge.UnencryptedKey}
	var scenes []scene
	for _, f := range faults {
		row := "RF-SD-04"
		if f == edge.UnencryptedKey {
			row = "RF-SD-17"
		}
		scenes = append(scenes, scene{
			id: "call-out/answer-" + string(f), title: "an answer with the fault: " + string(f),
			direction: plan.ToVendor, area: "sdes", settings: t.secured(), answer: f, control: calledBase,
			script: []step{callOut(), reaction(), deviceHangsUp(), settle()},
			asks:   []judge.Check{ask(row, "ends the call and sends no media under it", judge.EndsBadAnswer(string(f)))},
		})
	}
	return scenes
}
