package chapter

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// In the offers below {suite} is the vendor's first suite and {other} another one,
// {key} a fresh key of the suite's length, {short} and {long} keys of other
// lengths, and {alike} a key of another length whose base64 is as long.

// acceptable are offers that a device has to take, and the tag that it has to
// choose, 0 for any.
var acceptable = []struct {
	name, title, requirement string
	crypto                   []string
	tag                      int
}{
	{
		name: "lifetime-power", title: "a lifetime as a power of two", requirement: "RF-SD-11",
		crypto: []string{"1 {suite} inline:{key}|2^20"}, tag: 1,
	},
	{
		name: "lifetime-decimal", title: "a lifetime in decimal", requirement: "RF-SD-11",
		crypto: []string{"1 {suite} inline:{key}|1048576"}, tag: 1,
	},
	{
		name: "lifetime-longest", title: "the longest lifetime that there is", requirement: "RF-SD-10",
		crypto: []string{"1 {suite} inline:{key}|2^48"}, tag: 1,
	},
	{
		name: "unknown-suite-first", title: "an unknown suite before a known one", requirement: "RF-SD-19",
		crypto: []string{"1 NO_SUCH_SUITE_80 inline:{key}", "2 {suite} inline:{key}"}, tag: 2,
	},
	{
		name: "tag-of-nine-digits", title: "a tag of nine digits", requirement: "RF-SD-02",
		crypto: []string{"999999999 {suite} inline:{key}"}, tag: 999999999,
	},
	{
		name: "tags-out-of-order", title: "tags whose order is not that of preference", requirement: "RF-SD-26",
		crypto: []string{"7 {suite} inline:{key}", "3 {suite} inline:{key}"}, tag: 7,
	},
	{
		name: "optional-parameter", title: "an unknown session parameter that may be ignored", requirement: "RF-SD-16",
		crypto: []string{"1 {suite} inline:{key} -FOO=1"}, tag: 1,
	},
	{
		name: "window-size", title: "a window size hint", requirement: "RF-SD-15",
		crypto: []string{"1 {suite} inline:{key} WSH=64"}, tag: 1,
	},
	{
		name: "invalid-then-valid", title: "an invalid attribute before a valid one", requirement: "RF-SD-07",
		crypto: []string{"1 {suite} inline:{bytes:20}", "2 {suite} inline:{key}"}, tag: 2,
	},
	{
		name: "mki-then-plain", title: "an attribute with an MKI before one without", requirement: "RF-SD-13",
		crypto: []string{"1 {suite} inline:{key}|1:4", "2 {suite} inline:{key}"}, tag: 0,
	},
}

// unacceptable are offers of one attribute that a device must not take.
var unacceptable = []struct{ name, title, requirement, crypto string }{
	{"unknown-suite", "only an unknown suite", "RF-SD-03", "1 NO_SUCH_SUITE_80 inline:{key}"},
	{"key-too-short", "a key that is too short", "RF-SD-07", "1 {suite} inline:{short}"},
	{"key-too-long", "a key that is too long", "RF-SD-07", "1 {suite} inline:{long}"},
	{"aead-length", "a key of another length whose base64 is as long as the right one's", "RF-SD-08", "1 {suite} inline:{alike}"},
	{"lifetime-too-long", "a lifetime over the suite's maximum", "RF-SD-10", "1 {suite} inline:{key}|2^49"},
	{"mki-length-zero", "an MKI of no length", "RF-SD-12", "1 {suite} inline:{key}|1:0"},
	{"mki-length-129", "an MKI of 129 bytes", "RF-SD-12", "1 {suite} inline:{key}|1:129"},
	{"two-keys-without-mki", "two keys and no MKI to tell them apart", "RF-SD-11", "1 {suite} inline:{key};inline:{key}"},
	{"unknown-parameter", "an unknown session parameter", "RF-SD-16", "1 {suite} inline:{key} FOO=1"},
	{"kdr-25", "a key derivation rate out of range", "RF-SD-15", "1 {suite} inline:{key} KDR=25"},
	{"wsh-32", "a window size below 64", "RF-SD-15", "1 {suite} inline:{key} WSH=32"},
	{"unencrypted", "encryption switched off", "RF-SD-18", "1 {suite} inline:{key} UNENCRYPTED_SRTP"},
	{"unauthenticated", "authentication switched off", "RF-SD-18", "1 {suite} inline:{key} UNAUTHENTICATED_SRTP"},
	{"lower-case-suite", "a suite in lower case", "RF-SD-21", "1 {lower} inline:{key}"},
}

