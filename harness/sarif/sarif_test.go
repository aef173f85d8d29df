package sarif

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// hostile is a text by which a device might attack the reader of a report.
const hostile = "\x1b]0;owned\x07\u202e[click](https://example.com) <script>alert(1)</script>"

func sampleRun() *results.Run {
	waiver := &results.Waiver{Reason: "known since 4.2", Owner: "QA", Expiry: "2026-12-31"}
	expired := &results.Waiver{Reason: "known since 4.1", Owner: "QA", Expiry: "2026-01-31"}
	of := func(scenario, requirement, level string, v verdict.Verdict, cause string) results.Result {
		r := results.Result{
			Scenario: scenario, Vendor: "twilio", Product: "voice", Area: "certificate", Level: level, Requirements: []string{requirement},
			Verdict: v, Cause: cause, Observed: "it sent REGISTER", Expected: "refuses the connection", Role: "register",
			Evidence: results.Evidence{Ladder: "evidence/" + scenario + "/ladder.txt"},
		}
		if v != verdict.Pass {
			r.Findings = []verdict.Finding{
				{Requirement: "TW-OTHER", Verdict: verdict.Pass, Cause: "met"},
				{Requirement: requirement, Verdict: v, Cause: cause, Observed: r.Observed, Expected: r.Expected},
			}
		}
		return r
	}
	run := &results.Run{
		Harness: results.Harness{Version: "0.3.0"}, Device: results.Device{Name: "phone", Version: "4.2"}, AsOf: "2026-07-30",
		Started: time.Date(2026, 7, 30, 9, 14, 3, 0, time.FixedZone("CEST", 7200)), DurationMS: 48211, Plan: results.Plan{Hash: "9f31", Selected: 7},
		Results: []results.Result{
			of("a/passes", "TW-CRT-06", "must", verdict.Pass, "refused"),
			of("a/expired", "TW-CRT-06", "must", verdict.Fail, "accepted-expired"),
			of("a/unknown-ca", "TW-CRT-06", "must", verdict.Fail, "accepted-unknown-ca"),
			of("a/deviates", "RF-ONE", "should", verdict.Deviation, "odd"),
			of("a/hostile", "TW-UNKNOWN", "must", verdict.Fail, hostile),
			of("a/error", "TW-CRT-06", "must", verdict.Error, "judge-panic"),
			of("a/open", "TW-CRT-06", "must", verdict.Inconclusive, "never-connected"),
		},
	}
	run.Results[2].Waived, run.Results[4].Waived = waiver, expired
	run.Conclude()
	return run
}

func sampleOptions() Options {
	return Options{Artifact: "devices/my phone/device.yaml", Requirements: []catalogue.Requirement{
		{ID: "TW-CRT-06", Vendor: "twilio", Area: "certificate", Title: "Trust in the roots", Text: "The device verifies the chain.",
			Level: catalogue.Must, Sources: []string{"seed 002", "doc T2"}, Confidence: catalogue.High},
		{ID: "RF-ONE", Vendor: "rfc", Area: "sdes", Title: "One of them", Level: catalogue.Should, Sources: []string{"RFC 4568 §6.1"},
			Confidence: catalogue.Medium, ConflictsWith: []string{"TW-CRT-06"}},
	}}
}

func written(t *testing.T, run *results.Run, o Options) (data []byte, parsed document) {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, run, o); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(out.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&parsed); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), parsed
}

