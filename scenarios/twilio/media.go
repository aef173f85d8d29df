package twilio

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/scenarios/scene"
)

var transports = []string{observation.UDP, observation.TCP, observation.TLS}

var mediaProfiles = []struct {
	slug  string
	media device.Media
}{
	{"rtp", device.RTP}, {"srtp", device.SRTP}, {"both", device.Both}, {"opportunistic", device.Opportunistic},
}

// secureMedia is secure media on and off, each transport, each media profile:
// what has to be refused is, and the device does not look for a way round.
func (t twilioProduct) secureMedia() []scene.Scene {
	var scenes []scene.Scene
	for _, secure := range []string{"on", "off"} {
		for _, transport := range transports {
			for _, m := range mediaProfiles {
				scenes = append(scenes, t.mediaCase(secure, transport, m.slug, m.media))
			}
		}
	}
	return scenes
}

func (t twilioProduct) mediaCase(secure, transport, slug string, m device.Media) scene.Scene {
	s := scene.Scene{
		ID: "call-out/secure-media-" + secure + "/" + transport + "/" + slug, Title: "secure media " + secure + ": a call over " + transport + " with " + slug,
		Direction: plan.ToVendor, Area: "srtp", Settings: map[string]string{t.secure: secure},
		Levers: device.Levers{Transport: transport, Media: m}, Script: []scene.Step{scene.CallOut(), scene.Settle()},
	}
	stays := []judge.Rule{judge.NoCall, judge.NoClearMedia, judge.TakesAsFinal("INVITE", 488)}
	if transport == observation.TLS {
		s.Levers.Transport = "" // as configured
		stays = slices.Concat([]judge.Rule{judge.NoClearSignalling}, stays)
	}
	refused := func(row, expected string, more ...judge.Rule) []judge.Check {
		s.Control = calledBase
		asks := []judge.Check{scene.Ask(row, expected, judge.After("INVITE", 488, slices.Concat(more, stays)...))}
		if transport == observation.TLS {
			asks = append(asks, scene.Ask("RF-SD-05", "sends no key in clear afterwards", judge.After("INVITE", 488, judge.NoKeysInClear)))
		}
		return asks
	}
	switch {
	case secure == "on" && transport != observation.TLS:
		s.Asks = refused(t.row("TW-SRTP-02", "TW-SRTP-04"), "takes the 488 for the transport as final")
	case secure == "on" && m == device.RTP:
		s.Asks = refused(t.row("TW-SRTP-03", "TW-SRTP-05"), "takes the 488 for plain RTP as final")
	case secure == "on" && m == device.Opportunistic:
		s.Asks = refused("TW-SRTP-20", "takes a refusal of opportunistic SRTP as final")
	case secure == "on":
		s.Script = scene.Talk
		s.Asks = []judge.Check{
			scene.Ask("TW-SRTP-10", "has its SRTP accepted", judge.Called),
			scene.Ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
		}
	case m == device.SRTP:
		s.Asks = refused(t.row("TW-SRTP-06", "TW-SRTP-08"), "takes the 488 for SRTP as final and offers no plain RTP instead", judge.NoClearOffer(488))
	case transport == observation.TLS && m == device.RTP:
		s.Script = scene.Talk
		s.Asks = []judge.Check{scene.Ask("TW-SRTP-09", "can do TLS with plain RTP when it is told to", judge.All(judge.Called, judge.ClearMedia))}
	default:
		s.Script = scene.Talk
		s.Asks = []judge.Check{scene.Ask("TW-SRTP-20", "settles on plain RTP where secure media is off", judge.All(judge.Called, judge.ClearMedia))}
	}
	return s
}