// video is a stream that a telephone has no use for.
var video = sdp.Stream{
	Type: "video", Port: 40000, Proto: "RTP/SAVP", Formats: []sdp.Format{{Name: "96", Map: "H264/90000"}},
	Crypto: []string{"1 " + scene.Tag80 + " inline:{key}"},
}

// exchange is a case that is about more than one line of an offer.
type exchange struct {
	name, title, requirement string
	area                     string // sdes if empty
	refused                  bool
	presumes                 []string
	late                     bool          // the vendor's INVITE has no offer
	offer                    edge.Outbound // what the vendor's call is, besides its lines and streams
	crypto                   []string      // lines of the offer, none if empty; nil: the vendor's own
	streams                  []sdp.Stream  // after the audio
	during                   []scene.Step  // while the call is up
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
		name: "dressed-heard", title: "packets with contributing sources, a header extension and padding, and pauses between them",
		requirement: "RF-RTP-02", area: "srtp", presumes: []string{"heard", "secure-heard"},
		offer: edge.Outbound{Dressed: true}, during: []scene.Step{scene.HearEcho()},
		expected: "decrypts what the vendor sends, whatever the packets carry besides", rule: judge.HearsDressed,
	}, {
		name: "rtcp-port", title: "RTCP at a port of its own, unless the device multiplexes; and BUNDLE", requirement: "RF-RTCP-01", area: "srtp",
		offer: edge.Outbound{RTCPMux: true, RTCPAside: true, Bundle: true}, during: []scene.Step{scene.HearRTCP(), scene.Hear()},
		expected: rtcpPlaced, rule: judge.RTCPWhereSaid,
	}, {
		name: "mki", title: "an attribute with an MKI", requirement: "RF-SD-13", refused: true,
		crypto: []string{"1 {suite} inline:{key}|1:4"}, during: []scene.Step{scene.Hear()},
		expected: "refuses an MKI, or means it",
		rule:     judge.RefusesCallOr("mki", judge.Unshown(works, "only a device that echoes can show that it reads an MKI")),
	}, {
		name: "mki-heard", title: "an attribute with an MKI: the device must decrypt what carries it", requirement: "RF-SD-13", refused: true,
		crypto: []string{"1 {suite} inline:{key}|1:4"}, during: []scene.Step{scene.HearEcho()},
		expected: "refuses an MKI, or decrypts what the vendor sends", rule: judge.RefusesCallOr("mki", judge.Decrypts),
	}, {
		name: "two-streams", title: "an offer of audio and video", requirement: "RF-TLS-07",
		streams: []sdp.Stream{video}, during: []scene.Step{scene.Hear()},
		expected: "answers each stream, with port 0 for what it does not take", rule: judge.AnswersEachStream,
	}, {
		name: "nothing-acceptable", title: "an offer of which nothing can be taken", requirement: "RF-TLS-07", refused: true,
		presumes: []string{"offer/" + unknownSuite},
		crypto:   []string{"1 NO_SUCH_SUITE_80 inline:{key}"}, during: []scene.Step{scene.Hear()},
		expected: "refuses the session with 488", rule: judge.RefusesCallWith("unknown-suite", 488),
	}, {
		name: "no-crypto", title: "RTP/SAVP without any key", requirement: "RF-SD-23", refused: true,
		crypto: []string{}, during: []scene.Step{scene.Hear()},
		expected: "refuses the stream, and sends no media", rule: judge.All(judge.RefusesCall("no-crypto"), judge.NoClearMedia),
	}, {
		name: "duplicate-tags", title: "two attributes under one tag", requirement: "RF-SD-26", refused: true,
		crypto: []string{"1 {suite} inline:{key}", "1 {other} inline:{key}"}, during: []scene.Step{scene.Hear()},
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
	},
}

