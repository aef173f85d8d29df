package results

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/verdict"
)

// TestClaims: a claim is conformant only if every core scenario of its role was
// concluded and nothing of the role failed.
func TestClaims(t *testing.T) {
	t.Parallel()
	res := func(id, role string, v verdict.Verdict) Result {
		return Result{Scenario: id, Vendor: "acme", Product: "voice", Role: role, Level: "must", Verdict: v, Cause: "c"}
	}
	at := func(level string, r Result) Result { r.Level = level; return r }
	lacks := func(r Result, missing ...string) Result { r.Missing = missing; return r }
	in := func(configuration string, r Result) Result { r.Configuration = configuration; return r }
	again := func(r, own Result) Result { r.Own = &own; return r }
	waived := func(r Result, findings ...verdict.Verdict) Result {
		r.Waived = &Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-30"}
		for _, v := range findings {
			r.Findings = append(r.Findings, verdict.Finding{Verdict: v})
		}
		return r
	}
	const call, reg = "call-out", "register"
	pass, base := res("good", call, verdict.Pass), res("expired", reg, verdict.Pass)
	both := []Result{pass, base}

	for _, test := range []struct {
		name     string
		results  []Result
		selected int
		want     string // of the role call-out, whose core is good and expired, of 5
	}{
		{"all of the core", both, 0, "conformant, core 2 of 2, all 1 of 5"},
		{"with more", append(both, res("more", call, verdict.Pass)), 0, "conformant, core 2 of 2, all 2 of 5"},
		{"a missed should", append(both, at("should", res("more", call, verdict.Deviation))), 0, "conformant, core 2 of 2, all 2 of 5"},
		{"a deviation in the core", []Result{res("good", call, verdict.Deviation), base}, 0, "conformant, core 2 of 2, all 1 of 5"},
		{"an open should", append(both, at("should", res("more", call, verdict.Inconclusive))), 0, "conformant, core 2 of 2, all 1 of 5"},
		{"something observed", append(both, at("may", res("more", call, verdict.Observed))), 0, "conformant, core 2 of 2, all 1 of 5"},
		{"something not applicable", append(both, lacks(res("more", call, verdict.NotApplicable), "srv", "echo", "srv")), 0,
			"conformant, core 2 of 2, all 1 of 5, lacks echo srv"},
		{"a fail of the role", append(both, res("more", call, verdict.Fail)), 0, "not-conformant, core 2 of 2, all 2 of 5"},
		{"a fail of another role", append(both, res("more", reg, verdict.Fail)), 0, "conformant, core 2 of 2, all 1 of 5"},
		{"a fail of another product", append(both, Result{Scenario: "more", Vendor: "acme", Product: "trunk", Role: call, Verdict: verdict.Fail}), 0,
			"conformant, core 2 of 2, all 1 of 5"},
		{"a core fail of another role", []Result{pass, res("expired", reg, verdict.Fail)}, 0, "not-conformant, core 2 of 2, all 1 of 5"},
		{"a waived fail", append(both, waived(res("more", call, verdict.Fail))), 0, "conformant, core 2 of 2, all 2 of 5"},
		{"a waived core fail", []Result{waived(res("good", call, verdict.Fail)), base}, 0, "conformant, core 2 of 2, all 1 of 5"},
		{"a waived fail beside what is open", append(both, waived(res("more", call, verdict.Fail), verdict.Fail, verdict.Inconclusive)), 0,
			"inconclusive, core 2 of 2, all 2 of 5"},
		{"an open must", append(both, res("more", call, verdict.Inconclusive)), 0, "inconclusive, core 2 of 2, all 1 of 5"},
		{"an open core", []Result{pass, res("expired", reg, verdict.Inconclusive)}, 0, "inconclusive, core 1 of 2, all 1 of 5"},
		{"an error", append(both, res("more", call, verdict.Error)), 0, "inconclusive, core 2 of 2, all 1 of 5"},
		{"no verdict", append(both, res("more", call, "")), 0, "inconclusive, core 2 of 2, all 1 of 5"},
		{"a core that is only observed", []Result{pass, res("expired", reg, verdict.Observed)}, 0, "inconclusive, core 1 of 2, all 1 of 5"},
		{"a fail beside what is open", []Result{res("good", call, verdict.Fail), res("expired", reg, verdict.Inconclusive)}, 0,
			"not-conformant, core 1 of 2, all 1 of 5"},
		{"core not applicable", []Result{pass, lacks(res("expired", reg, verdict.NotApplicable), "register")}, 0,
			"partial, core 1 of 2, all 1 of 5, lacks register"},
		{"core left out", []Result{pass}, 0, "partial, core 1 of 2, all 1 of 5, left out 1"},
		{"core left out beside a fail", []Result{res("good", call, verdict.Fail)}, 0, "not-conformant, core 1 of 2, all 1 of 5, left out 1"},
		{"core not yet run", []Result{pass}, 2, "inconclusive, core 1 of 2, all 1 of 5, left out 1"},
		{"nothing of the role", []Result{base}, 0, ""},
		{"nothing of the role ran", []Result{lacks(res("good", call, verdict.NotApplicable), "call-out"), base}, 0, ""},
		{"asked again", append(both, in("RTP", pass)), 0,
			"conformant, core 2 of 2, all 1 of 5; RTP: partial, core 1 of 2, all 1 of 5, left out 1"},
		{"failed, and asked again", []Result{res("good", call, verdict.Fail), base, in("RTP", pass), in("RTP", base)}, 0,
			"not-conformant, core 2 of 2, all 1 of 5; RTP: conformant, core 2 of 2, all 1 of 5"},
		{"open, and concluded when asked again", append(both, again(in("RTP", res("more", call, verdict.Pass)), res("more", call, verdict.Inconclusive))), 0,
			"inconclusive, core 2 of 2, all 1 of 5; RTP: partial, core 0 of 2, all 1 of 5, left out 2"},
		{"core open, and concluded when asked again", []Result{again(in("RTP", pass), res("good", call, verdict.Inconclusive)), base}, 0,
			"inconclusive, core 1 of 2, all 0 of 5; RTP: partial, core 1 of 2, all 1 of 5, left out 1"},
		{"asked again, and part of the core given up", append(both, in("RTP", pass), in("RTP", res("expired", reg, verdict.Observed))), 0,
			"conformant, core 2 of 2, all 1 of 5; RTP: partial, core 1 of 2, all 1 of 5, left out 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := &Run{AsOf: "2026-07-30", Results: test.results, Plan: Plan{Selected: test.selected, Parts: []Part{
				{"acme", "voice", call, 5, []string{"good", "expired"}},
				{"acme", "voice", "https", 0, nil}, // nothing is a must there
			}}}
			var got []string
			for _, c := range Claims(run) {
				got = append(got, told(c))
			}
			if text := strings.Join(got, "; "); text != test.want {
				t.Errorf("claims\n%s, want\n%s", text, test.want)
			}
		})
	}
}