// offers are the device's SDES offers, and what comes of each.
func (t twilioProduct) offers() []scene.Scene {
	out := func(id, title string, levers device.Levers, asks ...judge.Check) scene.Scene {
		return scene.Scene{ID: "call-out/" + id, Title: title, Direction: plan.ToVendor, Area: "sdes", Settings: t.secured(), Levers: levers, Script: scene.Talk, Asks: asks}
	}
	works := judge.All(judge.Called, judge.SecureMedia)
	usable := judge.OffersCrypto("no-usable-crypto", func(a sdes.Attribute) bool {
		return (a.Suite == scene.Tag80 || a.Suite == scene.Tag32) && !a.HasMKI()
	})
	return []scene.Scene{
		out("secure", "a secure call as the device is configured", device.Levers{},
			scene.Ask("TW-SRTP-10", "offers a suite that the vendor takes", judge.All(usable, works)),
			scene.Ask("TW-SRTP-13", "can offer without MKI", judge.All(usable, works)),
			scene.Ask("RF-SD-01", "offers valid attributes with tags of their own", usable),
			scene.Ask("RF-SD-06", "offers keys of the suite's length", usable),
			scene.Ask("RF-SR-01", "sends packets that authenticate and none in clear", judge.SecureMedia),
			scene.Ask("TW-REJ-05", "offers a session description that parses", judge.ParsableOffer),
			scene.Ask("TW-URI-17", "answers the challenge over the same connection", judge.AnswersChallenge("INVITE")),
			scene.Ask("TW-URI-05", "asks for the vendor's domain, not for an address", addressed),
			scene.Ask("TW-URI-04", "uses a URI that the vendor supports", schemed),
			scene.Ask("RF-SD-05", "sends its keys over TLS only", judge.NoKeysInClear)),
		{ID: "call-out/secure-heard", Title: "a secure call in which the device must decrypt the vendor's media", Direction: plan.ToVendor, Area: "srtp",
			Settings: t.secured(), Script: []scene.Step{scene.CallOut(), scene.HearOut(), scene.DeviceHangsUp(), scene.Settle()},
			Asks: []judge.Check{scene.Ask("RF-SR-01", "decrypts what the vendor sends", judge.Decrypts)}},
		{ID: "call-out/secure-control", Title: "the RTCP of a secure call", Direction: plan.ToVendor, Area: "srtp",
			Settings: t.secured(), Script: []scene.Step{scene.CallOut(), scene.HearControl(), scene.DeviceHangsUp(), scene.Settle()},
			Asks: []judge.Check{scene.Ask("RF-SR-02", "sends SRTCP and no plain RTCP", judge.SecureControl)}},
		{ID: "call-out/secure-control-32", Title: "the RTCP of a secure call under the short tag", Direction: plan.ToVendor, Area: "srtp",
			Settings: t.secured(), Levers: device.Levers{SRTPSuites: []string{scene.Tag32}}, Script: []scene.Step{scene.CallOut(), scene.HearControl(), scene.DeviceHangsUp(), scene.Settle()},
			Asks: []judge.Check{scene.Ask("RF-SR-03", "keeps the long tag on SRTCP", judge.SecureControl)}},
		out("suites/80", "only the suite with the long tag", device.Levers{SRTPSuites: []string{scene.Tag80}}, scene.Ask("TW-SRTP-10", "works with "+scene.Tag80, works)),
		out("suites/32", "only the suite with the short tag", device.Levers{SRTPSuites: []string{scene.Tag32}},
			scene.Ask("TW-SRTP-10", "works with "+scene.Tag32, works),
			scene.Ask("RF-SR-03", "has tags of 4 bytes on SRTP and 10 on SRTCP", judge.SecureMedia)),
		out("suites/80-32", "both suites, the long tag first", device.Levers{SRTPSuites: []string{scene.Tag80, scene.Tag32}}, scene.Ask("TW-SRTP-10", "works with the order 80, 32", works)),
		out("suites/32-80", "both suites, the short tag first", device.Levers{SRTPSuites: []string{scene.Tag32, scene.Tag80}},
			scene.Ask("TW-SRTP-10", "works with the order 32, 80", works), scene.Ask("RF-SR-03", "has tags of 4 bytes on SRTP and 10 on SRTCP", judge.SecureMedia)),
		out("suites/gcm-80", "a suite that the vendor lacks, then one that it has", device.Levers{SRTPSuites: []string{scene.GCM128, scene.Tag80}},
			scene.Ask("TW-SRTP-12", "takes an answer with a tag other than its first", works), scene.Ask("RF-SD-19", "goes on with the suite that both have", works)),
		out("suites/gcm", "only a suite that the vendor lacks", device.Levers{SRTPSuites: []string{scene.GCM128}},
			scene.Ask("TW-SRTP-11", "takes the refusal as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoClearSignalling, judge.NoClearOffer(488)))),
		out("lifetime", "an offer with a lifetime", device.Levers{Lifetime: "2^20"}, scene.Ask("TW-SRTP-18", "works with a lifetime in its offer", works)),
		out("mki", "an offer with an MKI only", device.Levers{MKI: true},
			scene.Ask("TW-SRTP-13", "takes the refusal of an MKI as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoClearSignalling, judge.NoClearOffer(488)))),
	}
}

// answers are the vendor's answers gone wrong: an offerer checks what it gets.
func (t twilioProduct) answers() []scene.Scene {
	faults := []edge.AnswerFault{edge.WrongTag, edge.OtherSuite, edge.TwoCryptos, edge.NoCrypto, edge.ClearAnswer, edge.UnencryptedKey}
	var scenes []scene.Scene
	for _, f := range faults {
		row := "RF-SD-04"
		if f == edge.UnencryptedKey {
			row = "RF-SD-17"
		}
		scenes = append(scenes, scene.Scene{
			ID: "call-out/answer-" + string(f), Title: "an answer with the fault: " + string(f),
			Direction: plan.ToVendor, Area: "sdes", Settings: t.secured(), Answer: f, Control: calledBase,
			Script: []scene.Step{scene.CallOut(), scene.Reaction(), scene.DeviceHangsUp(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask(row, "ends the call and sends no media under it", judge.EndsBadAnswer(string(f)))},
		})
	}
	return scenes
}
