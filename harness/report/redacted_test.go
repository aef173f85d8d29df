package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
)

// TestRedacted: the page and JUnit say at their top that a record is redacted, what was taken, and what can no longer be
// checked; and neither says so of a record as it was made.
func TestRedacted(t *testing.T) {
	t.Parallel()
	const of = "9f31c07a"
	taken := []results.Taken{{What: "SRTP keys", Places: 12}, {What: "TLS secrets", Places: 1}}
	for name, c := range map[string]struct {
		redacted *results.Redacted
		says     []string
	}{
		"as it was made": {nil, nil},
		"redacted":       {&results.Redacted{Of: of, Taken: taken}, []string{"SRTP keys (in 12 places)", "TLS secrets (in 1 place)", of}},
		"unchecked": {&results.Redacted{Of: of, Taken: taken, Unchecked: []string{"a", "b"}},
			[]string{"verify cannot check 2 results"}},
		"nothing taken": {&results.Redacted{Of: of}, []string{"No secrets were found"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := sampleRun()
			run.Redacted = c.redacted
			junit, parsed := junitOf(t, run)
			var page bytes.Buffer
			if err := HTML(&page, run, sampleRequirements(), nil); err != nil {
				t.Fatal(err)
			}
			top, _, _ := strings.Cut(page.String(), "<nav>")
			suite, _, _ := strings.Cut(junit, "<testcase")
			for format, text := range map[string]string{"the page": top, "JUnit": suite} {
				if says := strings.Contains(strings.ToLower(text), "redacted.<") || strings.Contains(text, "\"redacted\""); says != (c.redacted != nil) {
					t.Errorf("%s says that it is redacted: %t:\n%s", format, says, text)
				}
				for _, words := range c.says {
					if !strings.Contains(text, words) {
						t.Errorf("%s does not say %q:\n%s", format, words, text)
					}
				}
			}
			if strings.HasSuffix(parsed.Name, "(redacted)") != (c.redacted != nil) {
				t.Errorf("JUnit is named %q", parsed.Name)
			}
		})
	}
}
