package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

func TestAdvised(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		verdict     verdict.Verdict
		cause, hint string
		want        string // what the hint begins with
	}{
		{"a fail without a hint", verdict.Fail, "no-ack", "", "Send ACK to the Contact"},
		{"with options", verdict.Fail, "keys-in-clear", "", "Send a=crypto over TLS with encryption alone"},
		{"a hint of its own", verdict.Fail, "no-ack", "own", "own"},
		{"a deviation", verdict.Deviation, "accepted-wildcard", "", "Decide which"},
		{"inconclusive", verdict.Inconclusive, "never-connected", "", "Check the server's name"},
		{"an error", verdict.Error, "disk-full", "", "Raise the limit"},
		{"a pass", verdict.Pass, "no-ack", "", ""},
		{"a cause of another program's", verdict.Fail, "moonshine", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := &results.Run{Results: []results.Result{{Verdict: test.verdict, Cause: test.cause, Hint: test.hint,
				Findings: []verdict.Finding{{Verdict: test.verdict, Cause: test.cause, Hint: test.hint}}}}}
			shown, err := advised(run)
			if err != nil {
				t.Fatal(err)
			}
			for _, hint := range []string{shown.Results[0].Hint, shown.Results[0].Findings[0].Hint} {
				if !strings.HasPrefix(hint, test.want) || (hint == "") != (test.want == "") {
					t.Errorf("the hint is %q, want %q", hint, test.want)
				}
			}
			if r := run.Results[0]; r.Hint != test.hint || r.Findings[0].Hint != test.hint {
				t.Error("the run itself was changed")
			}
		})
	}
}

// TestEveryFormatAdvises: a fail whose judge gave no hint has its cause's in the text, the page and the XML.
func TestEveryFormatAdvises(t *testing.T) {
	t.Parallel()
	run := &results.Run{Results: []results.Result{{Scenario: "a/b/c", Vendor: "a", Product: "b", Requirements: []string{"X-1"},
		Verdict: verdict.Fail, Cause: "no-ack"}}}
	const want = "Send ACK to the Contact of the 200"
	var text, page, xml bytes.Buffer
	for name, err := range map[string]error{
		"text": Text(&text, run, TextOptions{}), "page": HTML(&page, run, nil, nil), "XML": JUnit(&xml, run, nil),
	} {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, out := range map[string]string{"text": text.String(), "page": page.String(), "XML": xml.String()} {
		if !strings.Contains(out, want) {
			t.Errorf("the %s has no hint", name)
		}
	}
}