// TestSchema validates what is written with the schema of the standard.
func TestSchema(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	cut := sampleRun()
	cut.Incomplete, cut.Results = "interrupted", cut.Results[:2]
	for name, c := range map[string]struct {
		run *results.Run
		o   Options
	}{
		"sample": {sampleRun(), sampleOptions()}, "nothing known": {sampleRun(), Options{}}, "cut short": {cut, sampleOptions()}, "empty": {new(results.Run), Options{}},
	} {
		data, _ := written(t, c.run, c.o)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestResults: a result for each fail and deviation, at its level, below the rule of its requirement.
func TestResults(t *testing.T) {
	t.Parallel()
	_, parsed := written(t, sampleRun(), sampleOptions())
	one := parsed.Runs[0]
	want := []struct {
		scenario, rule string
		level          level
		suppressed     string
		message        string
	}{
		{"a/expired", "TW-CRT-06", asError, "", "a/expired: accepted-expired. Observed: it sent REGISTER. Expected: refuses the connection. To do: Check notBefore"},
		{"a/unknown-ca", "TW-CRT-06", asError, "known since 4.2 (QA, until 2026-12-31)", "a/unknown-ca: accepted-unknown-ca. "},
		{"a/deviates", "RF-ONE", asWarning, "", "a/deviates: odd. "},
		{"a/hostile", "TW-UNKNOWN", asError, "", `a/hostile: \\x1b\]0;owned\\x07\\u202e\[click\](https://example.com)`},
	}
	if len(one.Results) != len(want) {
		t.Fatalf("%d results, want %d", len(one.Results), len(want))
	}
	prints := make(map[string]bool)
	for i, w := range want {
		got := one.Results[i]
		at := got.Locations[0]
		if at.Logical[0].QualifiedName != w.scenario || got.RuleID != w.rule || one.Tool.Driver.Rules[got.RuleIndex].ID != w.rule || got.Level != w.level {
			t.Errorf("result %d is %+v, want %+v", i, got, w)
		}
		if !strings.HasPrefix(got.Message.Text, w.message) {
			t.Errorf("%s: the message is %q, want %q", w.scenario, got.Message.Text, w.message)
		}
		if at.Physical == nil || at.Physical.Artifact.URI != "devices/my%20phone/device.yaml" || at.Physical.Region.StartLine != 1 {
			t.Errorf("%s is at %+v", w.scenario, at.Physical)
		}
		switch {
		case w.suppressed == "" && len(got.Suppressions) > 0:
			t.Errorf("%s is suppressed: %+v", w.scenario, got.Suppressions)
		case w.suppressed != "" && (len(got.Suppressions) != 1 || got.Suppressions[0] != suppression{"external", "accepted", w.suppressed}):
			t.Errorf("%s: the suppression is %+v, want %q", w.scenario, got.Suppressions, w.suppressed)
		}
		prints[got.Fingerprints["primaryLocationLineHash"]] = true
	}
	if len(prints) != len(want) {
		t.Errorf("%d fingerprints for %d results", len(prints), len(want))
	}
	_, again := written(t, sampleRun(), Options{})
	if r := again.Runs[0].Results[0]; r.Locations[0].Physical != nil || r.Fingerprints["primaryLocationLineHash"] != one.Results[0].Fingerprints["primaryLocationLineHash"] {
		t.Errorf("without an artifact the result is %+v", r)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	_, parsed := written(t, sampleRun(), sampleOptions())
	rules := parsed.Runs[0].Tool.Driver.Rules
	want := []struct {
		id, short, help, uri string
		level                level
	}{
		{"TW-CRT-06", "Trust in the roots", "The device verifies the chain. (must) rests on ", "https://www.twilio.com/docs/sip-trunking", asError},
		{"RF-ONE", "One of them", "One of them (should) rests on RFC 4568 §6.1, ", "https://www.rfc-editor.org/rfc/rfc4568#section-6.1", asWarning},
		{"TW-UNKNOWN", "TW-UNKNOWN", "TW-UNKNOWN", "", asWarning},
	}
	if len(rules) != len(want) {
		t.Fatalf("%d rules, want %d", len(rules), len(want))
	}
	for i, w := range want {
		r := rules[i]
		if r.ID != w.id || r.ShortDescription.Text != w.short || !strings.HasPrefix(r.Help.Text, w.help) || r.HelpURI != w.uri || r.DefaultConfiguration.Level != w.level {
			t.Errorf("rule %d is %+v, want %+v", i, r, w)
		}
	}
	if !strings.Contains(rules[1].Help.Text, "cannot be met together with TW-CRT-06") {
		t.Errorf("the help is %q", rules[1].Help.Text)
	}
}

// TestNotifications: what is no result of the device's is told, and the invocation has the exit status of certify.
func TestNotifications(t *testing.T) {
	t.Parallel()
	whole := sampleRun()
	whole.Results = whole.Results[:2]
	whole.Plan.Selected = 2
	cut := sampleRun()
	cut.Incomplete, cut.Results = "interrupted", cut.Results[:2]
	for _, c := range []struct {
		name          string
		run           *results.Run
		successful    bool
		exit          int
		notifications []string
	}{
		{"an error of the harness", sampleRun(), false, 4, []string{"a/error: the harness failed: judge-panic: it sent REGISTER"}},
		{"a fail", whole, true, 1, nil},
		{"interrupted", cut, false, 1, []string{"The run is incomplete: only 2 of 7 scenarios were run: interrupted."}},
	} {
		_, parsed := written(t, c.run, sampleOptions())
		i := parsed.Runs[0].Invocations[0]
		if i.ExecutionSuccessful != c.successful || i.ExitCode != c.exit || len(i.Notifications) != len(c.notifications) ||
			i.StartTimeUTC != "2026-07-30T07:14:03.000Z" || i.EndTimeUTC != "2026-07-30T07:14:51.211Z" {
			t.Errorf("%s: the invocation is %+v", c.name, i)
			continue
		}
		for n, want := range c.notifications {
			if got := i.Notifications[n]; got.Message.Text != want || got.Level != asError {
				t.Errorf("%s: the notification is %+v, want %q", c.name, got, want)
			}
		}
	}
}