// unknownSuite is the case whose fail explains those of other offers that a device must
// not take: one that takes an offer of nothing that it knows looks at no offer.
const unknownSuite = "unknown-suite"

// works asks for an answer to the offer, and for media under it.
var works = judge.All(judge.Answered, judge.OneCrypto, judge.SecureRTP)

// answers are the device as answerer: the vendor's offers, and offers that only
// the RFCs know. A row's suites are those of the offer.
func answers() family {
	return family{
		id: "{way}/offer/{case}", ways: []string{listenerWay, callInWay},
		cases: func(e *entry) []string {
			names := []string{"suite", "suites", "profile-suites", "unpadded", "short-tag"}
			for _, x := range exchanges {
				if !x.late || e.product.Answer.LateOffer {
					names = append(names, x.name)
				}
			}
			for _, a := range acceptable {
				names = append(names, a.name)
			}
			for _, u := range unacceptable {
				names = append(names, u.name)
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
	for _, a := range acceptable {
		if a.name == name {
			return e.takes(a.title, a.requirement, a.tag, a.crypto), nil
		}
	}
	for _, u := range unacceptable {
		if u.name == name {
			return e.rejects(name, u.title, u.requirement, u.crypto), nil
		}
	}
	for _, x := range exchanges {
		if x.name == name {
			return e.exchanges(x), nil
		}
	}
	return e.suiteOffer(name)
}

// takes is an offer that the device has to take.
func (e *entry) takes(title, requirement string, tag int, crypto []string) stimulus {
	s := stimulus{title: title, area: "sdes", requirement: requirement}
	s.script = e.way.taken(e.offer(crypto...), scene.Hear())
	chosen := judge.OneCrypto
	if tag != 0 {
		chosen = judge.ChoosesTag(tag)
	}
	s.expected, s.rule = "takes an offer with "+title, judge.All(judge.Answered, chosen, judge.SecureRTP)
	if requirement != "RF-SD-02" {
		s.also = []judge.Check{scene.Ask("RF-SD-02", "answers with the tag of what it chose", judge.OneCrypto)}
	}
	carry(&s.device, e.firstSuite())
	return s
}

// rejects is an offer that the device must not take.
func (e *entry) rejects(name, title, requirement, crypto string) stimulus {
	s := stimulus{title: title, area: "sdes", requirement: requirement, refused: true, script: e.way.taken(e.offer(crypto))}
	s.expected, s.rule = "refuses an offer with "+title, judge.RefusesCall(name)
	if name != unknownSuite {
		s.presumes = []string{unknownSuite}
	}
	carry(&s.device, e.firstSuite())
	return s
}

// exchanges is a case of the table of that name.
func (e *entry) exchanges(x exchange) stimulus {
	o := x.offer
	o.Crypto, o.Streams, o.LateOffer = e.offer(x.crypto...).Crypto, x.streams, x.late
	s := stimulus{
		title: x.title, area: or(x.area, "sdes"), requirement: x.requirement, refused: x.refused, presumes: x.presumes,
		script: e.way.taken(o, x.during...), expected: x.expected, rule: x.rule, also: x.also,
	}
	carry(&s.device, e.firstSuite())
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

// offer is a vendor's call with these lines.
func (e *entry) offer(lines ...string) edge.Outbound {
	suite := e.firstSuite()
	length := keyLength(suite)
	// Base64 writes three bytes, or the one or two that are left, as four characters.
	alike := (length-1)/3*3 + 1
	if alike == length {
		alike += 2
	}
	fill := strings.NewReplacer("{suite}", suite, "{other}", besides(suite), "{lower}", strings.ToLower(suite),
		"{short}", bytes(length-1), "{long}", bytes(length+16), "{alike}", bytes(alike))
	var o edge.Outbound
	if lines != nil {
		o.Crypto = []string{} // none, and not the vendor's own
	}
	for _, line := range lines {
		o.Crypto = append(o.Crypto, fill.Replace(line))
	}
	return o
}

func bytes(n int) string { return fmt.Sprintf("{bytes:%d}", n) }

// keyLength is how long the inline key of a suite is, master salt included.
func keyLength(suite string) int {
	s, known := sdes.LookupSuite(suite)
	if !known {
		return 30
	}
	return s.KeySalt()
}
