package judge_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// everyRule has each of the package's rules once.
var everyRule = map[string]judge.Rule{
	"After":              judge.After("REGISTER", 403, judge.NoClearSignalling),
	"AcceptsServer":      judge.AcceptsServer,
	"All":                judge.All(judge.Registered, judge.NoneServed("INVITE")),
	"Answered":           judge.Answered,
	"AnswersAgain":       judge.AnswersAgain,
	"AnswersChallenge":   judge.AnswersChallenge("REGISTER"),
	"AnswersEachStream":  judge.AnswersEachStream,
	"AnswersWithin":      judge.AnswersWithin(time.Second),
	"AsksSRV":            judge.AsksSRV,
	"Beside":             judge.Beside(judge.Called, judge.NoClearSignalling),
	"Called":             judge.Called,
	"CalledEach":         judge.CalledEach(4),
	"Connected":          judge.Connected,
	"ChoosesTag":         judge.ChoosesTag(1),
	"ClearMedia":         judge.ClearMedia,
	"Decrypts":           judge.Decrypts,
	"DecryptsAgain":      judge.DecryptsAgain,
	"Did":                judge.Did("OPTIONS"),
	"EndsBadAnswer":      judge.EndsBadAnswer("x"),
	"FallsSilent":        judge.FallsSilent,
	"YieldsSSRC":         judge.YieldsSSRC,
	"FailsOver":          judge.FailsOver("REGISTER"),
	"Fetched":            judge.Fetched,
	"FetchedAfter":       judge.FetchedAfter("version"),
	"FetchedElsewhere":   judge.FetchedElsewhere,
	"FetchedEach":        judge.FetchedEach(2),
	"FetchedUnder":       judge.FetchedUnder(2),
	"FitsEachStream":     judge.FitsEachStream,
	"FollowsOSRTP":       judge.FollowsOSRTP,
	"FollowsRoute":       judge.FollowsRoute,
	"Follows":            judge.Follows("second-edge"),
	"FollowsPort":        judge.FollowsPort,
	"FoundAtDefaultPort": judge.FoundAtDefaultPort,
	"Given":              judge.Given(judge.Called, judge.NoClearSignalling),
	"GoesOn":             judge.GoesOn,
	"Holds":              judge.Holds,
	"KeepsToPort":        judge.KeepsToPort("INVITE"),
	"KeepsRollover":      judge.KeepsRollover,
	"KeepsUp":            judge.KeepsUp(judge.SourceChange, judge.Wrap, judge.Refresh),
	"HeedsMinExpires":    judge.HeedsMinExpires,
	"MediaArrives":       judge.MediaArrives,
	"Negotiated":         judge.Negotiated(tls12),
	"NegotiatedGroup":    judge.NegotiatedGroup(24),
	"NoneServed":         judge.NoneServed("INVITE"),
	"NoClearMedia":       judge.NoClearMedia,
	"NoClearOffer":       judge.NoClearOffer(488),
	"NoClearSignalling":  judge.NoClearSignalling,
	"NoIndexTwice":       judge.NoIndexTwice,
	"NoKeysInClear":      judge.NoKeysInClear,
	"NoKeysUnderNull":    judge.NoKeysUnderNull,
	"FreshKeys":          judge.FreshKeys,
	"PrintsNoSecrets":    judge.PrintsNoSecrets,
	"NoPlainOnTLS":       judge.NoPlainOnTLS,
	"NoRequest":          judge.NoRequest("REGISTER"),
	"OffersCrypto":       judge.OffersCrypto("x", func(a sdes.Attribute) bool { return a.Suite == sha80 }),
	"OffersGroup":        judge.OffersGroup(24),
	"OffersSuite":        judge.OffersSuite([]uint16{0xc02f}),
	"OffersVersion":      judge.OffersVersion(tls12),
	"OffersLate":         judge.OffersLate,
	"OneAnswer":          judge.OneAnswer,
	"OneCrypto":          judge.OneCrypto,
	"OverTLS":            judge.OverTLS("OPTIONS", judge.Did("OPTIONS")),
	"ParsableOffer":      judge.ParsableOffer,
	"PingInterval":       judge.PingInterval(time.Second),
	"Prefers":            judge.Prefers("decoy", "REGISTER"),
	"Presents":           judge.Presents("expired"),
	"Refreshes":          judge.Refreshes,
	"RejectsVersion":     judge.RejectsVersion(0x0302),
	"RejectsServer":      judge.RejectsServer("x"),
	"RejectsRenewed":     judge.RejectsRenewed("REGISTER", "x"),
	"RejectsChanged":     judge.RejectsChanged("x"),
	"RejectsClient":      judge.RejectsClient("x"),
	"WellFramed":         judge.WellFramed,
	"Weighs":             judge.Weighs("INVITE", "light", "lighter"),
	"HearsDressed":       judge.HearsDressed,
	"BearsLoad":          judge.BearsLoad,
	"Identifies":         judge.Identifies,
	"Turned":             judge.Turned("name-mismatch", judge.NoClearSignalling),
	"UsesOneOf":          judge.UsesOneOf([]uint16{0xC030}, "INVITE", judge.Called),
	"ComesBack":          judge.ComesBack("INVITE"),
	"GoesBackToRTP":      judge.GoesBackToRTP,
	"RejectsRevoked":     judge.RejectsRevoked(observation.ListFetched),
	"Registered":         judge.Registered,
	"RegisteredSecurely": judge.RegisteredSecurely,
	"RefusesCall":        judge.RefusesCall("x"),
	"RefusesCallOr":      judge.RefusesCallOr("x", judge.OneCrypto),
	"RefusesCallWith":    judge.RefusesCallWith("x", 488),
	"ReusesWhereShown":   judge.ReusesWhereShown,
	"RequestURI":         judge.RequestURI("INVITE", "x", "y", func(u sipwire.URI) bool { return judge.IsIP(u.Host) }),
	"SecureRTCP":         judge.SecureRTCP,
	"ReportsReception":   judge.ReportsReception,
	"RTCPWhereSaid":      judge.RTCPWhereSaid,
	"SecureMedia":        judge.SecureMedia,
	"SecureRTP":          judge.SecureRTP,
	"SendsServerName":    judge.SendsServerName,
	"ServedOr":           judge.ServedOr(judge.Called, judge.NoClearSignalling),
	"ServedUnder":        judge.ServedUnder("REGISTER", 2),
	"ShowsCertificate":   judge.ShowsCertificate,
	"SoundRTP":           judge.SoundRTP,
	"Speaks":             judge.Speaks,
	"AnsweredOrRefused":  judge.AnsweredOrRefused("x"),
	"RefusesClear":       judge.RefusesClear("tcp"),
	"TakesGroup":         judge.TakesGroup(24),
	"TakesSuite":         judge.TakesSuite(0xc02f, judge.Answered),
	"OwnListRead":        judge.OwnListRead(judge.Answered),
	"VendorRejects":      judge.VendorRejects("revoked"),
	"TakesAnonymous":     judge.TakesAnonymous,
	"TakesAsFinal":       judge.TakesAsFinal("REGISTER", 403),
	"TakesFirst":         judge.TakesFirst([]uint16{0xc02f}),
	"TurnedAway":         judge.TurnedAway(40),
	"Uncalled":           judge.Uncalled("32011"),
	"Unrefused":          judge.Unrefused(judge.AnswersAgain),
	"Unshown":            judge.Unshown(judge.Called, "why"),
	"Unserved":           judge.Unserved(judge.NoneServed("INVITE")),
	"UsesSuite":          judge.UsesSuite(0xc02f, 24, judge.NoneServed("INVITE")),
}

