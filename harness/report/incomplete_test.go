package report

import (
	"bytes"
	"strings"
	"testing"
)

// TestIncomplete: every format says that a run was cut short, and why, also if a fail
// decided its outcome; and none says so of a run that came to its end.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	const why = "interrupt signal received"
	for name, c := range map[string]struct{ cut, failed bool }{"whole": {}, "cut short": {cut: true}, "cut short, with a fail": {true, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := sampleRun()
			if !c.failed {
				run.Results = run.Results[:1]
			}
			run.Plan.Selected = len(run.Results)
			if c.cut {
				run.Plan.Selected, run.Incomplete = run.Plan.Selected+7, why
			}
			run.Conclude()
			junit, parsed := junitOf(t, run)
			var page bytes.Buffer
			if err := HTML(&page, run, sampleRequirements(), nil); err != nil {
				t.Fatal(err)
			}
			for format, text := range map[string]string{"console": textOf(t, run, TextOptions{}), "JUnit": junit, "page": page.String()} {
				if says := strings.Contains(strings.ToLower(text), "incomplete"); says != c.cut || strings.Contains(text, why) != c.cut {
					t.Errorf("%s: incomplete %t, and why %t; want %t:\n%s", format, says, strings.Contains(text, why), c.cut, text)
				}
			}
			errors := run.Summary.Error
			if c.cut {
				errors++
			}
			if parsed.Errors != errors {
				t.Errorf("JUnit has %d errors, want %d", parsed.Errors, errors)
			}
		})
	}
}