// told writes a claim in one line.
func told(c Claim) string {
	text := fmt.Sprintf("%s, core %d of %d, all %d of %d", c.State, c.Core.Concluded, c.Core.Of, c.All.Concluded, c.All.Of)
	if c.Configuration != "" {
		text = c.Configuration + ": " + text
	}
	if c.LeftOut > 0 {
		text += fmt.Sprint(", left out ", c.LeftOut)
	}
	if len(c.Missing) > 0 {
		text += ", lacks " + strings.Join(c.Missing, " ")
	}
	return text
}

// TestClaimsWithoutACore: where nothing is a must, nothing is claimed, unless something
// stands against the device.
func TestClaimsWithoutACore(t *testing.T) {
	t.Parallel()
	for v, want := range map[verdict.Verdict]ClaimState{verdict.Pass: "", verdict.Fail: ClaimNotConformant, verdict.Error: ClaimInconclusive} {
		var state ClaimState
		for _, c := range Claims(&Run{Plan: Plan{Parts: []Part{{}}}, Results: []Result{{Verdict: v}}}) {
			state = c.State
		}
		if state != want {
			t.Errorf("after %s: %q, want %q", v, state, want)
		}
	}
}

// TestDecodeV1: a run of the schema before is read for what it said, except that what
// nothing binding was asked in is no pass.
func TestDecodeV1(t *testing.T) {
	t.Parallel()
	run, err := Decode(strings.NewReader(`{"schema":"sipconform/results/v1","results":[
		{"scenario":"a","verdict":"pass","cause":"observed-only"}, {"scenario":"b","verdict":"pass","cause":"registered"},
		{"scenario":"c","verdict":"fail","cause":"observed-only"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []verdict.Verdict
	for _, r := range run.Results {
		got = append(got, r.Verdict)
	}
	if want := []verdict.Verdict{verdict.Observed, verdict.Pass, verdict.Fail}; !reflect.DeepEqual(got, want) {
		t.Errorf("the verdicts are %v, want %v", got, want)
	}
	if err := run.Validate(); err == nil || !strings.Contains(err.Error(), `schema is "sipconform/results/v1"`) {
		t.Errorf("Validate of v1 = %v: it has no claims to check", err)
	}
}
