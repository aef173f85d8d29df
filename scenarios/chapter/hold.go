package chapter

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// keepsRollover is what is asked of a device whose call changes while its key stays.
var keepsRollover = scene.Ask("RF-SR-07", "goes on with its packet numbers and rollover counter", judge.KeepsRollover)

// secured is a rule for a call from the vendor whose answer is in order, and whose media is secure throughout.
func secured(rule judge.Rule) judge.Rule {
	return judge.Given(judge.OneCrypto, judge.All(rule, judge.SecureRTP))
}

// held is a call that the vendor puts on hold by an offer, and resumes, under the same keys.
func held(name, by string, hold edge.Outbound) exchange {
	hold.KeepKeys = true
	return exchange{
		name: name, title: "a call that the vendor puts on hold by " + by + ", and resumes", requirement: "RF-OA-02",
		during: []scene.Step{
			scene.HearFirst(), scene.Reoffer(hold), scene.Stay(), scene.Reoffer(edge.Outbound{KeepKeys: true}), scene.HearBack(),
		},
		expected: "sends no audio while it is on hold, and sends it again afterwards", rule: secured(judge.Holds),
		also: []judge.Check{keepsRollover},
	}
}

// changes are what a vendor changes in a call that is up, or repeats.
var changes = []exchange{
	held("hold-sendonly", "a=sendonly", edge.Outbound{Direction: sdp.SendOnly}),
	held("hold-inactive", "a=inactive", edge.Outbound{Direction: sdp.Inactive}),
	held("hold-no-address", "the address 0.0.0.0", edge.Outbound{Nowhere: true}),
	{
		name: "refresh", title: "the last offer once more, by INVITE, and by UPDATE where the device takes it", requirement: "RF-SD-20",
		during:   []scene.Step{scene.HearFirst(), scene.RepeatOffer(false), scene.RepeatOffer(true), scene.HearBack()},
		expected: "goes on under the same keys", rule: secured(judge.GoesOn),
		also: []judge.Check{keepsRollover},
	}, {
		name: "new-source", title: "a new SSRC whose sequence numbers wrap, and the last offer once more", requirement: "RF-SR-09",
		during:   []scene.Step{scene.HearEcho(), scene.ChangeSource(), scene.RepeatOffer(false), scene.HearAgain()},
		expected: "hears the vendor under the new SSRC, and beyond the wrap", rule: judge.KeepsUp(judge.SourceChange, judge.Wrap),
		also: []judge.Check{scene.Ask("RF-SR-07", "keeps the vendor's rollover counter while the key stays", judge.KeepsUp(judge.Refresh))},
	}, {
		name: "ssrc-collision", title: "a vendor's stream that takes the SSRC of the device's", requirement: "RF-RTP-03",
		during:   []scene.Step{scene.Hear(), scene.Collide()},
		expected: "goes on under another SSRC", rule: secured(judge.YieldsSSRC),
	}, {
		name: "new-port", title: "a new offer within the call, with a new port and a new key", requirement: "RF-SD-20",
		during:   []scene.Step{scene.Hear(), scene.Reoffer(edge.Outbound{Move: true}), scene.Stay(), scene.Hear()},
		expected: "sends to the new port, under the new key", rule: secured(judge.FollowsPort),
	}, {
		name: "new-suite", title: "a new offer within the call, with another suite", requirement: "RF-SD-20",
		otherSuite: true, expected: "goes on under the new suite", rule: judge.Unrefused(judge.AnswersAgain),
	},
}

// hold is a call that the device puts on hold and resumes.
func (e *entry) hold(s *stimulus) {
	s.title, s.area, s.requirement = "a call that the device puts on hold, and resumes", "srtp", "RF-OA-02"
	s.script = []scene.Step{
		scene.Call(), scene.HearFirst(), scene.Hold(), scene.Stay(), scene.Resume(), scene.HearBack(), scene.Leave(), scene.Settle(),
	}
	s.expected, s.rule = "sends no audio that it says it will not, and sends it again afterwards", judge.All(judge.Holds, judge.SecureRTP)
	s.also = []judge.Check{keepsRollover}
}

// offerOther has the vendor offer one suite, and another one within the call, to a device that knows both.
func (e *entry) offerOther(s *stimulus) {
	suites := []string{e.firstSuite(), besides(e.firstSuite())}
	alone := func(suite string) edge.Outbound {
		return edge.Outbound{Crypto: []string{"1 " + suite + " inline:{key}"}}
	}
	s.script = e.way.taken(alone(suites[0]), scene.Hear(), scene.Reoffer(alone(suites[1])), scene.HearOut())
	s.device.Needs, s.device.Enable = nil, suites
	for _, suite := range suites {
		if suite != scene.Tag80 {
			s.device.Needs = append(s.device.Needs, device.SRTPSuite(suite))
		}
	}
}
