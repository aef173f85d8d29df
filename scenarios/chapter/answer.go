package chapter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes/tables"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// video is a stream that a telephone has no use for.
var video = sdp.Stream{
	Type: "video", Port: 40000, Proto: "RTP/SAVP", Formats: []sdp.Format{{Name: "96", Map: "H264/90000"}},
	Crypto: []string{"1 " + scene.Tag80 + " inline:{key}"},
}

// fax is a stream of T.38.
var fax = sdp.Stream{Type: "image", Port: 40002, Proto: "udptl", Formats: []sdp.Format{{Name: "t38"}}}

// furtherAudio is a second stream of audio. Nothing listens there: what a device makes of
// it is in its answer.
var furtherAudio = sdp.Stream{
	Port: 40004, Proto: "RTP/SAVP", Formats: []sdp.Format{sdp.PCMU, sdp.PCMA},
	Crypto: []string{"7 " + scene.Tag80 + " inline:{key}"},
}

// exchange is a case that is about more than what the device answers: what it then does,
// or more than one stream. The lines of its offer are those of the table, if it has the
// name; otherwise they are the vendor's own.
type exchange struct {
	name, title, requirement string // the last two are the table's where it has the name
	area                     string // sdes if empty
	refused                  bool
	presumes                 []string
	late                     bool          // the vendor's INVITE has no offer
	call                     edge.Outbound // what the vendor's call is, besides its lines and streams
	streams                  []sdp.Stream  // after the audio
	during                   []scene.Step  // while the call is up
	next                     bool          // the vendor calls once more when that call is over
	otherSuite               bool          // the call begins under one suite, and another is offered
	expected                 string
	rule                     judge.Rule
	also                     []judge.Check
}

