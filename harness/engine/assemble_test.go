package engine_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// seen numbers events as a log would.
func seen(events ...observation.Event) []observation.Event {
	for i := range events {
		events[i].Seq = i
	}
	return events
}

// TestWeighing: levels, confidence and conflicts in the catalogue decide how findings
// become a verdict.
func TestWeighing(t *testing.T) {
	t.Parallel()
	type list = []string
	for name, c := range map[string]struct {
		notes    []observation.Event
		asks     []string
		verdict  verdict.Verdict
		cause    string
		findings []string
		remarks  []string
	}{
		"a must is met": {
			[]observation.Event{note(must, verdict.Pass, "good")}, list{must},
			verdict.Pass, "good", list{must + " pass good"}, nil,
		},
		"a must is missed": {
			[]observation.Event{note(must, verdict.Fail, "bad")}, list{must},
			verdict.Fail, "bad", list{must + " fail bad"}, nil,
		},
		"a must of medium confidence is missed": {
			[]observation.Event{note(mustToo, verdict.Fail, "bad")}, list{mustToo},
			verdict.Fail, "bad", list{mustToo + " fail bad"}, nil,
		},
		"nothing was seen of a must": {
			nil, list{must},
			verdict.Inconclusive, "nothing-seen", list{must + " inconclusive nothing-seen"}, nil,
		},
		"a should is missed": {
			[]observation.Event{note(should, verdict.Fail, "bad")}, list{should},
			verdict.Deviation, "bad", list{should + " deviation bad"}, nil,
		},
		"nothing was seen of a should": {
			nil, list{should},
			verdict.Inconclusive, "nothing-seen", list{should + " inconclusive nothing-seen"}, nil,
		},
		"a must is met and a should is missed": {
			[]observation.Event{note(must, verdict.Pass, "good"), note(should, verdict.Fail, "bad")}, list{must, should},
			verdict.Deviation, "bad", list{must + " pass good", should + " deviation bad"}, nil,
		},
		"a must and a should are missed": {
			[]observation.Event{note(must, verdict.Fail, "worse"), note(should, verdict.Fail, "bad")}, list{should, must},
			verdict.Fail, "worse", list{should + " deviation bad", must + " fail worse"}, nil,
		},
		"a fail is not hidden by what was not seen": {
			[]observation.Event{note(mustToo, verdict.Fail, "bad")}, list{must, mustToo},
			verdict.Fail, "bad", list{must + " inconclusive nothing-seen", mustToo + " fail bad"}, nil,
		},
		"the first of two fails is told": {
			[]observation.Event{note(mustToo, verdict.Fail, "second"), note(must, verdict.Fail, "first")}, list{must, mustToo},
			verdict.Fail, "first", list{must + " fail first", mustToo + " fail second"}, nil,
		},
		"a may gives a remark": {
			[]observation.Event{note(must, verdict.Pass, "good"), note(may, verdict.Fail, "lacks")}, list{may, must},
			verdict.Pass, "good", list{must + " pass good"}, list{may + " fail lacks"},
		},
		"low confidence gives a remark": {
			[]observation.Event{note(must, verdict.Pass, "good"), note(uncertain, verdict.Fail, "odd")}, list{uncertain, must},
			verdict.Pass, "good", list{must + " pass good"}, list{uncertain + " fail odd"},
		},
		"an inconclusive remark leaves a pass": {
			[]observation.Event{note(must, verdict.Pass, "good")}, list{uncertain, may, must},
			verdict.Pass, "good", list{must + " pass good"},
			list{uncertain + " inconclusive nothing-seen", may + " inconclusive nothing-seen"},
		},
		"nothing but remarks": {
			[]observation.Event{note(uncertain, verdict.Fail, "odd"), note(may, verdict.Pass, "has")}, list{uncertain, may},
			verdict.Observed, "observed-only", nil, list{uncertain + " fail odd", may + " pass has"},
		},
		"nothing but remarks, and one not seen": {
			[]observation.Event{note(may, verdict.Pass, "has")}, list{uncertain, may},
			verdict.Observed, "observed-only", nil, list{uncertain + " inconclusive nothing-seen", may + " pass has"},
		},
		"one of two that conflict is met": {
			[]observation.Event{note(vendors, verdict.Fail, "strict"), note(standards, verdict.Pass, "good")}, list{vendors, standards},
			verdict.Deviation, "strict", list{vendors + " deviation strict", standards + " pass good"}, nil,
		},
		"the other of two that conflict is met": {
			[]observation.Event{note(vendors, verdict.Pass, "good"), note(standards, verdict.Fail, "lax")}, list{vendors, standards},
			verdict.Deviation, "lax", list{vendors + " pass good", standards + " deviation lax"}, nil,
		},
		"both that conflict are missed": {
			[]observation.Event{note(vendors, verdict.Fail, "strict"), note(standards, verdict.Fail, "lax")}, list{vendors, standards},
			verdict.Fail, "strict", list{vendors + " fail strict", standards + " fail lax"}, nil,
		},
		"one of two that conflict is missed, and the other is open": {
			[]observation.Event{note(vendors, verdict.Fail, "strict")}, list{vendors, standards},
			verdict.Fail, "strict", list{vendors + " fail strict", standards + " inconclusive nothing-seen"}, nil,
		},
		"a conflict excuses nothing else": {
			[]observation.Event{note(must, verdict.Fail, "bad"), note(standards, verdict.Pass, "good")}, list{must, standards},
			verdict.Fail, "bad", list{must + " fail bad", standards + " pass good"}, nil,
		},
		"a conflict leaves open what is open": {
			[]observation.Event{note(standards, verdict.Pass, "good")}, list{vendors, standards},
			verdict.Inconclusive, "nothing-seen", list{vendors + " inconclusive nothing-seen", standards + " pass good"}, nil,
		},
		"a row that the catalogue lacks": {
			[]observation.Event{note(must, verdict.Fail, "bad")}, list{must, nowhere},
			verdict.Error, "unknown-requirement", nil, nil,
		},
		"a rule that does not rule": {
			[]observation.Event{note(must, "passed", "good")}, list{must},
			verdict.Error, "no-ruling", nil, nil,
		},
		"a rule that does not rule, at low confidence": {
			[]observation.Event{note(uncertain, "deviation", "good")}, list{uncertain},
			verdict.Error, "no-ruling", nil, nil,
		},
		"a mock that panicked": {
			[]observation.Event{note(must, verdict.Fail, "bad"), {Kind: observation.Fault, Fault: observation.MockPanicked}}, list{must},
			verdict.Error, "mock-panicked", nil, nil,
		},
		"something unexpected that is not a panic": {
			[]observation.Event{{Kind: observation.Unexpected, Text: "not a TLS record"}, note(must, verdict.Pass, "good")}, list{must},
			verdict.Pass, "good", list{must + " pass good"}, nil,
		},
		"a device that says the words of a panic": {
			[]observation.Event{{Kind: observation.Unexpected, Text: "the mock panicked"}, note(must, verdict.Pass, "good")}, list{must},
			verdict.Pass, "good", list{must + " pass good"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := engine.Judge(scenario("a", nil, asks(c.asks...)), rows(t), seen(c.notes...), engine.Rests{}).Result
			expect(t, r, c.verdict, c.cause)
			same(t, "findings", brief(r.Findings), c.findings)
			same(t, "remarks", brief(r.Remarks), c.remarks)
		})
	}
}

