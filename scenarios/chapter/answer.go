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
		name: "tag-of-nine-digits", title: "a tag of nine digits", requirement: "RF-SD-01",
		crypto: []string{"999999999 {suite} inline:{key}"}, tag: 999999999,
	},
	{
		name: "tags-out-of-order", title: "tags whose order is not that of preference", requirement: "RF-SD-01",
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
		crypto: []string{"1 {suite} inline:{key}|2^20|1:4", "2 {suite} inline:{key}"}, tag: 0,
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
var video = sdp.Stream{Type: "video", Port: 40000, Proto: "RTP/SAVP", Formats: []sdp.Format{{Name: "96", Map: "H264/90000"}}}

// mki is an offer of one attribute that has an MKI.
const mki = "1 {suite} inline:{key}|2^20|1:4"

// answers are the device as answerer: the vendor's offers, and offers that only
// the RFCs know. A row's suites are those of the offer.
func answers() family {
	return family{
		id: "{way}/offer/{case}", way: listenerWay,
		cases: func(*entry) []string {
			names := []string{"suite", "suites", "profile-suites", "unpadded", "heard", "mki", "mki-heard", "short-tag", "two-streams",
				"nothing-acceptable", "duplicate-tags", "new-key", "new-key-heard"}
			for _, a := range acceptable {
				names = append(names, a.name)
			}
			for _, u := range unacceptable {
				names = append(names, u.name)
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			for _, a := range acceptable {
				if a.name == name {
					return []stimulus{e.takes(a.title, a.requirement, a.tag, a.crypto)}, nil
				}
			}
			for _, u := range unacceptable {
				if u.name == name {
					return []stimulus{e.rejects(name, u.title, u.requirement, u.crypto)}, nil
				}
			}
			s, err := e.answer(name)
			return []stimulus{s}, err
		},
	}
}

// takes is an offer that the device has to take.
func (e *entry) takes(title, requirement string, tag int, crypto []string) stimulus {
	s := stimulus{title: title, area: "sdes", requirement: requirement, script: e.way.taken(e.offer(crypto...), scene.Hear())}
	chosen := judge.OneCrypto
	if tag != 0 {
		chosen = judge.ChoosesTag(tag)
	}
	s.expected, s.rule = "takes an offer with "+title, judge.All(chosen, judge.SecureMedia)
	s.also = []judge.Check{scene.Ask("RF-SD-02", "answers with the tag of what it chose", judge.OneCrypto)}
	carry(&s.device, e.firstSuite())
	return s
}

// rejects is an offer that the device must not take.
func (e *entry) rejects(name, title, requirement, crypto string) stimulus {
	s := stimulus{title: title, area: "sdes", requirement: requirement, refused: true, script: e.way.taken(e.offer(crypto))}
	s.expected, s.rule = "refuses an offer with "+title, judge.RefusesCall(name)
	carry(&s.device, e.firstSuite())
	return s
}

// answer is a case that is not about one line of an offer.
func (e *entry) answer(name string) (stimulus, error) {
	works := judge.All(judge.OneCrypto, judge.SecureMedia)
	s := stimulus{area: "sdes", expected: "takes the offer, and sends SRTP that authenticates", rule: works}
	hear := func(o edge.Outbound, steps ...scene.Step) { s.script = e.way.taken(o, steps...) }
	carry(&s.device, e.firstSuite())
	switch name {
	case "suite", "unpadded":
		if e.Rows == nil {
			return s, nil // no RFC has a rule for it
		}
		if len(e.row.Suites) != 1 {
			return s, fmt.Errorf("the case %s is of one suite: say suites: [NAME]", name)
		}
		suite := e.row.Suites[0]
		s.title, s.device = "an offer of "+suite+" alone", scene.Device{}
		s.device.Needs, s.device.Enable = []device.Capability{device.SRTPSuite(suite)}, []string{suite}
		hear(edge.Outbound{Crypto: []string{"1 " + suite + " inline:{key}"}}, scene.Hear())
		if name == "unpadded" {
			s.title = "a key whose base64 lacks its padding"
			hear(edge.Outbound{Crypto: []string{"1 " + suite + " inline:{unpadded}"}}, scene.Hear())
		}
	case "suites":
		s.title, s.device = "an offer of "+strings.Join(e.row.Suites, ", "), scene.Device{}
		var lines []string
		for i, suite := range e.row.Suites {
			lines = append(lines, fmt.Sprintf("%d %s inline:{key}", i+1, suite))
		}
		s.rule = judge.All(judge.Answered, works)
		hear(edge.Outbound{Crypto: lines}, scene.Hear())
	case "profile-suites":
		s.title, s.device = "an offer of the suites that the vendor's settings leave", scene.Device{}
		s.rule = judge.All(judge.Answered, works)
		if e.row.Enable == nil {
			s.expected, s.rule = "takes a suite that is offered, or refuses the call", judge.RefusesCallOr("no-suite-of-its-own", s.rule)
		} else {
			s.title += ", to a device that is set to one of them"
			s.device.Needs = []device.Capability{device.SRTPSuite(e.row.Enable[0])}
		}
	case "heard":
		s.title, s.requirement = "the vendor's own offer: the device must decrypt what it is sent", "RF-SR-01"
		s.expected, s.rule = "decrypts what the vendor sends", judge.Decrypts
		hear(edge.Outbound{}, scene.HearEcho())
	case "mki":
		s.title, s.requirement, s.refused = "an attribute with an MKI", "RF-SD-13", true
		s.expected, s.rule = "refuses an MKI, or means it", judge.RefusesCallOr("mki", works)
		hear(e.offer(mki), scene.Hear())
	case "mki-heard":
		s.title, s.requirement = "an attribute with an MKI: the device must decrypt what carries it", "RF-SD-13"
		s.expected, s.rule = "refuses an MKI, or decrypts what the vendor sends", judge.RefusesCallOr("mki", judge.Decrypts)
		hear(e.offer(mki), scene.HearEcho())
	case "short-tag":
		s.title, s.device = "a call under the short tag", scene.Device{}
		if e.accepts(scene.Tag32) {
			s.requirement = "RF-SR-03"
		}
		s.expected, s.rule = "has tags of 4 bytes on SRTP", judge.SecureMedia
		hear(edge.Outbound{Crypto: []string{"1 " + scene.Tag32 + " inline:{key}"}}, scene.Hear())
	case "two-streams":
		s.title, s.requirement = "an offer of audio and video", "RF-TLS-07"
		s.expected, s.rule = "answers each stream, with port 0 for what it does not take", judge.AnswersEachStream
		hear(edge.Outbound{Streams: []sdp.Stream{video}}, scene.Hear())
	case "nothing-acceptable":
		s.title, s.requirement, s.refused = "an offer of which nothing can be taken", "RF-TLS-07", true
		s.expected, s.rule = "refuses the session with 488", judge.RefusesCallWith("unknown-suite", 488)
		hear(e.offer("1 NO_SUCH_SUITE_80 inline:{key}"), scene.Hear())
	case "duplicate-tags":
		s.title, s.requirement, s.refused = "two attributes under one tag", "RF-SD-01", true
		s.expected, s.rule = "refuses an offer whose tags are not unique", judge.RefusesCall("duplicate-tags")
		hear(e.offer("1 {suite} inline:{key}", "1 {other} inline:{key}"), scene.Hear())
	case "new-key":
		s.title, s.requirement = "a new offer within the call, with a new key", "RF-SD-20"
		s.expected, s.rule = "goes on under the new key", judge.AnswersAgain
		hear(edge.Outbound{}, scene.Hear(), scene.Reoffer(edge.Outbound{}), scene.HearOut())
	case "new-key-heard":
		s.title, s.requirement = "a new offer within the call: the device must decrypt under the new key", "RF-SD-20"
		s.expected, s.rule = "decrypts what the vendor sends under the new key", judge.DecryptsAgain
		hear(edge.Outbound{}, scene.Hear(), scene.Reoffer(edge.Outbound{}), scene.HearEcho())
	}
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
	suite, other := e.firstSuite(), scene.Tag80
	if suite == other {
		other = scene.Tag32
	}
	length := keyLength(suite)
	// Base64 writes three bytes, or the one or two that are left, as four characters.
	alike := (length-1)/3*3 + 1
	if alike == length {
		alike += 2
	}
	fill := strings.NewReplacer("{suite}", suite, "{other}", other, "{lower}", strings.ToLower(suite),
		"{short}", bytes(length-1), "{long}", bytes(length+16), "{alike}", bytes(alike))
	var o edge.Outbound
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