// exchanges are what the RFCs say of an answer and of the media under it.
var exchanges = []exchange{
	{
		name: "heard", title: "the vendor's own offer: the device must decrypt what it is sent", requirement: "RF-SR-01",
		during:   []scene.Step{scene.HearEcho()},
		expected: "decrypts what the vendor sends, and sends it back", rule: judge.All(judge.Decrypts, judge.Speaks),
	}, {
		name: "packets", title: "the packets of a secure call, and what comes after it", requirement: "RF-RTP-01", area: "srtp",
		during:   []scene.Step{scene.HearPackets(), scene.EndCall(), scene.Aftermath()},
		expected: soundPackets, rule: judge.SoundRTP, also: packetChecks(),
	}, {
		name: "next-call", title: "two calls, one after the other", requirement: "RF-SR-01", area: "srtp", next: true,
		during:   []scene.Step{scene.Hear()},
		expected: "protects what it sends in each call with the call's own keys", rule: works,
	}, {
		name: "dressed-heard", title: "packets with contributing sources, a header extension and padding, and pauses between them",
		requirement: "RF-RTP-02", area: "srtp", presumes: []string{"heard", "secure-heard"},
		call: edge.Outbound{Dressed: true}, during: []scene.Step{scene.HearClean()},
		expected: "decrypts what the vendor sends, whatever the packets carry besides", rule: judge.HearsDressed,
	}, {
		name: "rtcp-port", title: "RTCP at a port of its own, unless the device multiplexes; and BUNDLE",
		requirement: "RF-RTCP-01", area: "srtp",
		call: edge.Outbound{RTCPMux: true, RTCPAside: true, Bundle: true}, during: []scene.Step{scene.HearRTCP(), scene.Hear()},
		expected: rtcpPlaced, rule: judge.RTCPWhereSaid,
	}, {
		name: "mki", refused: true, during: []scene.Step{scene.Hear()},
		expected: "refuses an MKI, or means it",
		rule:     judge.RefusesCallOr("mki", judge.Unshown(works, "only a device that echoes can show that it reads an MKI")),
	},
	mkiHeard("mki-heard"), mkiHeard("mki-of-one-byte"), mkiHeard("mki-of-128-bytes"), mkiHeard("mki-with-leading-zeros"),
	{
		name: "derivation-rate", refused: true, during: []scene.Step{scene.HearEcho()},
		presumes: []string{"offer/" + unknownParameter, unknownParameter},
		expected: "refuses the parameter, or decrypts what the vendor sends",
		rule:     judge.RefusesCallOr("derivation-rate", judge.Decrypts),
	}, {
		name: "forward-error-correction", refused: true, during: []scene.Step{scene.Hear()},
		presumes: []string{"offer/" + unknownParameter, unknownParameter},
		expected: "refuses the parameters, or sends what authenticates under its answer",
		rule:     judge.RefusesCallOr("forward-error-correction", works),
	}, {
		name: "several-keys", refused: true, during: []scene.Step{scene.HearEcho()},
		expected: "refuses several keys, or decrypts what the vendor sends under the first",
		rule:     judge.RefusesCallOr("several-keys", judge.Decrypts),
	}, {
		name: "unencrypted-reports", refused: true, during: []scene.Step{scene.Hear()},
		presumes: []string{"offer/" + unknownParameter, unknownParameter},
		expected: "refuses the parameter, or has it in its answer too", rule: judge.RefusesCallOr("unencrypted-reports", works),
	}, {
		name: "two-streams", title: "an offer of audio, video, fax and more audio", requirement: "RF-TLS-07",
		streams: []sdp.Stream{video, fax, furtherAudio}, during: []scene.Step{scene.Hear()},
		expected: "answers each stream in its place, with port 0 for what it does not take", rule: judge.AnswersEachStream,
		also: []judge.Check{scene.Ask("RF-SD-02", "answers each secure stream that it takes with one crypto",
			judge.Given(judge.AnswersEachStream, judge.FitsEachStream))},
	}, {
		name: "nothing-acceptable", refused: true, presumes: []string{"offer/" + unknownSuite}, during: []scene.Step{scene.Hear()},
		expected: "refuses the session with 488", rule: judge.RefusesCallWith("unknown-suite", 488),
	}, {
		name: "no-crypto", refused: true, during: []scene.Step{scene.Hear()},
		expected: "refuses the stream, and sends no media", rule: judge.All(judge.RefusesCall("no-crypto"), judge.NoClearMedia),
	}, {
		name: "duplicate-tags", refused: true, during: []scene.Step{scene.Hear()},
		expected: "refuses an offer whose tags are not unique", rule: judge.RefusesCall("duplicate-tags"),
	}, {
		name: "new-key", title: "a new offer within the call, with a new key", requirement: "RF-SD-20",
		during:   []scene.Step{scene.Hear(), scene.Reoffer(edge.Outbound{}), scene.HearOut()},
		expected: "goes on under the new key", rule: judge.AnswersAgain,
	}, {
		name: "new-key-heard", title: "a new offer within the call: the device must decrypt under the new key", requirement: "RF-SD-20",
		during:   []scene.Step{scene.Hear(), scene.Reoffer(edge.Outbound{}), scene.HearEcho()},
		expected: "decrypts what the vendor sends under the new key", rule: judge.DecryptsAgain,
	}, {
		name: "late-offer", title: "a call without an offer, which is left to the device", requirement: "RF-OA-01", late: true,
		during:   []scene.Step{scene.Hear()},
		expected: "offers SRTP in its answer, and sends what authenticates under it",
		rule:     judge.All(judge.OffersLate, judge.SecureRTP),
	}, {
		name: "late-offer-heard", requirement: "RF-OA-01", late: true, call: edge.Outbound{Reliable: true},
		title:    "a call whose offer is left to the device: it must decrypt under the vendor's answer",
		during:   []scene.Step{scene.HearEcho()},
		expected: "decrypts what the vendor sends under the answer to its offer", rule: judge.Given(judge.OffersLate, judge.Decrypts),
	}, {
		name: "reliable", title: "a vendor that acknowledges provisional responses", requirement: "RF-OA-01",
		call: edge.Outbound{Reliable: true}, during: []scene.Step{scene.Hear()},
		expected: "answers once, reliably or in the final response, and sends what authenticates under that answer",
		rule:     judge.All(works, judge.OneAnswer),
	}, {
		name: "opportunistic", title: "opportunistic SRTP, which is RTP/AVP with keys", requirement: "RF-OS-01",
		call: edge.Outbound{MediaProfile: "RTP/AVP"}, during: []scene.Step{scene.Hear()},
		expected: "answers RTP/AVP, with a key and SRTP or without and RTP, or refuses", rule: judge.FollowsOSRTP,
	},
}