// TestResultFields: a result has the fields of its scenario and of the finding that
// decided.
func TestResultFields(t *testing.T) {
	t.Parallel()
	s := scenario("a", nil, asks(must, should, must))
	s.Area, s.Direction, s.Level = "srtp", plan.FromVendor, catalogue.Should
	r := engine.Judge(s, rows(t), seen(note(must, verdict.Pass, "good"), note(should, verdict.Fail, "bad")), engine.Rests{}).Result
	got := []string{r.Scenario, r.Title, r.Vendor, r.Product, r.Revisions, r.Direction, r.Area, r.Level,
		strings.Join(r.Requirements, " "), r.Expected, r.Observed, r.Hint}
	same(t, "the fields", got, []string{"twilio/voice/a", "a", "twilio", "voice", "seed-era+current", "vendor-to-device", "srtp", "should",
		must + " " + should, "does as " + should + " says", "a note", "hint of bad"})
	if want := []int{1}; !reflect.DeepEqual(r.Findings[1].Events, want) {
		t.Errorf("the finding names events %v, want %v", r.Findings[1].Events, want)
	}
}

// recorded is a log in which a device rejects one connection, and registers and sends
// media over another.
func recorded() *observation.Log {
	const request = "REGISTER sip:example.com SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nVia: SIP/2.0/TLS 127.0.0.1\r\n\r\n"
	const response = "SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nVia: SIP/2.0/TLS 127.0.0.1\r\n\r\n"
	log := observation.NewLog()
	open := observation.TransportInfo{Protocol: observation.TLS,
		Local: netip.MustParseAddrPort("127.0.0.1:5061"), Remote: netip.MustParseAddrPort("127.0.0.2:4000")}
	for _, e := range []observation.Event{
		{Kind: observation.TransportOpen, Conn: "tls-1", Transport: &open},
		{Kind: observation.ClientHello, Conn: "tls-1", Dir: observation.In, Hello: &observation.HelloInfo{LegacyVersion: 0x0303, Suites: []uint16{0xc02f}}},
		{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In, Alert: &observation.AlertInfo{Level: 2, Description: 45}},
		{Kind: observation.TransportOpen, Conn: "tls-2", Transport: &open},
		{Kind: observation.TLSHandshake, Conn: "tls-2", Handshake: &observation.HandshakeInfo{Role: "server", Complete: true, Version: 0x0303, LocalChain: [][]byte{{1, 2, 3}}}},
		{Kind: observation.SIP, Conn: "tls-2", Dir: observation.In, Bytes: []byte(request)},
		{Kind: observation.SIP, Conn: "tls-2", Dir: observation.Out, Bytes: []byte(response)},
		{Kind: observation.SIPMalformed, Conn: "tls-2", Dir: observation.In, Bytes: []byte{0xff, 0xfe, 0}},
		{Kind: observation.Media, Dir: observation.In, Media: &observation.MediaInfo{Class: observation.ClearRTP}, Bytes: []byte{0x80, 0}},
		{Kind: observation.Console, Console: &observation.ConsoleInfo{Code: "32011"}},
		{Kind: observation.Stage, Stage: observation.SceneOver},
		{Kind: observation.TransportClose, Conn: "tls-2", Transport: &observation.TransportInfo{Protocol: observation.TLS, Cause: "local"}},
	} {
		log.Append(e)
	}
	return log
}