// TestEveryRuleIsThere: a new rule must be fuzzed too.
func TestEveryRuleIsThere(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() && gives(f.Type.Results) {
				rules = append(rules, f.Name.Name)
			}
		}
	}
	slices.Sort(rules)
	if listed := slices.Sorted(maps.Keys(everyRule)); !slices.Equal(rules, listed) {
		t.Errorf("the package has the rules\n%q, everyRule lists\n%q", rules, listed)
	}
}

// gives reports whether a function returns a Rule, or the Ruling of one.
func gives(results *ast.FieldList) bool {
	if results == nil || len(results.List) != 1 {
		return false
	}
	name, ok := results.List[0].Type.(*ast.Ident)
	return ok && (name.Name == "Rule" || name.Name == "Ruling")
}

// ruleAll applies every rule and checks that each ruling is complete.
func ruleAll(t *testing.T, events []observation.Event) {
	t.Helper()
	v := judge.NewView(events)
	for name, rule := range everyRule {
		r := rule(v)
		switch r.Verdict {
		case verdict.Pass, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable:
		default:
			t.Errorf("%s rules %q", name, r.Verdict)
		}
		if r.Cause == "" || r.Observed == "" {
			t.Errorf("%s gives no reason: %+v", name, r)
		}
		for _, seq := range r.Events {
			if seq < 0 || seq >= len(events) {
				t.Errorf("%s: event %d decided, of %d", name, seq, len(events))
			}
		}
	}
}

