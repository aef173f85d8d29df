package chapter

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// answerFaults are the mistakes of an answer that an offerer has to notice, with
// the rows about them (RFC 4568 §7.1.3 and §6.3.2).
var answerFaults = []struct {
	fault       edge.AnswerFault
	requirement string
}{
	{edge.WrongTag, "RF-SD-04"},
	{edge.OtherSuite, "RF-SD-04"},
	{edge.AlienSuite, "RF-SD-04"},
	{edge.TwoCryptos, "RF-SD-04"},
	{edge.NoCrypto, "RF-SD-04"},
	{edge.ClearAnswer, "RF-SD-04"},
	{edge.UnencryptedKey, "RF-SD-17"},
}

// offers are the device as offerer: its SDES offers and what becomes of each, its
// media under the answer, and answers that it has to refuse. A row's suites are
// those that the device is set to offer.
func offers() family {
	return family{
		id: "{way}/{case}", ways: []string{callOutWay},
		cases: func(*entry) []string {
			names := []string{"suites", "packets", "heard", "rtcp", "hold", "lifetime", "mki", "opportunistic"}
			for _, f := range answerFaults {
				names = append(names, "answer-"+string(f.fault))
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "sdes", script: talk}
			s.device.Levers.SRTPSuites = e.row.Suites
			s.expected, s.rule = "has its offer taken, and sends SRTP that authenticates", judge.All(judge.Called, judge.SecureRTP)
			switch name {
			case "suites":
				s.title = "the device set to offer " + strings.Join(e.row.Suites, ", ")
				if !slices.ContainsFunc(e.row.Suites, e.accepts) {
					e.refuse(&s, "unsupported")
				}
			case "heard":
				s.title, s.area, s.requirement = "a secure call in which the device must decrypt the vendor's media", "srtp", "RF-SR-01"
				s.script = []scene.Step{scene.Call(), scene.HearEcho(), scene.Leave(), scene.Settle()}
				s.expected, s.rule = "decrypts what the vendor sends, and sends it back", judge.All(judge.Decrypts, judge.Speaks)
				s.also = []judge.Check{askFreshKeys()}
			case "packets":
				s.title, s.area, s.requirement = "the packets of a secure call, and what comes after it", "srtp", "RF-RTP-01"
				s.script = []scene.Step{scene.Call(), scene.HearPackets(), scene.Leave(), scene.Aftermath(), scene.Settle()}
				s.expected, s.rule, s.also = soundPackets, judge.SoundRTP, packetChecks()
			case "rtcp":
				s.title, s.area, s.requirement = "the RTCP of a secure call", "srtp", "RF-SR-02"
				s.script = []scene.Step{scene.Call(), scene.HearRTCP(), scene.Hear(), scene.Leave(), scene.Settle()}
				s.expected, s.rule = "sends SRTCP with the suite's tag, and no plain RTCP", judge.SecureRTCP
				s.also = rtcpChecks()
			case "hold":
				e.hold(&s)
			case "lifetime":
				s.title, s.device.Levers.Lifetime, s.requirement = "an offer with a lifetime", "2^20", "RF-SD-11"
			case "opportunistic":
				s.title, s.requirement = "opportunistic SRTP, which is RTP/AVP with keys, answered with a key", "RF-OS-01"
				s.device.Levers.Media, s.vendor.Answer = device.Opportunistic, edge.Opportunistic
				s.expected, s.rule = "sends SRTP that authenticates", judge.All(judge.Called, judge.SecureRTP)
			case "mki":
				s.title, s.device.Levers.MKI = "an offer with an MKI only", true
				e.refuse(&s, "mki")
			default:
				e.spoil(&s, strings.TrimPrefix(name, "answer-"))
			}
			return []stimulus{s}, nil
		},
	}
}

// withFreshKeys is what a device does that draws a key whenever it needs one.
const withFreshKeys = "sends keys that are random, and new for each stream and call"

// askFreshKeys is asked of good cases beside what they are about: a key that comes again
// is seen only where there is more than one call.
func askFreshKeys() judge.Check { return scene.Ask("RF-SD-22", withFreshKeys, judge.FreshKeys) }

// answered are the SRTP suites that the vendor takes in the entry's settings.
func (e *entry) answered() []string {
	values, err := e.values(nil)
	if err != nil {
		return nil // said where the scene is made
	}
	return profile.Choose(e.product.Answer.SuitesBy, values, e.product.Answer.Suites)
}

// accepts tells whether the vendor takes a suite.
func (e *entry) accepts(suite string) bool { return slices.Contains(e.answered(), suite) }

// usable tells whether the vendor takes an attribute of an offer.
func (e *entry) usable(a sdes.Attribute) bool { return e.accepts(a.Suite) && !a.HasMKI() }

// refuse asks about the vendor's refusal of an offer, if it refuses one whose
// attributes are like that.
func (e *entry) refuse(s *stimulus, crypto string) {
	refusal, refused := e.refused("INVITE", map[string]string{profile.FactCrypto: crypto}, nil)
	if !refused {
		return
	}
	s.refused = true
	s.expected = "takes the refusal as final"
	s.rule = judge.After("INVITE", refusal.Status,
		judge.TakesAsFinal("INVITE", refusal.Status), judge.NoClearSignalling, judge.NoClearOffer(refusal.Status))
}

// spoil makes the vendor's answer faulty.
func (e *entry) spoil(s *stimulus, name string) {
	for _, f := range answerFaults {
		if string(f.fault) == name {
			s.title, s.refused, s.requirement = "an answer with a fault: "+strings.ReplaceAll(name, "-", " "), true, f.requirement
			s.vendor.Answer = f.fault
			s.device.Enable = e.offeredUnder(f.fault)
			s.script = []scene.Step{scene.Call(), scene.React(), scene.HangUp(), scene.Settle()}
			s.expected, s.rule = "ends the call, and sends no media under it", judge.EndsBadAnswer(name)
			if f.fault != edge.ClearAnswer {
				s.presumes = []string{"answer-" + string(edge.NoCrypto)} // who needs no key looks at none
			}
		}
	}
}

// offeredUnder are the suites that a device is to offer so that an answer can have
// another: under another tag, or none of them. Nil leaves it to the device.
func (e *entry) offeredUnder(fault edge.AnswerFault) []string {
	answered := e.answered()
	if len(answered) == 0 {
		return nil
	}
	switch first := answered[0]; fault {
	case edge.AlienSuite:
		return []string{first}
	case edge.OtherSuite:
		return []string{first, besides(first)}
	}
	return nil
}

// besides returns a suite that most devices have, and that is not this one.
func besides(suite string) string {
	if suite == scene.Tag80 {
		return scene.Tag32
	}
	return scene.Tag80
}

// carry makes a stimulus one that a device needs suites for which it need not have:
// every one but the suite that RFC 4568 §6.2 makes mandatory.
func carry(d *scene.Device, suite string) {
	if suite != scene.Tag80 {
		d.Needs, d.Enable = append(d.Needs, device.SRTPSuite(suite)), []string{suite}
	}
}