// TestJudgeIsPure: judging again gives the same result, from the same observations
// and from stored ones.
func TestJudgeIsPure(t *testing.T) {
	t.Parallel()
	s := scenario("a", nil, func(s *plan.Scenario) {
		s.Checks = []judge.Check{
			{Requirement: must, Expected: "registers", Rule: judge.Registered},
			{Requirement: mustToo, Expected: "refuses", Rule: judge.RejectsServer("expired")},
			{Requirement: should, Expected: "no clear media", Rule: judge.NoClearMedia},
			{Requirement: may, Expected: "offers", Rule: judge.OffersSuite([]uint16{0xc02f})},
			{Requirement: vendors, Expected: "no call", Rule: judge.Uncalled("32011")},
			{Requirement: standards, Expected: "leaf", Rule: judge.ServedUnder("REGISTER", 1)},
		}
	})
	known := rows(t)
	events := recorded().Events()
	before := asJSON(t, events)
	want := engine.Judge(s, known, events, engine.Rests{}).Result
	if want.Verdict != verdict.Fail || len(want.Findings) != 5 || len(want.Remarks) != 1 {
		t.Fatalf("the example shows too little: %+v", want)
	}
	if after := asJSON(t, events); !bytes.Equal(before, after) {
		t.Error("judging changed the observations")
	}
	stored, err := evidence.Read(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string][]observation.Event{
		"the same events":     events,
		"stored observations": stored,
	} {
		if got := engine.Judge(s, known, again, engine.Rests{}).Result; !reflect.DeepEqual(got, want) {
			t.Errorf("%s give\n%+v, not\n%+v", name, got, want)
		}
	}
}

// asJSON encodes events as evidence stores them.
func asJSON(t *testing.T, events []observation.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	for _, e := range events {
		if err := encoder.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