// TestNothingAtAll: no rule fails a device of which nothing was seen, and none passes
// it, not even those that ask for something not to happen.
func TestNothingAtAll(t *testing.T) {
	t.Parallel()
	ruleAll(t, nil)
	for name, rule := range everyRule {
		if r := rule(judge.NewView(nil)); r.Verdict != verdict.Inconclusive {
			t.Errorf("%s rules %s (%s)", name, r.Verdict, r.Cause)
		}
	}
}

// FuzzRules: every rule gives a complete ruling, whatever a device sends and wherever
// it sends it. The mock's own messages are sound.
func FuzzRules(f *testing.F) {
	offer := sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"), crypto(2, sha32, "e"))
	for _, seed := range [][3]string{
		{sip("REGISTER 1", "Contact: <sip:a@127.0.0.2>;expires=60"), sip("REGISTER 2", `Proxy-Authorization: Digest username="a"`), sip("OPTIONS 1")},
		{sip("INVITE 1", offer), sip("ACK 1"), sip("BYE 2", "Route: <sip:a@example.com;lr>, <sip:b>")},
		{sip("200 INVITE 1", offer), sip("200 INVITE 2", offer), sip("BYE 2")},
		{sip("200 INVITE 1", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "d"))), sip("488 INVITE 2"), "\r\n\r\n"},
		{"", "\x00\xff", "SIP/2.0 200 OK\r\n\r\n"},
		{"INVITE sip:\xff SIP/2.0\r\nCSeq: 4294967296 INVITE\r\n\r\n", sip("INVITE 1", "v=0\r\nm=audio 4000 RTP/SAVP\r\na=crypto:\r\n"), sip("REGISTER 1", "Contact: *", "Expires: -1")},
		{sip("403 INVITE 1"), sip("100 INVITE 2"), sip("INVITE 1", "Call-ID: ,;\"<")},
	} {
		for where := range uint8(6) {
			f.Add(seed[0], seed[1], seed[2], where)
		}
	}
	f.Fuzz(func(t *testing.T, first, second, third string, where uint8) {
		s := secured().dials("tls-2").shakes("tls-2", tls12, "other").opens("udp-3").strays("udp-4", "private-contact")
		at := []string{"tls-1", "tls-2", "udp-3", "udp-4", "tls-9"}
		conn := func(i int) string { return at[(int(where)+i*int(where/5))%len(at)] }
		s.out("tls-1", "INVITE 1", "Record-Route: <sip:a@example.com;lr>, <sip:b>",
			sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v"), crypto(2, sha32, "w")))
		s.raw(conn(0), observation.In, first)
		s.asks(conn(1)).answers(conn(0), int(where)*100).says(conn(2)).answers(conn(1), 200)
		for _, answer := range []string{"407 REGISTER 1", "423 REGISTER 1", "403 REGISTER 2", "200 REGISTER 2", "488 INVITE 1", "200 INVITE 1"} {
			s.out(conn(0), answer, "Contact: <sip:a@127.0.0.2>;expires=2", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "v")))
		}
		s.out("tls-1", "INVITE 2", sdp("audio 4000 RTP/SAVP", crypto(1, sha80, "w"))).raw(conn(1), observation.In, second)
		s.media(3, srtp).marks(observation.VendorMoved).raw(conn(2), observation.In, third).media(60, rtp).speaks(30, nil)
		if where%2 == 0 {
			s.over().closes("tls-1", "eof")
		}
		ruleAll(t, s.events)
	})
}
