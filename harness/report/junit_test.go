package report

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

func junitOf(t *testing.T, run *results.Run) (text string, parsed junitRun) {
	t.Helper()
	var out bytes.Buffer
	if err := JUnit(&out, run, nil); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(out.Bytes(), &parsed); err != nil {
		t.Fatalf("%v:\n%s", err, out.String())
	}
	return out.String(), parsed
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	text, parsed := junitOf(t, sampleRun())
	testkit.Golden(t, "junit.golden.xml", []byte(text))

	// Each verdict is where a CI system expects it, and the sums are right.
	run := sampleRun()
	cases, failures, problems, skipped, told := 0, 0, 0, 0, 0
	for _, suite := range parsed.Suites {
		told += suite.Skipped
		if suite.Tests != len(suite.Cases) {
			t.Errorf("suite %s claims %d of %d cases", suite.Name, suite.Tests, len(suite.Cases))
		}
		for _, c := range suite.Cases {
			cases++
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				problems++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
	}
	s := run.Summary
	for _, sum := range []struct {
		what            string
		got, told, want int
	}{
		{"cases", cases, parsed.Tests, len(run.Results)},
		{"failures", failures, parsed.Failures, s.Fail - s.Waived},
		{"errors", problems, parsed.Errors, s.Error},
		{"skipped", skipped, told, s.Inconclusive + s.NotApplicable + s.Observed + s.Waived},
	} {
		if sum.got != sum.want || sum.told != sum.want {
			t.Errorf("%s: %d in the cases, %d told, want %d", sum.what, sum.got, sum.told, sum.want)
		}
	}
}

func TestJUnitCases(t *testing.T) {
	t.Parallel()
	waiver := &results.Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-30"}
	expired := &results.Waiver{Reason: "known", Owner: "QA", Expiry: "2026-07-29"}
	for _, test := range []struct {
		name                    string
		result                  results.Result
		failure, fault, skipped string
	}{
		{"pass", results.Result{Verdict: verdict.Pass}, "", "", ""},
		{"deviation", results.Result{Verdict: verdict.Deviation, Cause: "c"}, "", "", ""},
		{"fail", results.Result{Verdict: verdict.Fail, Cause: "c", Observed: "o"}, "c: o", "", ""},
		{"waived", results.Result{Verdict: verdict.Fail, Cause: "c", Observed: "o", Waived: waiver}, "", "",
			"failed, waived by QA until 2026-07-30: known (c: o)"},
		{"waiver expired", results.Result{Verdict: verdict.Fail, Cause: "c", Waived: expired}, "c", "", ""},
		{"error", results.Result{Verdict: verdict.Error, Cause: "c"}, "", "c", ""},
		{"waived error", results.Result{Verdict: verdict.Error, Cause: "c", Waived: waiver}, "", "c", ""},
		{"no verdict", results.Result{Cause: "c"}, "", "c", ""},
		{"inconclusive", results.Result{Verdict: verdict.Inconclusive, Cause: "c"}, "", "", "inconclusive: c"},
		{"blocked", results.Result{Verdict: verdict.Inconclusive, Cause: results.BlockedCause, Observed: "o",
			Blocked: &results.Blocked{Scenario: "root", Cause: "r"}}, "", "", "blocked by root (r)"},
		{"observed", results.Result{Verdict: verdict.Observed, Cause: "observed-only"}, "", "", "observed: nothing binding was asked"},
		{"not applicable", results.Result{Verdict: verdict.NotApplicable, Cause: "c", Missing: []string{"lever:mki", "srv"}}, "", "",
			"not applicable: c: the device lacks lever:mki, srv"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, parsed := junitOf(t, &results.Run{AsOf: "2026-07-30", Results: []results.Result{test.result}})
			c := parsed.Suites[0].Cases[0]
			var failure, fault, skipped string
			if c.Failure != nil {
				failure = c.Failure.Message
			}
			if c.Error != nil {
				fault = c.Error.Message
			}
			if c.Skipped != nil {
				skipped = c.Skipped.Message
			}
			if failure != test.failure || fault != test.fault || skipped != test.skipped {
				t.Errorf("failure %q, error %q, skipped %q; want %q, %q, %q", failure, fault, skipped, test.failure, test.fault, test.skipped)
			}
		})
	}
}

func TestJUnitSurvivesHostileText(t *testing.T) {
	t.Parallel()
	text, parsed := junitOf(t, hostileRun())
	if strings.Contains(text, "<script") || strings.ContainsRune(text, '\ufffd') {
		t.Error("hostile text came through, or came through damaged")
	}
	if want := `\x1b]0;owned`; !strings.Contains(parsed.Suites[0].Properties[0].Value, want) {
		t.Errorf("the device's name is %q, want it escaped", parsed.Suites[0].Properties[0].Value)
	}
}