// mkiHeard is an offer with an MKI to a device that echoes: one that takes it has to have meant it.
func mkiHeard(name string) exchange {
	return exchange{
		name: name, refused: true, during: []scene.Step{scene.HearEcho()},
		expected: "refuses an MKI, or decrypts what the vendor sends", rule: judge.RefusesCallOr("mki", judge.Decrypts),
	}
}

// unknownSuite is the case whose fail explains those of other offers that a device must
// not take: one that takes an offer of nothing that it knows looks at no offer.
const unknownSuite = "unknown-suite"

// unknownParameter is the same for parameters: one that takes any leaves them all out of
// its answer.
const unknownParameter = "unknown-parameter"

// works asks for an answer to the offer, and for media under it.
var works = judge.All(judge.Answered, judge.OneCrypto, judge.SecureRTP)

// called are all of the cases that are about more than what the device answers.
var called = slices.Concat(exchanges, changes)

// answers are the device as answerer: the vendor's offers, and offers that only
// the RFCs know. A row's suites are those of the offer.
func answers() family {
	return family{
		id: "{way}/offer/{case}", ways: []string{listenerWay, callInWay},
		cases: func(e *entry) []string {
			names := []string{"suite", "suites", "profile-suites", "unpadded", "short-tag"}
			for _, x := range called {
				if !x.late || e.product.Answer.LateOffer {
					names = append(names, x.name)
				}
			}
			for _, o := range tables.Offers() {
				if o.Asked == tables.Taken || o.Asked == tables.Refused {
					names = append(names, o.Name)
				}
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s, err := e.answer(name)
			return []stimulus{s}, err
		},
	}
}

// answer is the case of that name.
func (e *entry) answer(name string) (stimulus, error) {
	o, tabled := tables.OfferNamed(name)
	for _, x := range called {
		if x.name == name {
			return e.exchanges(x, o, tabled), nil
		}
	}
	switch o.Asked {
	case tables.Taken:
		return e.takes(o), nil
	case tables.Refused:
		return e.rejects(o), nil
	}
	return e.suiteOffer(name)
}

// takes is an offer that the device has to take.
func (e *entry) takes(o tables.Offer) stimulus {
	s := stimulus{title: o.Title, area: "sdes", requirement: o.Requirement}
	s.script = e.way.taken(e.offer(o), scene.Hear())
	chosen := judge.OneCrypto
	if o.Tag != 0 {
		chosen = judge.ChoosesTag(o.Tag)
	}
	s.expected, s.rule = "takes an offer with "+o.Title, judge.All(judge.Answered, chosen, judge.SecureRTP)
	if o.Requirement != "RF-SD-02" {
		s.also = []judge.Check{scene.Ask("RF-SD-02", "answers with the tag of what it chose", judge.OneCrypto)}
	}
	carry(&s.device, or(o.Suite, e.firstSuite()))
	return s
}

// rejects is an offer that the device must not take.
func (e *entry) rejects(o tables.Offer) stimulus {
	s := stimulus{title: o.Title, area: "sdes", requirement: o.Requirement, refused: true, script: e.way.taken(e.offer(o))}
	s.expected, s.rule = "refuses an offer with "+o.Title, judge.RefusesCall(o.Name)
	if o.Name != unknownSuite {
		s.presumes = []string{unknownSuite}
	}
	carry(&s.device, or(o.Suite, e.firstSuite()))
	return s
}

// exchanges is a case of the table of that name, with the offer of its name if there is one.
func (e *entry) exchanges(x exchange, o tables.Offer, tabled bool) stimulus {
	call := x.call
	if tabled {
		x.title, x.requirement, call.Crypto = o.Title, o.Requirement, e.offer(o).Crypto
	}
	opportunistic := call.MediaProfile != "" // whose keys the vendor's own offer has not
	if opportunistic {
		keyed, _ := tables.OfferNamed("plain")
		call.Crypto = e.offer(keyed).Crypto
	}
	call.Streams, call.LateOffer = x.streams, x.late
	script := e.way.taken(call, x.during...)
	if x.next {
		ring := e.way.ring(call)
		script = slices.Concat(script, ring[len(ring)-1:], x.during, []scene.Step{scene.EndCall(), scene.Settle()})
	}
	s := stimulus{
		title: x.title, area: or(x.area, "sdes"), requirement: x.requirement, refused: x.refused, presumes: x.presumes,
		script: script, expected: x.expected, rule: x.rule, also: x.also,
	}
	if !x.refused && !opportunistic { // what need not be taken need have no key
		s.also = append(slices.Clone(x.also), askFreshKeys())
	}
	carry(&s.device, e.firstSuite())
	if x.otherSuite {
		e.offerOther(&s)
	}
	return s
}

// suiteOffer is an offer of suites: those of the row, or those that the vendor's
// settings leave.
func (e *entry) suiteOffer(name string) (stimulus, error) {
	s := stimulus{area: "sdes", expected: "takes the offer, and sends SRTP that authenticates", rule: works}
	var lines []string
	for i, suite := range e.row.Suites {
		lines = append(lines, fmt.Sprintf("%d %s inline:{key}", i+1, suite))
	}
	switch name {
	case "suite", "unpadded":
		if e.Rows == nil {
			return s, nil // no RFC has a rule for it
		}
		if len(lines) != 1 {
			return s, fmt.Errorf("the case %s is of one suite: say suites: [NAME]", name)
		}
		s.title = "an offer of " + e.row.Suites[0] + " alone"
		s.device.Needs, s.device.Enable = []device.Capability{device.SRTPSuite(e.row.Suites[0])}, e.row.Suites
		if name == "unpadded" {
			s.title = "a key whose base64 lacks its padding"
			lines[0] = strings.Replace(lines[0], "{key}", "{unpadded}", 1)
		}
	case "suites":
		s.title, s.rule = "an offer of "+strings.Join(e.row.Suites, ", "), works
	case "profile-suites":
		s.title, s.rule, lines = "an offer of the suites that the vendor's settings leave", works, nil
		if e.row.Enable == nil {
			s.refused = true
			s.expected, s.rule = "takes a suite that is offered, or refuses the call", judge.RefusesCallOr("no-suite-of-its-own", s.rule)
		} else {
			s.title += ", to a device that is set to one of them"
			s.device.Needs = []device.Capability{device.SRTPSuite(e.row.Enable[0])}
		}
	case "short-tag":
		s.title, s.expected = "a call under the short tag", "has tags of 4 bytes on SRTP, and of 10 on SRTCP"
		s.rule = judge.Given(judge.OneCrypto, judge.All(judge.SecureMedia, judge.SecureRTCP))
		lines = []string{"1 " + scene.Tag32 + " inline:{key}"}
		if e.accepts(scene.Tag32) {
			s.requirement = "RF-SR-03"
		}
		s.script, s.also = e.way.taken(edge.Outbound{Crypto: lines}, scene.HearRTCP(), scene.Hear()), rtcpChecks()
		return s, nil
	}
	s.script = e.way.taken(edge.Outbound{Crypto: lines}, scene.Hear())
	return s, nil
}

// firstSuite is the first that the vendor offers in the entry's settings.
func (e *entry) firstSuite() string {
	values, err := e.values(nil)
	suites := profile.Choose(e.product.Offer.SuitesBy, values, e.product.Offer.Suites)
	if err != nil || len(suites) == 0 {
		return scene.Tag80
	}
	return suites[0]
}

// offer is a vendor's call with the lines of an offer.
func (e *entry) offer(o tables.Offer) edge.Outbound {
	suite := e.firstSuite()
	return edge.Outbound{Crypto: o.Fill(suite, besides(suite))}
}
