package report

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TestUnsolicited: console, page and JUnit say first that nobody asked for what they report, and name no exit code.
func TestUnsolicited(t *testing.T) {
	t.Parallel()
	run := &results.Run{
		AsOf: "2026-07-30", Device: results.Device{Name: "unsolicited", Agents: []string{"Phone 1.0"}}, Plan: results.Plan{Selected: 1},
		Revisions: []results.Revision{{Vendor: "twilio", Product: "voice", Revision: "current"}},
		Unsolicited: &results.Unsolicited{Vendor: "twilio", Product: "voice", Revision: "current", Idle: 3, Forgotten: 4, Seen: []results.Seen{
			{Name: "register-1", Role: "register", Device: "192.0.2.20", Judged: true}, {Name: "call-out-1", Role: "call-out", Why: "for that"}, {Name: "call-out-2", Role: "call-out", Why: "for that"},
		}},
		Results: []results.Result{{Scenario: "twilio/voice/connect/default", Seen: "register-1", Vendor: "twilio", Product: "voice", Role: "register",
			Requirements: []string{"TW-TLS-09"}, Level: "must", Verdict: verdict.Pass, Cause: "registered"}},
	}
	run.Conclude()
	const says = "what devices did at twilio voice (current) without being told to: 1 registration, 2 calls by the device " +
		"(nothing could be judged by 2 of these); connections over which nothing was asked: 3. " +
		"Only what that shows by itself is judged, and nothing is claimed. 4 more are not in the record, for want of room"
	var text, page, junit bytes.Buffer
	if err := Text(&text, run, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&page, run, sampleRequirements(), nil); err != nil {
		t.Fatal(err)
	}
	if err := JUnit(&junit, run, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "UNSOLICITED "+says+"\n") || strings.Contains(text.String(), "exit code") {
		t.Errorf("the console says\n%s", text.String())
	}
	if want := "Seen, and not judged:\n  call-out-1, call-out-2: for that\n"; !strings.Contains(text.String(), want) {
		t.Errorf("the console does not say %q:\n%s", want, text.String())
	}
	for _, want := range []string{"no: for that", "Unsolicited: " + says, "<h1>Phone 1.0</h1>", "register-1", "Twilio voice <b>current</b>", "connect/default (register-1)"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, stray := range []string{"exit code", "GE-TLS-01"} {
		if strings.Contains(page.String(), stray) {
			t.Errorf("the page says %q", stray)
		}
	}
	var read struct {
		Name  string `xml:"name,attr"`
		Tests int    `xml:"tests,attr"`
	}
	if err := xml.Unmarshal(junit.Bytes(), &read); err != nil || read.Name != "sipconform, unsolicited: "+says || read.Tests != 1 {
		t.Errorf("JUnit says %+v, %v", read, err)
	}
}
